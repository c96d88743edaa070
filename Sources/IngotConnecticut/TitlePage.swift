import IngotCore
import IngotLaw
import IngotMarkup

/// The page of a title: its heading and front notes, and the table of its chapters.
struct TitlePage {
    /// A chapter that the table links to.
    struct Chapter: Equatable {
        var division: StatuteDivision
        /// The name of its page's file, in lower case.
        var file: String
        /// Whether its sections have the title's number, as the page says; a title may also name others' chapters.
        var isOfTitle: Bool
    }

    /// In the page's order, each chapter once.
    let chapters: [Chapter]
    let number: String
    private let page: StatutePage

    /// - Parameter number: of the title that the page must be of: `53a`.
    /// - Throws: `JobFailure` `document_unexpected`, `upstream_page_changed`, or what ``StatutePage`` throws.
    init(_ bytes: [UInt8], number: String) throws {
        page = try StatutePage(bytes)
        let heading = page.pieces.lazy.compactMap { piece -> String? in
            guard case .heading(let classes, let text) = piece, classes.contains("title-no") else { return nil }
            return text.text
        }.first
        let found = heading.flatMap { $0.split(separator: " ").dropFirst().first }?
            .prefix { $0.isLetter || $0.isNumber }.lowercased()
        guard found == number.lowercased() else {
            throw JobFailure(
                code: "document_unexpected",
                message: "The page should be title \(number), and has "
                    + (heading.map { "the heading “\($0.prefix(200))”." } ?? "no heading of a title."),
                advice: "Look at it in a browser; if the page has a new shape, the source has to learn it."
            )
        }
        self.number = number
        chapters = try page.pieces.reduce(into: []) { chapters, piece in
            guard case .table(let table) = piece else { return }
            for row in StatuteBlocks.rows(of: table) {
                guard let chapter = try Self.chapter(row, title: number),
                    !chapters.contains(where: { $0.division.isSame(as: chapter.division) })
                else { continue }
                chapters.append(chapter)
            }
        }
        if chapters.isEmpty { try checkEmptiness() }
    }

    /// The chapter to which a row of the contents links.
    private static func chapter(_ row: HTMLElement, title: String) throws -> Chapter? {
        let links = row.elements { $0.name == "a" && $0.attributes["href"] != nil }
            .filter { !StatutePage.isNavigation($0) }
        let printed = cells(row).first.flatMap { StatuteDivision($0) }
        guard printed != nil || links.contains(where: { $0.classes.contains("toc_ch_link") }) else { return nil }
        guard !links.isEmpty else { return nil }
        let names = links.map { StatuteIndex.fileName(ofLink: $0.attributes["href"] ?? "") }
        for name in names {
            if case .division(let division)? = StatuteFile(name: name) {
                return Chapter(
                    division: printed ?? division,
                    file: name,
                    isOfTitle: isOfTitle(row, title)
                )
            }
        }
        // A row may lead to another title; that it does is in the title's text.
        if printed == nil || names.contains(where: { StatuteFile(name: $0) != nil }) { return nil }
        throw JobFailure(
            code: "upstream_page_changed",
            message: "The page of title \(title) links “\(cells(row).first ?? "")” to \(names[0].prefix(200)), "
                + "which is no chapter's page.",
            unit: title,
            advice: "Look at it in a browser; if the page has a new shape, the source has to learn it."
        )
    }

    /// Whether the row's sections are numbered by this title, as `Secs. 53a-1 to 53a-3` are.
    private static func isOfTitle(_ row: HTMLElement, _ title: String) -> Bool {
        let sections = row.elements { $0.classes.contains("toc_rng_secs") }.map(\.text).joined(separator: " ")
        guard let first = SectionDesignation(sections)?.runs.first?.first else { return false }
        return first.lowercased().hasPrefix(title.lowercased() + "-")
    }

    /// The text of each of a row's own cells.
    private static func cells(_ row: HTMLElement) -> [String] {
        row.contents.compactMap { content in
            guard case .element(let cell) = content, cell.name == "td" || cell.name == "th" else { return nil }
            return cell.text
        }
    }

