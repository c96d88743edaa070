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
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.")
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
