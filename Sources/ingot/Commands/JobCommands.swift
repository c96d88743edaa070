import ArgumentParser
import IngotCore
import NIOCore

/// The command `ingot jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "jobs", abstract: "Lists jobs, newest first.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "Only jobs in this state: queued, running, succeeded, failed or cancelled.")
    var status: String?

    @Option(help: "Only jobs of this source.")
    var source: String?

    @Option(help: "The most jobs that are listed.")
    var limit = 20

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var path = "/api/ingest/jobs?limit=\(limit)"
            if let status { path += "&status=\(PercentEncoding.encode(status))" }
            if let source { path += "&source=\(PercentEncoding.encode(source))" }
            let answer = try await client.get(JSONValue.self, path)
            if json { return try StandardOutput.line(answer.canonicalText) }
            let rows = (answer["jobs"]?.arrayValue ?? []).map { job in
                [
                    job["id"]?.stringValue ?? "", job["source"]?.stringValue ?? "", job["status"]?.stringValue ?? "",
                    (job["progress"]?.integerValue).map { "\($0)%" } ?? "", job["created_at"]?.stringValue ?? "",
                    job["error"]?["message"]?.stringValue ?? job["message"]?.stringValue ?? "",
                ]
            }
            let headings = ["JOB", "SOURCE", "STATUS", "DONE", "CREATED", "MESSAGE"]
            try StandardOutput.line(TextTable(headings: headings, rows: rows).text)
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

    func run() async throws {
        try await connection.withGateway { client in
            let path = "/api/ingest/jobs/\(PercentEncoding.encode(id))"
            if json {
                return try StandardOutput.line(try await client.get(JSONValue.self, path).canonicalText)
            }
            try StandardOutput.line(JobSummary(try await client.get(Job.self, path)).text)
            let answer = try await client.get(JSONValue.self, path + "/units")
            let rows = (answer["units"]?.arrayValue ?? []).map { unit -> [String] in
                func count(_ name: String) -> String {
                    unit["counts"]?[name]?.integerValue.map(String.init) ?? ""
                }
                return [
                    unit["unit"]?.stringValue ?? "", unit["status"]?.stringValue ?? "", count("nodes"),
                    count("added"), count("changed"), count("removed"),
                    unit["error"]?["message"]?.stringValue ?? "",
                ]
            }
            guard !rows.isEmpty else { return }
            let headings = ["UNIT", "STATUS", "NODES", "ADDED", "CHANGED", "REMOVED", "ERROR"]
            try StandardOutput.line("\n" + TextTable(headings: headings, rows: rows).text)
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
        try await connection.withGateway { client in
            let watching = JobWatch(client: client, id: id, style: ProgressDisplay.style(json: json))
            try await watching.report(isRemote: connection.isRemote)
        }
    }
}

/// The command `ingot logs ID`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints what a job's runner wrote."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.")
    var id: String

    @Option(help: "Only the last lines.")
    var tail: Int?

    func run() async throws {
        try await connection.withGateway { client in
            let query = tail.map { "?tail=\($0)" } ?? ""
            try await client.stream("/api/ingest/jobs/\(PercentEncoding.encode(id))/logs\(query)") { piece in
                try StandardOutput.write(Array(piece.readableBytesView))
            }
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
            let job = try await client.post(Job.self, "/api/ingest/jobs/\(PercentEncoding.encode(id))/cancel")
            try StandardOutput.line("\(job.id) \(job.status.rawValue)")
        }
    }
}
