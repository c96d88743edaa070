import ArgumentParser
import IngotCore

/// The command `ingot history KEY`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists what each revision made of a node, oldest first.",
        discussion: "Example: ingot history /us/usc/t1/s1"
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.")
    var key: String

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func run() async throws {
        let key = try KeyArgument.checked(key)
        try await connection.withGateway { client in
            let answer = try await client.get(
                JSONValue.self,
                "/api/law\(PercentEncoding.encodePath(key))/history"
            )
            if json { return try StandardOutput.line(answer.canonicalText) }
            let rows = (answer["history"]?.arrayValue ?? []).map { entry in
                [
                    entry["revision"]?.integerValue.map(String.init) ?? "",
                    entry["label"]?.stringValue ?? "",
                    entry["change"]?.stringValue ?? "",
                    entry["promoted_at"]?.stringValue ?? "",
                    entry["status"]?.stringValue ?? "",
                    (entry["fields"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", "),
                ]
            }
            let headings = ["REVISION", "LABEL", "CHANGE", "WHEN", "STATUS", "FIELDS"]
            try StandardOutput.line(TextTable(headings: headings, rows: rows).text)
        }
    }
}
