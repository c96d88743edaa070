import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot releases SOURCE`.
struct ReleasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "releases",
        abstract: "Lists what upstream has published, newest first, and what of it has been ingested.",
        discussion: """
            --json prints {"source", "asked_at", "releases": [{"label", "date", "units", "current", "ingested", "live", \
            "description"}]}.

            Examples:
              ingot releases usc
              ingot releases usc --from ./zips            a folder of upstream's files, for this run
              ingot ingest usc --release 119-36           ingest one of them
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Flag(help: "Ask upstream even when the gateway asked a moment ago.")
    var refresh = false

    @Option(help: "Where upstream is for this run: a folder of its files, or an address.")
    var from: String?

    func run() async throws {
        let origins = try from.map { [source: try absoluteOrigin($0)] } ?? [:]
        try await connection.withGateway(origins: origins) { client in
            try await answer.printList(
                from: GatewayPath.source(source, "/releases", ["refresh": refresh ? "true" : nil]),
                of: client,
                as: AnswerTable(
                    "releases",
                    .init("LABEL", "label"),
                    .init("DATE", "date"),
                    .init("STATE") { Self.state($0) },
                    .init("TITLES", "units")
                )
            )
        }
    }

    private static func state(_ release: JSONValue) -> String {
        var words: [String] = []
        if release["current"]?.boolValue == true { words.append("current") }
        if release["live"]?.boolValue == true {
            words.append("live")
        } else if release["ingested"]?.boolValue == true {
            words.append("ingested")
        }
        return words.joined(separator: ", ")
    }
}
