import ArgumentParser
import IngotClient

/// The command `ingot export SOURCE`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints every node of a source, unit by unit in document order.",
        discussion: """
            What is printed is whole when the command ends with 0. `ndjson` is one JSON object a node and line: {"label", \
            "sort", "source_url", "unit", "key", "parent", "level", "num", "heading", "status", "citation", "text", "blocks", \
            "credit", "notes", "footnotes", "refs"}; `csv` has a heading line.

            Examples:
              ingot export usc --format ndjson > usc.ndjson
              ingot export usc --at 119-36 --format csv > usc.csv
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Option(help: "Upstream's label of the state to export. Without it: the live one.", completion: Completions.labels)
    var at: String?

    @Option(help: "ndjson or csv.")
    var format: ExportFormat = .ndjson

    func run() async throws {
        try await connection.withGateway { client in
            try await client.print(client.export(source, at: at, as: format))
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}
