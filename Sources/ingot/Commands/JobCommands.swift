import ArgumentParser
import IngotCore

/// The command `ingot jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "jobs", abstract: "Lists jobs, newest first.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "Only jobs in this state: queued, running, succeeded, failed or cancelled.")
    var status: String?

    @Option(help: "Only jobs of this source.")
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
    static let configuration = CommandConfiguration(commandName: "job", abstract: "Prints one job.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.")
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
        discussion: "Ends with 0 when the job succeeds and with 1 when it does not."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.")
    var id: String

    @Flag(help: "Print the events as JSON lines.")
    var json = false

    func run() async throws {
        let isRemote = connection.isRemote
        try await connection.withGateway { client in
            try await ConnectionOptions.checkGoesOn(id, isRemote: isRemote, client: client)
            let watching = JobWatch(client: client, id: id, style: ProgressDisplay.style(json: json))
            try await watching.report(isRemote: isRemote)
        }
    }
}

/// The command `ingot cancel ID`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Stops a job.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.")
    var id: String

    func run() async throws {
        try await connection.withGateway { client in
            let job = try await client.post(Job.self, GatewayPath.job(id, "/cancel"))
            try StandardOutput.line("\(job.id) \(job.status.rawValue)")
        }
    }
}
