import ArgumentParser
import IngotCore
import NIOCore

/// The command `ingot verify SOURCE`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads every stored record and capture again and checks its hash.",
        discussion: "Ends with 1 when anything is missing or damaged, and names it."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.")
    var source: String

    @Flag(help: "Print the findings as JSON lines.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var lines = LineSplitter()
            var summary: JSONValue?
            try await client.stream(GatewayPath.source(source, "/verify")) { piece in
                for line in lines.take(piece.readableBytesView) {
                    if json { try StandardOutput.line(String(decoding: line, as: UTF8.self)) }
                    let finding = try JSONValue(parsing: line)
                    if let problem = finding["problem"]?.stringValue {
                        if !json { try StandardOutput.line("\(finding["key"]?.stringValue ?? ""): \(problem)") }
                    } else {
                        summary = finding
                    }
                }
            }
            guard let summary, let problems = summary["problems"]?.integerValue else {
                throw CommandFailure(
                    message: "the verification broke off before its end",
                    exitCode: CommandFailure.failed
                )
            }
            let nodes = summary["nodes"]?.integerValue ?? 0
            let captures = summary["captures"]?.integerValue ?? 0
            if !json {
                try StandardOutput.line("\(nodes) nodes and \(captures) captures read, \(problems) problems")
            }
            if problems > 0 {
                throw CommandFailure(
                    message:
                        "\(source) has \(problems) problems; restore the objects that it names from a backup, or ingest into a new store",
                    exitCode: CommandFailure.failed
                )
            }
        }
    }
}
