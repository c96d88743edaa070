import IngotCore
import IngotLaw
import IngotMarkup

/// The index of titles, `titles.htm`: to when the statutes are revised, which titles there are, and the newest
/// Supplement.
struct StatuteIndex {
    /// A row of the index.
    struct Title: Equatable {
        /// For example `42a`.
        var number: String
        /// The name of its page's file, in lower case; `nil` for a title that has no page.
        var file: String?
        /// What is printed: `Title 2a`, `Chapters 24 to 25`, `Reserved for future use`.
        var designation: String
        var chapters: String
        var name: String
        /// Its chapters, from the first to the last, where the row says them.
        var range: ClosedRange<Int>?
    }

    /// The day to which it is revised, `YYYY-MM-DD`, where it says so.
    let date: String?
    let titles: [Title]
    /// The folder of the Supplement that the index links to: `2026/sup`.
    let supplement: String?
    private let page: StatutePage

    /// - Parameter needsDate: whether an index that does not say its day is refused.
    /// - Throws: `JobFailure` `upstream_page_changed`, or what ``StatutePage`` throws.
    init(_ bytes: [UInt8], needsDate: Bool = true) throws {
        page = try StatutePage(bytes)
        let texts = page.pieces.compactMap { piece -> String? in
            switch piece {
            case .heading(_, let text), .paragraph(_, _, let text): text.text
            default: nil
            }
        }
        date = texts.lazy.compactMap(RevisionDate.first).first
        guard date != nil || !needsDate else { throw Self.changed("does not say to when the statutes are revised") }
        titles = try page.pieces.flatMap { piece -> [Title] in
            guard case .table(let table) = piece else { return [] }
            return try StatuteBlocks.rows(of: table).compactMap(Self.title)
        }
        guard titles.contains(where: { $0.file != nil }) else { throw Self.changed("links to no title") }
        let numbers = titles.map(\.number)
        guard Set(numbers).count == numbers.count else { throw Self.changed("names a title twice") }
        supplement = page.links.lazy.compactMap(Self.supplementFolder).first
    }

    /// Whether a row is that of a title without a page, which has a node of its own.
    private func isWithoutPage(_ row: HTMLElement) -> Bool {
        // All rows could be read when the index was.
        guard let title = try? Self.title(row) else { return false }
        return title.file == nil
    }

    private static func changed(_ what: String) -> JobFailure {
        JobFailure(
            code: "upstream_page_changed",
            message: "The index of titles \(what).",
            advice: "Look at it in a browser; if the page has a new shape, the source has to learn it."
        )
    }

    private static func title(_ row: HTMLElement) throws -> Title? {
        func text(_ name: Substring) -> String {
            row.elements { $0.classes.contains(name) }.map(\.text).joined(separator: " ")
        }
        let designation = text("toc_ttl_desig")
        let words = designation.split { $0.isWhitespace }
        guard words.count >= 2, words[0].lowercased() == "title" else { return nil }
        let links = row.elements { $0.name == "a" }.compactMap { $0.attributes["href"] }
        let link = links.first { link in
            if case .title? = StatuteFile(name: fileName(ofLink: link)) { true } else { false }
        }
        if link == nil, let other = links.first {
            throw changed("links “\(designation.prefix(100))” to \(other.prefix(200)), which is no title's page")
        }
        let chapters = text("toc_rng_chaps")
        return Title(
            number: words[1].prefix { $0.isLetter || $0.isNumber }.lowercased(),
            file: link.map { fileName(ofLink: $0) },
            designation: designation,
            chapters: chapters,
            name: text("toc_ttl_name"),
            range: range(chapters)
        )
    }

    /// Reads which chapters a title has.
    ///
    /// For example `Chapters 16 to 23l (Secs. …)`
    private static func range(_ text: String) -> ClosedRange<Int>? {
        let words = text.prefix { $0 != "(" }.split { $0.isWhitespace }
        guard words.first?.hasPrefix("Chapter") == true else { return nil }
        let numbers = words.dropFirst().filter { $0.first?.isNumber == true }
            .map { StatuteDivision(isArticle: false, number: String($0)).order }
        guard let first = numbers.first, let last = numbers.last, first <= last else { return nil }
        return first...last
    }

    /// The last part of an address, in lower case, without what is behind `#` or `?`.
    static func fileName(ofLink link: String) -> String {
        (link.prefix { $0 != "#" && $0 != "?" }.split(separator: "/").last ?? "").lowercased()
            .trimmingWhiteSpace()
    }

    /// `/2026/sup/titles.htm` lies in `2026/sup`.
    private static func supplementFolder(_ link: String) -> String? {
        let parts = link.lowercased().prefix { $0 != "#" && $0 != "?" }.split(separator: "/").map(String.init)
        guard parts.count >= 3, parts[parts.count - 1] == "titles.htm", parts[parts.count - 2] == "sup",
            parts[parts.count - 3].count == 4, parts[parts.count - 3].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return parts.suffix(3).dropLast().joined(separator: "/")
    }

    // MARK: - Nodes

    /// The node of the statutes as a whole, which keeps all that the index says, and those of titles without a page.
    func nodes(unit: String) -> (nodes: [LawNode], findings: LawReadingFindings) {
        var root = LawNode(unit: unit, key: StatuteKey.corpus, parent: nil, level: "code", index: 0)
        root.citation = "Conn. Gen. Stat."
        var blocks = StatuteBlocks()
        for piece in page.pieces {
            switch piece {
            case .heading(_, let text) where root.heading.isEmpty: root.heading = text.text
            case .heading(_, let text): blocks.add(text, type: "heading")
            case .paragraph(_, let catchline, let text):
                if let catchline { blocks.add(catchline.text) }
                blocks.add(text)
            case .table(let table):
                let rows = StatuteBlocks.rows(of: table).filter { row in !isWithoutPage(row) }
                blocks.add(table: HTMLElement(name: "table", contents: rows.map { .element($0) }))
            case .contents, .sectionEnd: break
            }
        }
        root.blocks = blocks.blocks
        root.text = blocks.text
        root.refs = blocks.references
        let others = titles.filter { $0.file == nil }
        let nodes =
            [root]
            + others.enumerated().map { index, title in
                var node = LawNode(
                    unit: unit,
                    key: StatuteKey.title(title.number),
                    parent: StatuteKey.corpus,
                    level: "title",
                    index: index + 1
                )
                node.order = StatuteNumber.order(ofTitle: title.number)
                node.num = title.designation
                node.heading = title.name
                node.text = title.chapters
                node.blocks = title.chapters.isEmpty ? [] : [LawBlock(type: "p", text: title.chapters)]
                node.status = SectionStatus.status(ofRemark: title.name)
                node.citation = "Conn. Gen. Stat. tit. \(title.number)"
                return node
            }
        return (
            nodes,
            LawReadingFindings(
                sourceCharacters: page.characters,
                keptCharacters: nodes.reduce(0) { $0 + $1.characters }
            )
        )
    }
}

extension String {
    fileprivate func trimmingWhiteSpace() -> String {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
