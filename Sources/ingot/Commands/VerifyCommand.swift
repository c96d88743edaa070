import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot verify SOURCE`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads every stored record and capture again and checks its hash.",
        discussion: """
            Ends with 1 when anything is missing or damaged, and names it.

            --json prints one line a finding, {"key", "problem"}, and last {"nodes", "captures", "problems"}.

            Examples:
              ingot verify usc
              ingot verify usc --json
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Flag(help: "Print the findings as JSON lines.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var summary: JSONValue?
            for try await line in client.verification(of: source) {
                if json { try StandardOutput.line(String(decoding: line, as: UTF8.self)) }
                let finding = try JSONValue(parsing: line)
                if let problem = finding["problem"]?.stringValue {
                    if !json { try StandardOutput.line("\(finding["key"]?.stringValue ?? ""): \(problem)") }
                } else {
                    summary = finding
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
