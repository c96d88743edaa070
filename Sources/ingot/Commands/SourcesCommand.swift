import ArgumentParser
import IngotClient

/// The command `ingot sources`.
struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Lists what can be ingested.",
        discussion: """
            --json prints {"sources": [{"id", "name", "jurisdiction", "region", "document_type", "parameters": JSON Schema, \
            "default_origin", "exclusive", "lists_releases", "definitions", "terms", "retention_days"}]}.

            Examples:
              ingot sources
              ingot sources --json | jq '.sources[] | select(.id == "usc").parameters'
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        try await connection.withGateway { client in
            try await answer.printList(
                from: "/api/sources",
                of: client,
                as: AnswerTable(
                    "sources",
                    .init("SOURCE", "id"),
                    .init("NAME", "name"),
                    .init("JURISDICTION", "jurisdiction"),
                    .init("KIND", "document_type")
                )
            )
        }
    }
}
