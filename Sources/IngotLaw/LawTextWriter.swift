/// Writes a node as plain text.
struct LawTextWriter {
    private static let indent = 4

    /// Columns that a table may take where no width is asked for.
    private static let tableWidth = 100
    /// The narrowest text, however deep it is nested.
    private static let minimumWidth = 24

    private let width: Int?
    private var lines: [String] = []

    /// - Parameter width: of the lines; `nil` leaves paragraphs as they are.
    init(width: Int? = nil) { self.width = width }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func write(_ rendering: LawRendering) {
        let record = rendering.record
        if !rendering.path.isEmpty { append(rendering.path.joined(separator: " › "), depth: 0) }
        if let citation = record.citation { lines.append(citation) }
        if !lines.isEmpty { lines.append("") }
        append(rendering.title, depth: 0)
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
        let length = min(text.count, width ?? text.count)
        if length > 0 { lines.append(String(repeating: underline, count: length)) }
    }

    private mutating func table(_ rows: [[LawRecord.Cell]], depth: Int) {
        lines.append("")
        let width = width.map { room(in: $0, depth) } ?? Self.tableWidth
        lines += LawTableGrid(rows).lines(width: width).map { Self.indentation(depth) + $0 }
    }

    private mutating func paragraph(_ text: String, depth: Int = 0) {
        guard !text.isEmpty else { return }
        lines.append("")
        for line in text.split(whereSeparator: \.isNewline) { append(String(line), depth: depth) }
    }

    private mutating func append(_ line: String, depth: Int) {
        let pieces = width.map { LineWrapping.lines(line, width: room(in: $0, depth)) } ?? [line]
        lines += pieces.map { Self.indentation(depth) + $0 }
    }

    private func room(in width: Int, _ depth: Int) -> Int { max(Self.minimumWidth, width - depth * Self.indent) }

    private static func indentation(_ depth: Int) -> String { String(repeating: " ", count: depth * indent) }
}
