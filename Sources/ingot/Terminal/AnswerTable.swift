import IngotCore

/// A list in a JSON answer as a table.
struct AnswerTable {
    /// What one column shows of each item.
    struct Column {
        let heading: String
        let cell: @Sendable (JSONValue) -> String
        /// Whether people copy what is in it.
        let isWhole: Bool

        init(_ heading: String, isWhole: Bool = false, _ cell: @escaping @Sendable (JSONValue) -> String) {
            self.heading = heading
            self.isWhole = isWhole
            self.cell = cell
        }

        /// A column of the member at a path; empty where there is none.
        init(_ heading: String, _ path: String...) {
            self.init(heading, isWhole: path == ["id"] || path == ["label"]) { item in
                path.reduce(item) { $0?[$1] }.map(AnswerTable.plain) ?? ""
            }
        }
    }

    /// The member that holds the list.
    let list: String
    let columns: [Column]

    init(_ list: String, _ columns: Column...) {
        self.list = list
        self.columns = columns
    }

    /// The table of an answer as standard output shows it, with its headings.
    func text(of answer: JSONValue) -> String { text(of: answer[list]?.arrayValue ?? []) }

    /// The table of these items, with its headings.
    ///
    /// - Parameter width: of the terminal; `nil`: in full.
    func text(of items: [JSONValue], width: Int? = StandardOutput.width) -> String {
        let table = TextTable(
            headings: columns.map(\.heading),
            rows: items.map { item in columns.map { $0.cell(item) } },
            wholeColumns: Set(columns.indices.filter { columns[$0].isWhole })
        )
        let text = table.text(width: width)
        guard Colours.areOnStandardOutput else { return text }
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        return ([Colours.bold(lines[0])] + lines.dropFirst().map(String.init)).joined(separator: "\n")
    }

    /// A value as a cell shows it: a string without quotation marks, a list with commas, nothing for `null`.
    private static func plain(_ value: JSONValue) -> String {
        if let text = value.stringValue { return TerminalText.line(text) }
        if let values = value.arrayValue { return values.map(plain).joined(separator: ", ") }
        return value == .null ? "" : value.canonicalText
    }
}
