import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot runs`.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists what ran and how it ended, the newest first.",
        discussion: """
            --json prints [{"run_id", "job_id", "name", "source", "status", "created_at", "start_time", "end_time", \
            "exit_code", "attempt", "error", "last_error", "next_attempt_at", "schedule_id", "scheduled_for", \
            "created_by"}].

            Examples:
              ingot runs --status failure
              ingot runs --definition nightly-code --limit 5
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "Only runs of this job definition, by name or id.")
    var definition: String?

    @Option(help: "Only runs that are so: queued, running, success, failure or cancelled.")
    var status: String?

    @Option(help: "Only runs of this source.", completion: Completions.sources)
    var source: String?

    @Option(help: "The most runs that are listed.")
    var limit = 20

    private static let table = AnswerTable(
        "",
        .init("RUN", isWhole: true) { $0["run_id"]?.stringValue ?? "" },
        .init("NAME", "name"),
        .init("STATUS", "status"),
        .init("STARTED", "start_time"),
        .init("ENDED", "end_time"),
        .init("EXIT", "exit_code"),
        .init("TRIES", "attempt"),
        .init("ERROR") { ($0["error"] ?? $0["last_error"])?["message"]?.stringValue.map(TerminalText.line) ?? "" }
    )

    func run() async throws {
        try await connection.withGateway { client in
            var job: String?
            if let definition { job = String(try await DefinitionArgument.id(definition, client)) }
            let path = GatewayPath.path(
                "/api/history",
                ["limit": "\(limit)", "status": status, "source": source, "job_id": job]
            )
            try answer.print(try await client.get(JSONValue.self, path)) { Self.table.text(of: $0.arrayValue ?? []) }
        }
    }
}
