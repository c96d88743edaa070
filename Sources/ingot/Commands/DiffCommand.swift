import ArgumentParser
import IngotClient
import IngotCore
import IngotLaw

/// The command `ingot diff SOURCE FROM [TO]`.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Prints what changed between two labels, or, with --key, what changed in one node, word by word.",
        discussion: """
            Marks: + added, - removed, ~ changed (with the fields that differ), > moved.

            --json prints {"source", "from": {"label", "revision"}, "to": {…}, "changes": [{"change", "key", "unit", \
            "level", "num", "heading", "fields", …}], "summary": {"added", "removed", "changed", "moved", "fields"}}; with \
            --key {…, "key", "change", "texts": [{"field", "pieces": [{"operation", "text"}]}]}.

            Examples:
              ingot diff usc 119-36 119-59
              ingot diff usc 119-36 --title 42 --level section
              ingot diff usc 119-36 119-59 --key /us/usc/t1/s1
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Argument(help: "The label to compare with, for example 119-36.")
    var from: String

    @Argument(help: "The label to compare; without it the live one.")
    var to: String?

    @Option(help: "Only this unit, for example 42 or 5a.")
    var title: String?

    @Option(help: "Only nodes of this level, for example section.")
    var level: String?

    @Option(help: "One node, word by word.")
    var key: String?

    @Flag(help: "Print the numbers only.")
    var summary = false

    func validate() throws {
        if let key { _ = try KeyArgument.checked(key) }
    }

    func run() async throws {
        try await connection.withGateway { client in
            let path = GatewayPath.path(
                "/api/diff",
                ["source": source, "from": from, "to": to, "unit": title, "level": level, "key": key]
            )
            try answer.print(try await client.get(JSONValue.self, path)) { answer in
                key == nil ? list(answer) : node(answer)
            }
        }
    }

    private func list(_ answer: JSONValue) -> String {
        let lines = summary ? [] : (answer["changes"]?.arrayValue ?? []).map(line)
        return (lines + [words(of: answer["summary"])]).joined(separator: "\n")
    }

    private func line(_ change: JSONValue) -> String {
        let kind = change["change"]?.stringValue.flatMap(LawChange.Kind.init)
        let mark =
            switch kind {
            case .added: "+"
            case .removed: "-"
            case .moved: ">"
            case .changed, nil: "~"
            }
        let fields = (change["fields"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", ")
        let caption = [change["num"]?.stringValue, change["heading"]?.stringValue]
            .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        let words = [mark, change["key"]?.stringValue ?? "", caption, fields.isEmpty ? "" : "(\(fields))"]
        return TerminalText.line(words.filter { !$0.isEmpty }.joined(separator: " "))
    }

    private func words(of summary: JSONValue?) -> String {
        func count(_ name: String) -> Int64 { summary?[name]?.integerValue ?? 0 }
        let kinds = ["added", "removed", "changed", "moved"].map { "\(count($0)) \($0)" }.joined(separator: ", ")
        let fields = (summary?["fields"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.integerValue ?? 0)" }
        return kinds + (fields.isEmpty ? "" : " (" + fields.joined(separator: ", ") + ")")
    }

    private func node(_ answer: JSONValue) -> String {
        guard let change = answer["change"], change.objectValue != nil else {
            return "\(key ?? "") is the same in both"
        }
        let display = TextDifferenceDisplay(marks: .ofStandardOutput)
        let texts = (answer["texts"]?.arrayValue ?? []).map { text -> String in
            let difference = try? JSONText.decode(TextDifference.self, from: text.canonicalBytes)
            return "\(text["field"]?.stringValue ?? ""):\n\(difference.map(display.text) ?? "")"
        }
        return ([line(change)] + texts).joined(separator: "\n\n")
    }
}
