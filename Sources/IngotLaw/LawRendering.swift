/// A node as people read it, as plain text or as Markdown.
///
/// Nothing of the text, the credit, the footnotes and the notes is left out: only white space and marks are added.
public struct LawRendering: Sendable {
    /// Changes whenever the same record is rendered in another way, so that copies that readers keep are told apart.
    public static let version = 2

    let record: LawRecord
    /// What the node lies in, from the top down, as one line shows it.
    let path: [String]

    public init(_ record: LawRecord, path: [String] = []) {
        self.record = record
        self.path = path.filter { !$0.isEmpty }
    }

    /// Plain text with nested pieces indented, each paragraph in one line.
    public var text: String { text(width: nil) }

    /// Plain text with nested pieces indented.
    ///
    /// - Parameter width: the columns that paragraphs and tables are wrapped into; `nil` leaves paragraphs as they are.
    public func text(width: Int?) -> String {
        var writer = LawTextWriter(width: width)
        writer.write(self)
        return writer.text
    }

    /// CommonMark, with tables in the form that GitHub made common.
    public var markdown: String {
        var writer = LawMarkdownWriter()
        writer.write(self)
        return writer.text
    }

    /// The pieces of the text: the blocks, or the bare text of a source that has none.
    var blocks: [LawRecord.Block] {
        guard record.blocks.isEmpty, !record.text.isEmpty else { return record.blocks }
        return record.text.split(whereSeparator: \.isNewline).map {
            LawRecord.Block(type: "p", depth: 0, text: String($0))
        }
    }

    var title: String { Self.joined([record.num, record.heading]) }

    /// Joins the parts of a line as they are printed: a space between them, and none after a dash.
    static func joined(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.reduce(into: "") { line, part in
            if !line.isEmpty, line.last != "—" { line += " " }
            line += part
        }
    }
}

extension LawRecord.Footnote {
    /// The mark, and the text without the mark that it usually begins with.
    var parts: (mark: String, text: String) {
        let mark = marker ?? "*"
        guard let text, text.hasPrefix(mark) else { return (mark, text ?? "") }
        return (mark, String(text.dropFirst(mark.count).drop(while: \.isWhitespace)))
    }
}

extension LawRecord.Note {
    var isCrossHeading: Bool { role == "crossHeading" }

    /// A part of a note's text: one paragraph, or a table, whose cells tabs keep apart.
    enum Part: Equatable {
        case paragraph(String)
        case table([[LawRecord.Cell]])
    }

    var parts: [Part] {
        var parts: [Part] = []
        for line in (text ?? "").split(separator: "\n") {
            guard line.contains("\t") else {
                parts.append(.paragraph(String(line)))
                continue
            }
            let row = line.split(separator: "\t", omittingEmptySubsequences: false).map {
                LawRecord.Cell(text: String($0))
            }
            if case .table(let rows) = parts.last {
                parts[parts.count - 1] = .table(rows + [row])
            } else {
                parts.append(.table([row]))
            }
        }
        return parts
    }
}
