/// Writes a node as CommonMark with GitHub's tables.
struct LawMarkdownWriter {
    private var parts: [String] = []

    var text: String { parts.joined(separator: "\n\n") + "\n" }

    mutating func write(_ rendering: LawRendering) {
        let record = rendering.record
        heading(1, rendering.title)
        let citation = record.citation.map { "*\(MarkdownText.escaped($0))*" }
        let status = record.status.map { MarkdownText.escaped($0) }
        if citation != nil || status != nil {
            parts.append([citation, status].compactMap { $0 }.joined(separator: " — "))
        }
        for block in rendering.blocks { write(block) }
        if let credit = record.credit { paragraphs(credit) }
        for footnote in record.footnotes {
            let (mark, text) = footnote.parts
            // The marks in the text are not known by their place, and GitHub drops a footnote that nothing refers to.
            parts.append("\\[\(MarkdownText.escaped(mark))\\] \(MarkdownText.escaped(Self.oneLine(text)))")
        }
        write(record.notes)
    }

    // MARK: - Blocks

    private mutating func write(_ block: LawRecord.Block) {
        var line = ""
        if let label = block.label, !label.isEmpty { line = "**\(MarkdownText.escaped(Self.oneLine(label)))**" }
        if let heading = block.heading, !heading.isEmpty {
            if !line.isEmpty { line += " " }
            line += Self.emphasized(Self.oneLine(heading))
        }
        if block.table == nil, let text = block.text, !text.isEmpty {
            if !line.isEmpty, line.last != "—" { line += " " }
            line += linked(text, block.links ?? [], startsLine: line.isEmpty)
        }
        append(line.split(whereSeparator: \.isNewline).map(String.init), depth: block.depth)
        if let table = block.table { append(Self.table(table), depth: block.depth) }
    }

    /// A quotation mark a level is the only nesting that Markdown keeps without renumbering.
    private mutating func append(_ lines: [String], depth: Int) {
        guard !lines.isEmpty else { return }
        let quotation = String(repeating: "> ", count: depth)
        parts.append(lines.map { quotation + $0 }.joined(separator: "\n"))
    }

    private func linked(_ text: String, _ links: [LawRecord.Link], startsLine: Bool) -> String {
        let scalars = text.unicodeScalars
        var result = ""
        var next = scalars.startIndex
        var offset = 0
        func escaped(to end: String.Index) -> String {
            MarkdownText.escaped(text[next..<end], startsLine: startsLine && next == scalars.startIndex)
        }
        for link in links where link.start >= offset && link.length > 0 {
            guard let start = scalars.index(next, offsetBy: link.start - offset, limitedBy: scalars.endIndex),
                let end = scalars.index(start, offsetBy: link.length, limitedBy: scalars.endIndex)
            else { break }
            result += escaped(to: start)
            result += MarkdownText.link(MarkdownText.escaped(Self.oneLine(text[start..<end])), to: link.href)
            next = end
            offset = link.start + link.length
        }
        return result + escaped(to: scalars.endIndex)
    }

    /// A heading in the line of its text.
    ///
    /// The punctuation at its end stays outside the marks, as they end only beside a letter when a letter follows.
    private static func emphasized(_ heading: String) -> String {
        let tail = heading.reversed().prefix { $0 == "." || $0 == "—" || $0 == " " }.count
        let words = heading.dropLast(tail)
        if words.isEmpty { return MarkdownText.escaped(heading) }
        return "*\(MarkdownText.escaped(words))*\(MarkdownText.escaped(heading.suffix(tail)))"
    }

    // MARK: - Notes

    private mutating func write(_ notes: [LawRecord.Note]) {
        if notes.isEmpty { return }
        heading(2, "Notes")
        for note in notes {
            heading(note.isCrossHeading ? 3 : 4, note.heading ?? "")
            for part in note.parts {
                switch part {
                case .paragraph(let text): paragraphs(text)
                case .table(let rows): append(Self.table(rows), depth: 0)
                }
            }
        }
    }

    private mutating func heading(_ level: Int, _ text: String) {
        let text = Self.oneLine(text)
        if text.isEmpty { return }
        parts.append("\(String(repeating: "#", count: level)) \(MarkdownText.escaped(text))")
    }

    private mutating func paragraphs(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            parts.append(MarkdownText.escaped(line.drop(while: \.isWhitespace), startsLine: true))
        }
    }

    // MARK: - Tables

    /// A table always has a header row; it is empty where the source has no header cells.
    private static func table(_ rows: [[LawRecord.Cell]]) -> [String] {
        let grid = LawTableGrid(rows)
        guard grid.columnCount > 0 else { return [] }
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        var lines = grid.rows.indices.map { row in line(grid.texts(ofRow: row).map { MarkdownText.escaped($0) }) }
        let columns = grid.columnCount
        if grid.headerRows == 0 { lines.insert(line(Array(repeating: "", count: columns)), at: 0) }
        lines.insert(line(Array(repeating: "---", count: columns)), at: 1)
        return lines
    }

    private static func oneLine(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
