import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Lists jobs, newest first.",
        discussion: """
            --json prints {"jobs": [JOB], "next": cursor of the next page}; `ingot job --help` describes a JOB.

            Examples:
              ingot jobs
              ingot jobs --status failed --source usc
              ingot watch "$(ingot jobs --status running --limit 1 --json | jq -r '.jobs[0].id')"
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "Only jobs in this state: queued, running, succeeded, failed or cancelled.")
    var status: String?

    @Option(help: "Only jobs of this source.", completion: Completions.sources)
    var source: String?

    @Option(help: "The most jobs that are listed.")
    var limit = 20

    private static let table = AnswerTable(
        "jobs",
        .init("JOB", "id"),
        .init("SOURCE", "source"),
        .init("STATUS", "status"),
        .init("DONE") { ($0["progress"]?.integerValue).map { "\($0)%" } ?? "" },
        .init("CREATED", "created_at"),
        .init("MESSAGE") { ($0["error"]?["message"] ?? $0["message"])?.stringValue ?? "" }
    )

    func run() async throws {
        try await connection.withGateway { client in
            let path = GatewayPath.path(
                "/api/ingest/jobs",
                ["limit": "\(limit)", "status": status, "source": source]
            )
            try await answer.printList(from: path, of: client, as: Self.table)
        }
    }
}

/// The command `ingot job ID`.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Prints one job.",
        discussion: """
            Shows how the job ended or how far it is, each attempt when there was more than one, and its units.

            --json prints the JOB: {"id", "source", "status": "queued", "running", "succeeded", "failed" or "cancelled", \
            "progress", "message", "parameters", "attempt", "max_attempts", "created_at", "started_at", "finished_at", "result", \
            "error": {"code", "message", "advice", …}, …}.

            Examples:
              ingot job 01a20100-7631-7160-b988-fefc487a3026
              ingot job 01a20100-7631-7160-b988-fefc487a3026 --json
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.", completion: Completions.jobs)
    var id: String

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    private static let units = AnswerTable(
        "units",
        .init("UNIT", "unit"),
        .init("STATUS", "status"),
        .init("NODES", "counts", "nodes"),
        .init("ADDED", "counts", "added"),
        .init("CHANGED", "counts", "changed"),
        .init("REMOVED", "counts", "removed"),
        .init("ERROR", "error", "message")
    )

    private static let attempts = AnswerTable(
        "attempts",
        .init("ATTEMPT", "attempt"),
        .init("OUTCOME") { $0["outcome"]?.stringValue ?? "running" },
        .init("STARTED", "started_at"),
        .init("ENDED", "finished_at"),
        .init("WHY", "error", "message")
    )

    func run() async throws {
        try await connection.withGateway { client in
            if json {
                return try StandardOutput.line(try await client.get(JSONValue.self, GatewayPath.job(id)).canonicalText)
            }
            let job = try await client.get(Job.self, GatewayPath.job(id))
            try StandardOutput.line(JobSummary(job).text)
            if job.attempt > 1 {
                let answer = try await client.get(JSONValue.self, GatewayPath.job(id, "/attempts"))
                if let attempts = answer["attempts"]?.arrayValue, !attempts.isEmpty {
                    try StandardOutput.line("\n" + Self.attempts.text(of: attempts))
                }
            }
            let answer = try await client.getAllPages(GatewayPath.job(id, "/units"), list: "units")
            guard let units = answer["units"]?.arrayValue, !units.isEmpty else { return }
            try StandardOutput.line("\n" + Self.units.text(of: units))
        }
    }
}

/// The command `ingot watch ID`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follows a job to its end.",
        discussion: """
            It waits up to two minutes for a gateway that is being restarted, and goes on where it was. Control-C ends \
            the watch and leaves the job alone. Ends with 0 when the job succeeds and with 1 when it does not.

            --json prints one line an event: {"id": number, "event": "snapshot", "progress", "unit", "log", "reset" or \
            "done", "data"}.

            Examples:
              ingot watch 01a20100-7631-7160-b988-fefc487a3026
              ingot watch 01a20100-7631-7160-b988-fefc487a3026 --json
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.", completion: Completions.jobs)
    var id: String

    @Flag(help: "Print the events as JSON lines.")
    var json = false

    func run() async throws {
        let isRemote = connection.isRemote
        let id = try JobArgument.checked(id)
        try await connection.withGateway { client in
            try await ConnectionOptions.checkGoesOn(id, isRemote: isRemote, client: client)
            let watching = JobWatch(client: client, id: id, style: ProgressDisplay.style(json: json))
            try await watching.report(isRemote: isRemote)
        }
    }
}

/// The command `ingot cancel ID`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stops a job.",
        discussion: """
            Its runner is asked to end, and ended after ten seconds; what it has not finished is not visible to readers.

            --json prints the JOB as it is now, as `ingot job --help` describes it.

            Examples:
              ingot cancel 01a20100-7631-7160-b988-fefc487a3026
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The job's id.", completion: Completions.jobs)
    var id: String

    func run() async throws {
        let id = try JobArgument.checked(id)
        try await connection.withGateway { client in
            let answer = try await client.post(JSONValue.self, GatewayPath.job(id.rawValue, "/cancel"))
            try self.answer.print(answer) { "\($0["id"]?.stringValue ?? "") \($0["status"]?.stringValue ?? "")" }
        }
    }
}
