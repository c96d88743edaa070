import ArgumentParser
import IngotClient

/// The command `ingot get KEY`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Prints a node of the law: a section, a chapter, a rule.",
        discussion: """
            --json is --format json: the node's record, as `ingot export --help` describes it, with "revision", "content_hash", \
            "breadcrumbs", "previous" and "next".

            Examples:
              ingot get /us/usc/t1/s1
              ingot get /us/usc/t1/s1 --at 119-36 --json
            """
    )

    /// How the node is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case markdown
        case json
    }

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.", completion: Completions.keys)
    var key: String

    @Option(
        help: "Upstream's label of the state to read, for example 119-36. Without it: the live one.",
        completion: Completions.labels
    )
    var at: String?

    @Option(help: "text, markdown or json.")
    var format: Format = .text

    @Flag(help: "Print the node's record as JSON.")
    var json = false

    func run() async throws {
        let key = try KeyArgument.checked(key)
        let format = json ? Format.json : format
        // A terminal would wrap long lines without their indentation.
        let width = format == .text ? StandardOutput.width.map { min(max($0, 40), 1000) } : nil
        try await connection.withGateway { client in
            let pieces = client.representation(of: key, at: at, format: format.rawValue, width: width)
            guard StandardOutput.isTerminal else { return try await client.print(pieces) }
            var text: [UInt8] = []
            for try await piece in pieces { text += piece }
            try StandardOutput.write(Array(TerminalText.printable(String(decoding: text, as: UTF8.self)).utf8))
        }
    }
}
