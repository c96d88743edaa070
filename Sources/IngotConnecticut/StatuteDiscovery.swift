import IngotCore
import IngotFetch
import IngotLaw

/// Finds out which units a request for the statutes means: from the index of titles through the titles' pages to the
/// chapters' and articles'.
struct StatuteDiscovery {
    var parameters: StatuteParameters
    var upstream: Upstream

    /// The unit of the index. Its name comes before all others.
    static let indexUnit = "0-index"

    /// A title's page with the tree that it is in.
    private struct Found {
        var title: StatuteIndex.Title
        var page: TitlePage
        var file: UpstreamFile
    }

    /// - Parameter label: the state that an earlier attempt began with; `nil` when there is none.
    /// - Throws: `JobFailure` `upstream_page_changed`, `titles_not_found`, `chapters_not_found`,
    ///   `supplement_not_found`, or what reading upstream throws.
    func plan() async throws -> LawPlan {
        let indexFile = StatuteTree.main.file("titles.htm")
        let index = try StatuteIndex(try await page(indexFile))
        let main = try await titles(of: index, in: .main)
        let overlay = parameters.supplement ? try await supplement(of: index) : nil
        var units = [LawUnit(id: Self.indexUnit, files: [indexFile])]
        var planned: Set<StatuteDivision> = []
        for title in Self.merged(main, overlay?.titles ?? []) {
            units.append(LawUnit(id: title.number, files: [title.file], order: StatuteNumber.order(of: title.number)))
            for (division, files) in title.chapters where isWanted(division) {
                planned.insert(StatuteDivision(isArticle: division.isArticle, number: division.number.lowercased()))
                units.append(LawUnit(id: "\(title.number)-\(division.step)", files: files, order: division.order))
            }
        }
        if let missing = parameters.chapters?.filter({ !Self.contains(planned, $0) }), !missing.isEmpty {
            throw Self.notFound("chapters_not_found", "chapter", missing.map(\.step))
        }
        if parameters.chapters != nil { units = Self.withoutEmptyTitles(units) }
        return LawPlan(
            label: StatuteLabel(date: index.date, supplement: overlay?.year).text,
            units: units
        )
    }

    /// What upstream has published, newest first.
    func releases() async throws -> [SourceRelease] {
        let index = try StatuteIndex(try await page(StatuteTree.main.file("titles.htm")))
        let main = SourceRelease(
            label: StatuteLabel(date: index.date).text,
            date: index.date,
            isCurrent: index.supplement == nil,
            description: "The General Statutes, revised to \(index.date)"
        )
        guard let folder = index.supplement else { return [main] }
        let supplement = try StatuteIndex(try await page(StatuteTree.supplement(folder: folder).file("titles.htm")))
        return [
            SourceRelease(
                label: StatuteLabel(date: index.date, supplement: Self.year(folder)).text,
                date: supplement.date,
                isCurrent: true,
                description: "The General Statutes with the \(Self.year(folder)) Supplement (parameter “supplement”)"
            ),
            main,
        ]
    }

    private static func year(_ folder: String) -> String { String(folder.prefix { $0 != "/" }) }

    // MARK: - Pages

    private func page(_ file: UpstreamFile) async throws -> [UInt8] {
        try await upstream.pages([file], limit: StatutePage.maximumBytes)[0]
    }

    /// The titles that may hold what is wanted, with their pages.
    private func titles(of index: StatuteIndex, in tree: StatuteTree) async throws -> [Found] {
        if tree == .main,
            let missing = parameters.titles?.filter({ name in !index.titles.contains { $0.number == name } }),
            !missing.isEmpty
        {
            throw Self.notFound("titles_not_found", "title", missing.sorted())
        }
        let wanted = index.titles.filter { $0.file != nil && parameters.titles?.contains($0.number) ?? true }
        guard let chapters = parameters.chapters else { return try await read(wanted, in: tree) }
        // The index says which chapters a title has, mostly; only what is not found by that is looked for everywhere.
        let likely = wanted.filter { title in
            chapters.contains { $0.isArticle ? title.number == "42a" : title.range?.contains($0.order) ?? false }
        }
        let found = try await read(likely, in: tree)
        let isComplete = chapters.allSatisfy { chapter in
            found.contains { $0.page.chapters.contains { $0.division.isSame(as: chapter) } }
        }
        if isComplete || tree != .main { return found }
        return try await read(wanted, in: tree)
    }

