import ArgumentParser
import NIOCore

/// The command `ingot get KEY`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Prints a node of the law: a section, a chapter, a rule.",
        discussion: """
            Examples:
              ingot get /us/usc/t1/s1
              ingot get /us/usc/t1/s1 --at 119-36 --format json
            """
    )

    /// How the node is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case markdown
        case json
    }

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.")
    var key: String

    @Option(help: "Upstream's label of the state to read, for example 119-36. Without it: the live one.")
    var at: String?

    @Option(help: "text, markdown or json.")
    var format: Format = .text

    func run() async throws {
        let key = try KeyArgument.checked(key)
        // A terminal would wrap long lines without their indentation.
        let width = format == .text ? StandardOutput.width.map { "\(min(max($0, 40), 1000))" } : nil
        try await connection.withGateway { client in
            let path = GatewayPath.law(key, "", ["format": format.rawValue, "at": at, "width": width])
            guard StandardOutput.isTerminal else { return try await client.print(path) }
            var text: [UInt8] = []
            try await client.stream(path) { text += $0.readableBytesView }
            try StandardOutput.write(Array(TerminalText.printable(String(decoding: text, as: UTF8.self)).utf8))
        }
    }
}
