import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot revisions SOURCE`.
struct RevisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revisions",
        abstract: "Lists what each job made of a source, newest first.",
        discussion: """
            --json prints {"revisions": [{"source", "number", "label", "job", "status": "open", "promoted", "abandoned" or \
            "reverted", "live", "counts", "created_at", "promoted_at", …}]}.

            Examples:
              ingot revisions usc
              ingot revisions usc --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    func run() async throws {
        try await connection.withGateway { client in
            try await answer.printList(
                from: GatewayPath.source(source, "/revisions"),
                of: client,
                as: AnswerTable(
                    "revisions",
                    .init("REVISION", "number"),
                    .init("LABEL", "label"),
                    .init("STATE") { $0["live"]?.boolValue == true ? "live" : $0["status"]?.stringValue ?? "" },
                    .init("NODES", "counts", "nodes"),
                    .init("ADDED", "counts", "added"),
                    .init("CHANGED", "counts", "changed"),
                    .init("REMOVED", "counts", "removed"),
                    .init("WHEN") { ($0["promoted_at"] ?? $0["created_at"])?.stringValue ?? "" }
                )
            )
        }
    }
}
