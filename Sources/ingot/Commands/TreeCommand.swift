import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot tree KEY`.
struct TreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Prints what lies below a node; for a source's name, its units.",
        discussion: """
            --json prints {"source", "label", "revision", "breadcrumbs", "nodes": [{"key", "parent", "unit", "level", "num", \
            "heading", "status", "citation", "depth", …}], "next", "truncated"}.

            Examples:
              ingot tree usc
              ingot tree /us/usc/t1 --depth 2
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "A node's key, or a source.", completion: Completions.keys)
    var key: String

    @Option(help: "Upstream's label of the state to read. Without it: the live one.", completion: Completions.labels)
    var at: String?

    @Option(help: "How many levels below the node.")
    var depth = 20

    func run() async throws {
        try await connection.withGateway { client in
            let path =
                key.hasPrefix("/")
                ? GatewayPath.law(key, "/children", ["depth": "\(depth)", "at": at])
                : GatewayPath.source(key, "/units", ["at": at])
            let tree = try await client.getAllPages(path, list: "nodes")
            try answer.print(tree) { ($0["nodes"]?.arrayValue ?? []).map(Self.line).joined(separator: "\n") }
            if tree["truncated"]?.boolValue == true {
                StandardError.line("ingot: there is more; ask for a deeper key or a smaller --depth")
            }
        }
    }

    private static func line(_ node: JSONValue) -> String {
        let indent = String(repeating: "  ", count: Int(node["depth"]?.integerValue ?? 0))
        let status = node["status"]?.stringValue.map { " [\($0)]" } ?? ""
        let words = [node["num"]?.stringValue, node["heading"]?.stringValue].compactMap { $0 }
        let key = node["key"]?.stringValue ?? ""
        return indent + TerminalText.line("\(words.joined(separator: " "))\(status)  \(key)")
    }
}
