/// Writes a node as plain text.
struct LawTextWriter {
    private static let indent = 4

    /// Columns that a table may take.
    private let tableWidth: Int
    private var lines: [String] = []

    init(tableWidth: Int = 100) { self.tableWidth = tableWidth }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func write(_ rendering: LawRendering) {
        let record = rendering.record
        if !rendering.path.isEmpty { lines.append(rendering.path.joined(separator: " › ")) }
        if let citation = record.citation { lines.append(citation) }
        if !lines.isEmpty { lines.append("") }
        lines.append(rendering.title)
        if let status = record.status { lines.append("[\(status)]") }
        for block in rendering.blocks { write(block) }
        if let credit = record.credit, !credit.isEmpty { paragraph(credit) }
        for footnote in record.footnotes {
            let (mark, text) = footnote.parts
            paragraph("[\(mark)] \(text)")
        }
        write(record.notes)
    }

    private mutating func write(_ block: LawRecord.Block) {
        guard let table = block.table else {
            return paragraph(LawRendering.joined([block.label, block.heading, block.text]), depth: block.depth)
        }
        let caption = LawRendering.joined([block.label, block.heading])
        paragraph(caption, depth: block.depth)
        self.table(table, depth: block.depth)
    }

    private mutating func write(_ notes: [LawRecord.Note]) {
        if notes.isEmpty { return }
        heading("Notes", underline: "=")
        for note in notes {
            if note.isCrossHeading {
                heading(note.heading ?? "", underline: "-")
            } else {
                paragraph(note.heading ?? "")
            }
            let depth = note.heading?.isEmpty == false && !note.isCrossHeading ? 1 : 0
            for part in note.parts {
                switch part {
                case .paragraph(let text): paragraph(text, depth: depth)
                case .table(let rows): table(rows, depth: depth)
                }
            }
        }
    }

    private mutating func heading(_ text: String, underline: String) {
        paragraph(text)
        if !text.isEmpty { lines.append(String(repeating: underline, count: text.count)) }
    }

    private mutating func table(_ rows: [[LawRecord.Cell]], depth: Int) {
        lines.append("")
        lines += LawTableGrid(rows).lines(width: tableWidth).map { Self.indentation(depth) + $0 }
    }

    private mutating func paragraph(_ text: String, depth: Int = 0) {
        guard !text.isEmpty else { return }
        lines.append("")
        lines += text.split(whereSeparator: \.isNewline).map { Self.indentation(depth) + $0 }
    }

    private static func indentation(_ depth: Int) -> String { String(repeating: " ", count: depth * indent) }
}
