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
        var chapters: [Chapter] = []
        for link in page.links {
            let name = StatuteIndex.fileName(ofLink: link)
            switch StatuteFile(name: name) {
            case .division(let division)? where !chapters.contains(where: { $0.division.isSame(as: division) }):
                chapters.append(Chapter(division: division, file: name))
            default: break
            }
        }
        self.chapters = chapters
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
        let cells = row.elements { $0.name == "td" || $0.name == "th" }.map(\.text)
        guard let first = cells.first else { return nil }
        let words = first.split { $0.isWhitespace || $0 == "," }
        guard words.count >= 2, let word = words.first?.lowercased(),
            ["chapter", "chapters", "article", "articles"].contains(word)
        else { return nil }
        let numbers = words.dropFirst().filter { $0.first?.isNumber == true }
            .map {
                StatuteDivision(
                    isArticle: word.hasPrefix("article"),
                    number: String($0.prefix { $0.isLetter || $0.isNumber })
                )
            }
        guard let from = numbers.first, let to = numbers.last else { return nil }
        let isRange = from != to
        let key = "\(title)/\(from.step)" + (isRange ? "...\(to.number.lowercased())" : "")
        var node = LawNode(
            unit: unit,
            key: key,
            parent: title,
            level: from.isArticle ? "article" : "chapter",
            index: index
        )
        node.num = first
        node.heading = cells.dropFirst().filter { !$0.isEmpty }.joined(separator: " ")
        node.status = SectionStatus.status(ofRemark: node.heading)
        if !from.isArticle {
            node.covers = [LawKeyRange(first: StatuteKey.chapter(from.number), last: StatuteKey.chapter(to.number))]
        }
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