    /// A title without chapters says why: its sections are repealed, for example.
    private func checkEmptiness() throws {
        let nodes = nodes(unit: number).nodes
        let text = nodes.map { $0.heading + $0.text + $0.notes.map(\.text).joined() }.joined(separator: " ")
        guard nodes.count == 1, SectionStatus.status(ofRemark: text) == nil else { return }
        throw JobFailure(
            code: "upstream_page_changed",
            message: "The page of title \(number) links to no chapter and does not say why.",
            unit: number,
            advice: "Look at it in a browser; if the page has a new shape, the source has to learn it."
        )
    }

    /// The title's node, and those of chapters that have no page, because they are reserved for example.
    func nodes(unit: String) -> (nodes: [LawNode], findings: LawReadingFindings) {
        var title = LawNode(
            unit: unit,
            key: StatuteKey.title(number),
            parent: StatuteKey.corpus,
            level: "title",
            index: 0
        )
        title.citation = "Conn. Gen. Stat. tit. \(number)"
        title.order = StatuteNumber.order(ofTitle: number)
        var blocks = StatuteBlocks()
        var others: [LawNode] = []
        for piece in page.pieces {
            switch piece {
            case .heading(let classes, let text) where classes.contains("title-no"): title.num = text.text
            case .heading(let classes, let text) where classes.contains("title-name") && blocks.blocks.isEmpty:
                title.heading += title.heading.isEmpty ? text.text : " \(text.text)"
            case .heading(_, let text): blocks.add(text, type: "heading")
            case .paragraph(let classes, let catchline, let text):
                if let catchline { blocks.add(catchline.text) }
                if let name = classes.first(where: { StatuteNotes.topic(ofClass: $0) != nil }), !text.text.isEmpty {
                    title.add(note: text, class: name, isSection: false)
                } else {
                    blocks.add(text)
                }
            case .table(let table):
                let rows = StatuteBlocks.rows(of: table).filter { row in
                    guard let node = Self.unlinkedChapter(row, unit: unit, title: title.key, index: others.count + 1)
                    else {
                        return true
                    }
                    others.append(node)
                    return false
                }
                blocks.add(table: HTMLElement(name: "table", contents: rows.map { .element($0) }))
            case .contents, .sectionEnd: break
            }
        }
        title.blocks = blocks.blocks
        title.text = blocks.text
        title.refs += blocks.references
        let stars = title.takeStars()
        let nodes = [title] + Self.distinct(others)
        return (
            nodes,
            LawReadingFindings(
                sourceCharacters: page.characters,
                keptCharacters: nodes.reduce(stars) { $0 + $1.characters }
            )
        )
    }

    /// A row that names a chapter and links to no page: `Chapters 26 to 27 | Reserved for future use`.
    private static func unlinkedChapter(_ row: HTMLElement, unit: String, title: String, index: Int) -> LawNode? {
        guard row.elements(where: { $0.name == "a" && $0.attributes["href"] != nil }).isEmpty else { return nil }
        let cells = cells(row)
        guard let first = cells.first, let numbers = StatuteDivisionRange(first) else { return nil }
        var node = LawNode(
            unit: unit,
            key: "\(title)/\(numbers.step)",
            parent: title,
            level: numbers.isArticle ? "article" : "chapter",
            index: index
        )
        node.num = numbers.printed
        node.heading = ([numbers.rest] + cells.dropFirst()).filter { !$0.isEmpty }.joined(separator: " ")
        node.status = SectionStatus.status(ofRemark: node.heading)
        node.order = numbers.first.order
        if !numbers.isArticle { node.covers = numbers.covers }
        return node
    }

    private static func distinct(_ nodes: [LawNode]) -> [LawNode] {
        var uses: [String: Int] = [:]
        return nodes.map { node in
            uses[node.key, default: 0] += 1
            guard let count = uses[node.key], count > 1 else { return node }
            var node = node
            node.repeats = node.key
            node.key += "~\(count)"
            return node
        }
    }
}