    private func read(_ titles: [StatuteIndex.Title], in tree: StatuteTree) async throws -> [Found] {
        let files = titles.map { tree.file($0.file ?? "") }
        let pages = try await upstream.pages(files, limit: StatutePage.maximumBytes)
        return try zip(zip(titles, files), pages).map { entry, page in
            do {
                return Found(title: entry.0, page: try TitlePage(page, number: entry.0.number), file: entry.1)
            } catch var failure as JobFailure {
                failure.unit = failure.unit ?? entry.0.number
                throw failure
            }
        }
    }

    private func supplement(of index: StatuteIndex) async throws -> (year: String, tree: StatuteTree, titles: [Found]) {
        guard let folder = index.supplement else {
            throw JobFailure(
                code: "supplement_not_found",
                message: "The index of titles links to no Supplement.",
                advice: "Leave the parameter “supplement” out."
            )
        }
        let tree = StatuteTree.supplement(folder: folder)
        let supplement = try StatuteIndex(try await page(tree.file("titles.htm")))
        return (Self.year(folder), tree, try await titles(of: supplement, in: tree))
    }

    // MARK: - Units

    private struct Title {
        var number: String
        var file: UpstreamFile
        var chapters: [(division: StatuteDivision, files: [UpstreamFile])]
    }

    /// The titles of the statutes in their order, each chapter with its page in the Supplement behind its own; then what
    /// only the Supplement has.
    private static func merged(_ main: [Found], _ overlay: [Found]) -> [Title] {
        let tree = overlay.first.map { StatuteTree.supplement(folder: $0.file.path.folder) } ?? .main
        var titles = main.map { found in
            Title(
                number: found.title.number,
                file: found.file,
                chapters: found.page.chapters.map { ($0.division, [StatuteTree.main.file($0.file)]) }
            )
        }
        for found in overlay {
            if !titles.contains(where: { $0.number == found.title.number }) {
                titles.append(Title(number: found.title.number, file: found.file, chapters: []))
            }
            guard let place = titles.firstIndex(where: { $0.number == found.title.number }) else { continue }
            for chapter in found.page.chapters {
                let file = tree.file(chapter.file)
                if let index = titles[place].chapters.firstIndex(where: { $0.division.isSame(as: chapter.division) }) {
                    titles[place].chapters[index].files.append(file)
                } else {
                    titles[place].chapters.append((chapter.division, [file]))
                }
            }
        }
        return titles
    }

    private func isWanted(_ division: StatuteDivision) -> Bool {
        parameters.chapters?.contains { $0.isSame(as: division) } ?? true
    }

    private static func contains(_ planned: Set<StatuteDivision>, _ division: StatuteDivision) -> Bool {
        planned.contains { $0.isSame(as: division) }
    }

    /// Titles are read to find chapters in them; those in which none was wanted are no part of the job.
    private static func withoutEmptyTitles(_ units: [LawUnit]) -> [LawUnit] {
        units.filter { unit in
            unit.id == indexUnit || unit.id.contains("-") || units.contains { $0.id.hasPrefix(unit.id + "-") }
        }
    }

    private static func notFound(_ code: String, _ kind: String, _ names: [String]) -> JobFailure {
        JobFailure(
            code: code,
            message: "The statutes do not have \(kind)\(names.count == 1 ? "" : "s") "
                + names.joined(separator: ", ") + ".",
            details: names.map(JSONValue.string)
        )
    }
}

extension String {
    fileprivate var folder: String { split(separator: "/").dropLast().joined(separator: "/") }
}
