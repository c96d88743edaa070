/// Two texts side by side as HTML, and as one text for narrow windows; long stretches that are the same are folded.
struct ComparisonMarkup {
    /// How deep each line of a text is nested.
    let oldDepths: [Int]
    let newDepths: [Int]

    /// Lines that are the same beside one that is not.
    private static let context = 1
    /// As many lines or fewer that are the same are shown between changes.
    private static let unfolded = 2

    func text(_ rows: [ParagraphAlignment.Row]) -> String {
        var text = ""
        var index = 0
        while index < rows.count {
            guard rows[index].isSame else {
                text += pair(rows[index])
                index += 1
                continue
            }
            let end = rows[index...].firstIndex { !$0.isSame } ?? rows.count
            let before = index == 0 ? 0 : Self.context
            let after = end == rows.count ? 0 : Self.context
            if end - index - before - after <= Self.unfolded {
                for row in rows[index..<end] { text += pair(row) }
            } else {
                for row in rows[index..<index + before] { text += pair(row) }
                let hidden = rows[index + before..<end - after]
                text +=
                    "<details class=\"same\"><summary>\(Figures.count(hidden.count, "paragraph")) the same</summary>"
                for row in hidden { text += line(row.new, newDepths, tag: "p") }
                text += "</details>\n"
                for row in rows[end - after..<end] { text += pair(row) }
            }
            index = end
        }
        return text
    }

    private func pair(_ row: ParagraphAlignment.Row) -> String {
        let kind = row.isSame ? "same" : row.old == nil ? "added" : row.new == nil ? "removed" : "changed"
        var text = "<div class=\"pair \(kind)\">"
        text += "<div class=\"side old\">\(line(row.old, oldDepths, tag: "p"))</div>"
        text += "<div class=\"side new\">\(line(row.new, newDepths, tag: "p"))</div>"
        let nesting = row.new.map { depth($0, newDepths) } ?? row.old.map { depth($0, oldDepths) } ?? 0
        text += "<div class=\"one\"><p class=\"depth-\(nesting)\">\(Self.markup(row.merged))</p></div>"
        return text + "</div>\n"
    }

    private func line(_ line: ParagraphAlignment.Line?, _ depths: [Int], tag: String) -> String {
        guard let line else { return "" }
        return "<\(tag) class=\"depth-\(depth(line, depths))\">\(Self.markup(line.segments))</\(tag)>"
    }

    private func depth(_ line: ParagraphAlignment.Line, _ depths: [Int]) -> Int {
        line.index < depths.count ? min(max(0, depths[line.index]), 8) : 0
    }

    /// Segments with what came and what went marked; a line with tabs is a row of cells.
    static func markup(_ segments: [ParagraphAlignment.Segment]) -> String {
        var cells = [""]
        for segment in segments {
            let pieces = segment.text.split(separator: "\t", omittingEmptySubsequences: false)
            for (index, piece) in pieces.enumerated() {
                if index > 0 { cells.append("") }
                if piece.isEmpty { continue }
                let text = MarkupText.escaped(String(piece))
                switch segment.operation {
                case .equal: cells[cells.count - 1] += text
                case .inserted: cells[cells.count - 1] += "<ins>\(text)</ins>"
                case .deleted: cells[cells.count - 1] += "<del>\(text)</del>"
                }
            }
        }
        guard cells.count > 1 else { return cells[0] }
        return "<span class=\"cells\">" + cells.map { "<span class=\"cell\">\($0)</span>" }.joined() + "</span>"
    }
}
