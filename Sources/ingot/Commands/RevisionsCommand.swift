import ArgumentParser
import IngotCore

/// The command `ingot revisions SOURCE`.
struct RevisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revisions",
        abstract: "Lists what each job made of a source, newest first."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example usc.")
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
