import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot sweep [SOURCE]`.
struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Removes rows and packs that failed jobs and reverted revisions left behind.",
        discussion: """
            It may run beside jobs: what they may still need stays until the next sweep.

            --json prints one line a source: {"source", "revisions_swept", "rows_removed", "packs_removed", "bytes_freed", \
            "packs_left"}.

            Examples:
              ingot sweep
              ingot sweep usc --json
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc. Without it: all sources.", completion: Completions.sources)
    var source: String?

    @Flag(help: "Print the gateway's answers as JSON lines.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var sources = [source].compactMap { $0 }
            if sources.isEmpty {
                let answer = try await client.get(JSONValue.self, "/api/sources")
                sources = (answer["sources"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
            }
            for source in sources {
                let answer = try await client.post(JSONValue.self, GatewayPath.source(source, "/sweep"))
                try StandardOutput.line(json ? answer.canonicalText : Self.words(for: answer))
            }
        }
    }

    /// A sweep's answer as a sentence.
    static func words(for answer: JSONValue) -> String {
        func count(_ name: String, _ one: String, _ many: String) -> String {
            let number = answer[name]?.integerValue ?? 0
            return "\(number) \(number == 1 ? one : many)"
        }
        var text = "\(answer["source"]?.stringValue ?? ""): "
        text += "\(count("rows_removed", "row", "rows")) of \(count("revisions_swept", "revision", "revisions")) "
        text += "and \(count("packs_removed", "pack", "packs")) removed, \(count("bytes_freed", "byte", "bytes")) freed"
        if let left = answer["packs_left"]?.integerValue, left > 0 {
            text += "; \(count("packs_left", "pack", "packs")) left because a job is running"
        }
        return text
    }
}
