import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Lists who changed what, newest first.",
        discussion: """
            --json prints {"entries": [{"id", "at", "caller", "role", "remote_address", "action", "target", "outcome", \
            "request_id", "details"}], "next": cursor of the next page}.

            Examples:
              ingot audit
              ingot audit --limit 200 --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "The most entries that are listed.")
    var limit = 50

    @Option(help: "The 'next' of the page before.")
    var cursor: String?

    private static let table = AnswerTable(
        "entries",
        .init("AT", "at"),
        .init("CALLER", "caller"),
        .init("FROM", "remote_address"),
        .init("ACTION", "action"),
        .init("TARGET", "target"),
        .init("OUTCOME", "outcome")
    )

    func run() async throws {
        try await connection.withGateway { client in
            let path = GatewayPath.path("/api/audit", ["limit": "\(limit)", "cursor": cursor])
            try await answer.printList(from: path, of: client, as: Self.table)
        }
    }
}
