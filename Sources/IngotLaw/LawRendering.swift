/// A node as people read it.
public struct LawRendering: Sendable {
    private let record: LawRecord

    public init(_ record: LawRecord) { self.record = record }

    // MARK: - Plain text

    /// Plain text with nested pieces indented.
    public var text: String {
        var lines: [String] = []
        if let citation = record.citation { lines += [citation, ""] }
        lines.append(title)
        if let status = record.status { lines.append("[\(status)]") }
        for block in record.blocks {
            let indent = String(repeating: "    ", count: block.depth)
            if let table = block.table {
                lines.append("")
                lines += textTable(table).map { indent + $0 }
                continue
            }
            let words = [block.label, block.heading, block.text].compactMap { $0 }.filter { !$0.isEmpty }
            guard !words.isEmpty else { continue }
            lines.append("")
            lines += words.joined(separator: " ").split(separator: "\n").map { indent + $0 }
        }
        if let credit = record.credit, !credit.isEmpty { lines += ["", credit] }
        for footnote in record.footnotes {
            lines += ["", "[\(footnote.marker ?? "*")] \(footnote.text ?? "")"]
        }
        for note in record.notes {
            lines.append("")
            if let heading = note.heading, !heading.isEmpty { lines.append("Note: \(heading)") }
            if let text = note.text, !text.isEmpty { lines.append(text) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var title: String {
        [record.num, record.heading].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func textTable(_ rows: [[LawRecord.Cell]]) -> [String] {
        rows.map { row in row.map { oneLine($0.text) }.joined(separator: " | ") }
    }

    // MARK: - Markdown

    /// CommonMark, with tables in the form that GitHub made common.
    public var markdown: String {
        var parts: [String] = ["# \(escaped(title))"]
        if let citation = record.citation {
            parts.append("*\(escaped(citation))*" + (record.status.map { " — \(escaped($0))" } ?? ""))
        } else if let status = record.status {
            parts.append("*\(escaped(status))*")
        }
        for block in record.blocks {
            // A quotation mark a level is the only nesting that Markdown keeps without renumbering.
            let indent = String(repeating: "> ", count: block.depth)
            if let table = block.table {
                parts.append(markdownTable(table).map { indent + $0 }.joined(separator: "\n"))
                continue
            }
            var words: [String] = []
            if let label = block.label, !label.isEmpty { words.append("**\(escaped(label))**") }
            if let heading = block.heading, !heading.isEmpty { words.append("*\(escaped(heading))*") }
            if let text = block.text, !text.isEmpty { words.append(escaped(text)) }
            guard !words.isEmpty else { continue }
            parts.append(
                words.joined(separator: " ").split(separator: "\n").map { indent + $0 }.joined(separator: "\n")
            )
        }
        if let credit = record.credit, !credit.isEmpty { parts.append(escaped(credit)) }
        for footnote in record.footnotes {
            parts.append("\\[\(escaped(footnote.marker ?? "*"))\\] \(escaped(footnote.text ?? ""))")
        }
        for note in record.notes {
            if let heading = note.heading, !heading.isEmpty { parts.append("## \(escaped(oneLine(heading)))") }
            if let text = note.text, !text.isEmpty {
                parts.append(text.split(separator: "\n").map { escaped(String($0)) }.joined(separator: "\n\n"))
            }
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func markdownTable(_ rows: [[LawRecord.Cell]]) -> [String] {
        guard let width = rows.map(\.count).max(), width > 0 else { return [] }
        func line(_ cells: [String]) -> String {
            "| " + (cells + Array(repeating: "", count: width - cells.count)).joined(separator: " | ") + " |"
        }
        let body = rows.map { line($0.map { escaped(oneLine($0.text)).replacing("|", with: "\\|") }) }
        return body.prefix(1) + [line(Array(repeating: "---", count: width))] + body.dropFirst()
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if "\\`*_[]<>#".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
