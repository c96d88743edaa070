import ArgumentParser

/// The command `ingot export SOURCE`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints every node of a source, unit by unit in document order.",
        discussion: """
            Examples:
              ingot export usc --format ndjson > usc.ndjson
              ingot export usc --at 119-36 --format csv > usc.csv
            """
    )

    /// The shape of the export.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case ndjson
        case csv
    }

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.")
    var source: String

    @Option(help: "Upstream's label of the state to export. Without it: the live one.")
    var at: String?

    @Option(help: "ndjson or csv.")
    var format: Format = .ndjson

    func run() async throws {
        try await connection.withGateway { client in
            try await client.print(
                GatewayPath.path("/api/export", ["source": source, "format": format.rawValue, "at": at])
            )
        }
    }
}
