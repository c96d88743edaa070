import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot refs KEY`.
struct RefsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refs",
        abstract: "Lists what a node cites and what cites it.",
        discussion: """
            --json prints {"key", "cites": [{"href", "text", "kind", "target", "piece", "resolved"}], "cited_by": [{"key", \
            "level", "num", "heading", "citation", …}]}.

            Examples:
              ingot refs /us/usc/t1/s1
              ingot refs /us/usc/t1/s1 --at 119-36 --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.", completion: Completions.keys)
    var key: String

    @Option(help: "Upstream's label of the state to read. Without it: the live one.", completion: Completions.labels)
    var at: String?

    func run() async throws {
        let key = try KeyArgument.checked(key)
        try await connection.withGateway { client in
            var cites: [JSONValue] = []
            var citedBy: [JSONValue] = []
            let path = GatewayPath.law(key, "/references", ["limit": "2000", "at": at])
            for try await page in client.pages(path) {
                cites += page["cites"]?.arrayValue ?? []
                citedBy += page["cited_by"]?.arrayValue ?? []
            }
            let all: JSONValue = ["key": .string(key), "cites": .array(cites), "cited_by": .array(citedBy)]
            try answer.print(all) { _ in
                let cited = citedBy.map { node in
                    [node["key"], node["citation"], node["heading"]].compactMap { $0?.stringValue }
                        .filter { !$0.isEmpty }.joined(separator: "  ")
                }
                let lines =
                    ["cites (\(cites.count))"] + cites.map { "  " + line($0) }
                    + ["cited by (\(cited.count))"] + cited.map { "  " + $0 }
                return TerminalText.printable(lines.joined(separator: "\n"))
            }
        }
    }

    private func line(_ reference: JSONValue) -> String {
        let text = reference["text"]?.stringValue ?? ""
        guard let target = reference["target"]?.stringValue else {
            return "\(reference["href"]?.stringValue ?? "")  \(text)"
        }
        let piece = reference["piece"]?.stringValue.map { "  (\($0))" } ?? ""
        let isThere = reference["resolved"]?.boolValue == true
        return "\(target)\(piece)  \(text)\(isThere ? "" : "  [not in this state]")"
    }
}
