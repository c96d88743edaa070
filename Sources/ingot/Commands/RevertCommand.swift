import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot revert SOURCE`.
struct RevertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Makes the revision before the live one the live one again.",
        discussion: """
            Readers go back at once, and the label that was live can be ingested anew. Nothing can be reverted while \
            a job of the source runs.

            --json prints {"source", "from": {"revision", "label"}, "to": {…}, "reason", "reverted_at"}.

            Examples:
              ingot revert usc --reason "Title 18 lost its appendix"
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Option(help: "Why, to be kept with the revision.")
    var reason: String?

    func run() async throws {
        try await connection.withGateway { client in
            let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
            let reverted = try await client.post(JSONValue.self, GatewayPath.source(source, "/revert"), body: body)
            try answer.print(reverted) { reverted in
                func state(_ name: String) -> String {
                    let revision = reverted[name]?["revision"]?.integerValue.map(String.init) ?? "?"
                    return "\(reverted[name]?["label"]?.stringValue ?? "?") (revision \(revision))"
                }
                return "\(source) went back from \(state("from")) to \(state("to"))"
            }
        }
    }
}
