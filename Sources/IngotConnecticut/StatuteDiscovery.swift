import IngotCore
import IngotFetch
import IngotLaw

/// Finds out which units a request for the statutes means: from the index of titles through the titles' pages to the
/// chapters' and articles'.
struct StatuteDiscovery {
    var parameters: StatuteParameters
    var upstream: Upstream

    /// The unit of the index.
    ///
    /// Its name comes before all others.
    static let indexUnit = "0-index"

    /// A title's page with the tree that it is in.
    private struct Found {
        var title: StatuteIndex.Title
        var page: TitlePage
        var file: UpstreamFile
    }

    /// The plan is of what upstream has now: it keeps no earlier states.
    ///
    /// - Throws: `JobFailure` `upstream_page_changed`, `titles_not_found`, `chapters_not_found`,
    ///   `supplement_not_found`, or what reading upstream throws.
    func plan() async throws -> LawPlan {
        let indexFile = StatuteTree.main.file("titles.htm")
        let index = try StatuteIndex(try await page(indexFile))
        let main = try await titles(of: index, in: .main)
        let overlay = parameters.supplement ? try await supplement(of: index) : nil
        var units = [LawUnit(id: Self.indexUnit, files: [indexFile])]
        var planned: Set<StatuteDivision> = []
        for title in Self.withChaptersOnce(Self.merged(main, overlay?.titles ?? [])) {
            units.append(LawUnit(id: title.number, files: [title.file]))
            for chapter in title.chapters where isWanted(chapter.division) {
                let (division, files) = (chapter.division, chapter.files)
                planned.insert(StatuteDivision(isArticle: division.isArticle, number: division.number.lowercased()))
                units.append(LawUnit(id: "\(title.number)-\(division.step)", files: files))
            }
        }
        if let missing = parameters.chapters?.filter({ !Self.contains(planned, $0) }), !missing.isEmpty {
            throw Self.notFound("chapters_not_found", "chapter", missing.map(\.step))
        }
        if parameters.chapters != nil { units = Self.withoutEmptyTitles(units) }
        return LawPlan(
            label: StatuteLabel(date: index.date ?? "", supplement: overlay?.year).text,
            units: units,
            isWhole: parameters.titles == nil && parameters.chapters == nil
        )
    }

    /// What upstream has published, newest first.
    func releases() async throws -> [SourceRelease] {
        let index = try StatuteIndex(try await page(StatuteTree.main.file("titles.htm")))
        let date = index.date ?? ""
        let main = SourceRelease(
            label: StatuteLabel(date: date).text,
            date: date,
            isCurrent: index.supplement == nil,
            description: "The General Statutes, revised to \(date)"
        )
        guard let folder = index.supplement else { return [main] }
        let file = StatuteTree.supplement(folder: folder).file("titles.htm")
        let supplement = try StatuteIndex(try await page(file), needsDate: false)
        return [
            SourceRelease(
                label: StatuteLabel(date: date, supplement: Self.year(folder)).text,
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
            chapters.contains { $0.isArticle ? title.number == "42a" : title.range?.contains($0.order) ?? true }
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
        let supplement = try StatuteIndex(try await page(tree.file("titles.htm")), needsDate: false)
        return (Self.year(folder), tree, try await titles(of: supplement, in: tree))
    }

    // MARK: - Units

    private struct Title {
        var number: String
        var file: UpstreamFile
        var chapters: [Chapter]
    }

    private struct Chapter {
        var division: StatuteDivision
        var files: [UpstreamFile]
        var isOfTitle: Bool
    }

    /// A title may name chapters that are in another one: each belongs to the title whose number its sections have, else
    /// to the first that names it.
    private static func withChaptersOnce(_ titles: [Title]) -> [Title] {
        var owners: [String: (title: String, isSure: Bool)] = [:]
        for title in titles {
            for chapter in title.chapters {
                let name = chapter.division.step
                if let owner = owners[name], owner.isSure || !chapter.isOfTitle { continue }
                owners[name] = (title.number, chapter.isOfTitle)
            }
        }
        return titles.map { title in
            var title = title
            title.chapters.removeAll { owners[$0.division.step]?.title != title.number }
            return title
        }
    }

    /// The titles of the statutes in their order, each chapter with its page in the Supplement behind its own; then what
    /// only the Supplement has.
    private static func merged(_ main: [Found], _ overlay: [Found]) -> [Title] {
        let tree = overlay.first.map { StatuteTree.supplement(folder: $0.file.path.folder) } ?? .main
        var titles = main.map { found in
            Title(
                number: found.title.number,
                file: found.file,
                chapters: found.page.chapters.map { chapter in
                    let file = StatuteTree.main.file(chapter.file)
                    return Chapter(division: chapter.division, files: [file], isOfTitle: chapter.isOfTitle)
                }
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
                    titles[place].chapters.append(
                        Chapter(division: chapter.division, files: [file], isOfTitle: chapter.isOfTitle)
                    )
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
