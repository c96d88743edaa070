import IngotLaw
import IngotMarkup

/// Lays out the paragraphs and tables of a node: what begins with `(a)`, `(1)`, `(A)` or `(i)` is a numbered piece.
struct StatuteBlocks {
    private(set) var blocks: [LawBlock] = []
    /// The links of tables, which their cells do not keep.
    private(set) var references: [LawReference] = []
    /// The last label of each depth, to tell `(i)` after `(h)` from `(i)` after `(A)`.
    private var labels: [Int: Substring] = [:]

    /// The names of the statutes' pieces by depth.
    private static let names = ["subsection", "subdivision", "subparagraph", "clause", "subclause"]

    mutating func add(_ paragraph: FlowingText, type: String = "p") {
        guard !paragraph.text.isEmpty else { return }
        references += paragraph.references
        var block = LawBlock(type: type, text: paragraph.text)
        var dropped = 0
        if type == "p", let label = Self.label(paragraph.text), let depth = depth(of: label) {
            let rest = paragraph.text.dropFirst(label.count).drop { $0 == " " }
            dropped = paragraph.text.unicodeScalars.count - rest.unicodeScalars.count
            block = LawBlock(type: Self.names[depth], label: label, depth: depth, text: String(rest))
            block.status = SectionStatus.status(ofPiece: block.text)
            labels = labels.filter { $0.key < depth }
            labels[depth] = label.dropFirst().dropLast()
        }
        block.links = paragraph.links(dropping: dropped).map { link in
            // The same address as the reference's: what is in the corpus by its key.
            LawLink(
                href: StatuteReference.key(ofLink: link, in: block.text) ?? link.href,
                start: link.start,
                length: link.length
            )
        }
        blocks.append(block)
    }

    /// Keeps a table as rows of cells; a table within a cell is that cell's text.
    mutating func add(table: HTMLElement) {
        for case .element(let caption) in table.contents where caption.name == "caption" {
            add(FlowingText(caption.contents, omitting: StatutePage.isNavigation))
        }
        let rows = Self.rows(of: table).map { row in
            row.contents.compactMap { content -> LawTableCell? in
                guard case .element(let cell) = content, cell.name == "td" || cell.name == "th" else { return nil }
                let text = FlowingText(cell.contents, omitting: StatutePage.isNavigation)
                references += text.references
                return LawTableCell(
                    text: text.text,
                    isHeader: cell.name == "th",
                    columnSpan: Self.span(cell.attributes["colspan"]),
                    rowSpan: Self.span(cell.attributes["rowspan"])
                )
            }
        }
        add(rows: rows)
    }

    mutating func add(rows: [[LawTableCell]]) {
        let rows = rows.filter { !$0.isEmpty }
        guard rows.contains(where: { $0.contains { !$0.text.isEmpty } }) else { return }
        var block = LawBlock(type: "table")
        block.table = rows
        blocks.append(block)
    }

    static func rows(of table: HTMLElement) -> [HTMLElement] {
        table.contents.flatMap { content -> [HTMLElement] in
            guard case .element(let element) = content else { return [] }
            if element.name == "tr" { return [element] }
            return ["tbody", "thead", "tfoot"].contains(element.name) ? rows(of: element) : []
        }
    }

    private static func span(_ attribute: String?) -> Int {
        attribute.flatMap { Int($0) }.map { max(1, min($0, 1000)) } ?? 1
    }

    /// All text in the page's order.
    var text: String {
        blocks.map { block in
            if let rows = block.table {
                return rows.map { $0.map(\.text).joined(separator: " ") }.joined(separator: "\n")
            }
            return [block.label, block.text].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    private static func label(_ text: String) -> String? {
        guard text.first == "(", let end = text.firstIndex(of: ")") else { return nil }
        let inside = text[text.index(after: text.startIndex)..<end]
        guard !inside.isEmpty, inside.utf8.count <= 6, inside.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return nil }
        let isLetters = Set(inside).count == 1 && inside.allSatisfy(\.isLetter)
        guard inside.allSatisfy(\.isNumber) || isLetters || isRoman(inside) else { return nil }
        return String(text[...end])
    }

    /// The depth of a label: letters, numbers, capitals, small and large Roman numbers below each other.
    private func depth(of label: String) -> Int? {
        let inside = label.dropFirst().dropLast()
        if inside.allSatisfy(\.isNumber) { return 1 }
        if inside.first?.isUppercase == true {
            // (I) is a subclause below (i), and a subparagraph after (H).
            let isSubclause = Self.isRoman(inside) && labels[3] != nil && !Self.follows(inside, labels[2])
            return isSubclause ? 4 : 2
        }
        guard Self.isRoman(inside) else { return 0 }
        // (i) follows (h) on its own level, and else begins below (A) or (1).
        if Self.follows(inside, labels[0]), labels[2] == nil || labels[3] == nil && !inside.elementsEqual("i") {
            return 0
        }
        return labels[1] == nil && labels[2] == nil ? 0 : 3
    }

    /// Whether a letter comes right after another: `i` after `h`, `v` after `u`.
    private static func follows(_ letter: Substring, _ last: Substring?) -> Bool {
        guard let last, letter.count == last.count, let one = letter.first?.asciiValue,
            let other = last.first?.asciiValue
        else { return false }
        return one == other + 1
    }

    private static func isRoman(_ text: Substring) -> Bool {
        text.lowercased().allSatisfy { "ivxl".contains($0) }
    }
}
