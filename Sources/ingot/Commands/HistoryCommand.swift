import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot history KEY`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists what each revision made of a node, oldest first.",
        discussion: """
            --json prints {"source", "key", "history": [{"revision", "label", "promoted_at", "change", "fields", "num", \
            "heading", "status", "content_hash"}]}.

            Examples:
              ingot history /us/usc/t1/s1
              ingot history /us/usc/t1/s1 --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.", completion: Completions.keys)
    var key: String

    func run() async throws {
        let key = try KeyArgument.checked(key)
        try await connection.withGateway { client in
            try await answer.printList(
                from: GatewayPath.law(key, "/history"),
                of: client,
                as: AnswerTable(
                    "history",
                    .init("REVISION", "revision"),
                    .init("LABEL", "label"),
                    .init("CHANGE", "change"),
                    .init("WHEN", "promoted_at"),
                    .init("STATUS", "status"),
                    .init("FIELDS", "fields")
                )
            )
        }
    }
}
