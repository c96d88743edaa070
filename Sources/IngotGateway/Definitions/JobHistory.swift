import IngotCore

/// A run as the history shows it: a job, whether of a definition or not.
struct HistoryEntry: Sendable, Encodable, Equatable {
    var runID: String
    /// Its definition's id.
    var jobID: Int64?
    /// Its definition's name, or its source.
    var name: String
    var source: String
    var status: RunState
    var createdAt: Timestamp
    var startTime: Timestamp?
    var endTime: Timestamp?
    /// Of the last attempt's runner; 128 and the signal's number where one ended it, -1 where nobody saw its end.
    var exitCode: Int?
    var attempt: Int64
    var error: JobFailure?
    /// Why the attempt before the current one failed.
    var lastError: JobFailure?
    var nextAttemptAt: Timestamp?
    var scheduleID: Int64?
    var scheduledFor: Timestamp?
    var createdBy: String?

    enum CodingKeys: String, CodingKey {
        case name, source, status, attempt, error
        case runID = "run_id"
        case jobID = "job_id"
        case createdAt = "created_at"
        case startTime = "start_time"
        case endTime = "end_time"
        case exitCode = "exit_code"
        case lastError = "last_error"
        case nextAttemptAt = "next_attempt_at"
        case scheduleID = "schedule_id"
        case scheduledFor = "scheduled_for"
        case createdBy = "created_by"
    }
}

/// How far a run is, in the words of a history.
enum RunState: String, Sendable, Codable, CaseIterable {
    case queued = "QUEUED"
    /// Also between two attempts.
    case running = "RUNNING"
    case success = "SUCCESS"
    case failure = "FAILURE"
    case cancelled = "CANCELLED"

    init(_ status: JobStatus, attempt: Int64) {
        self =
            switch status {
            case .queued: attempt == 0 ? .queued : .running
            case .running: .running
            case .succeeded: .success
            case .failed: .failure
            case .cancelled: .cancelled
            }
    }

    /// The jobs that are so, in SQL.
    fileprivate var condition: String {
        switch self {
        case .queued: "j.status = 'queued' AND j.attempt = 0"
        case .running: "(j.status = 'running' OR j.status = 'queued' AND j.attempt > 0)"
        case .success: "j.status = 'succeeded'"
        case .failure: "j.status = 'failed'"
        case .cancelled: "j.status = 'cancelled'"
        }
    }
}

extension JobStore {
    /// Which runs of the history are wanted.
    struct HistoryQuery: Sendable {
        var state: RunState?
        var definition: Int64?
        var source: String?
        /// The only sources whose runs the reader may see; `nil`: all.
        var sources: Set<String>?
        /// The last one of the page before.
        var before: JobID?
        var limit: Int
    }

    /// One page of the history, the newest first.
    func history(_ query: HistoryQuery) async throws -> [HistoryEntry] {
        var conditions = ["1"]
        var parameters: [SQLValue] = []
        func require(_ condition: String, _ value: SQLValue) {
            parameters.append(value)
            conditions.append("\(condition) ?\(parameters.count)")
        }
        if let state = query.state { conditions.append(state.condition) }
        if let definition = query.definition { require("j.definition_id =", .integer(definition)) }
        if let source = query.source { require("j.source =", .text(source)) }
        if let before = query.before { require("j.id <", .text(before.rawValue)) }
        if let sources = query.sources {
            parameters.append(.text(try JSONText.string(sources.sorted())))
            conditions.append("j.source IN (SELECT value FROM json_each(?\(parameters.count)))")
        }
        parameters.append(SQLValue(query.limit))
        return try await rows(
            """
            SELECT j.id, j.definition_id, COALESCE(d.name, j.source) AS name, j.source, j.status, j.created_at,
                j.started_at, j.finished_at, j.attempt, j.error_json, j.last_error_json, j.next_attempt_at,
                j.schedule_id, j.scheduled_for, j.created_by, a.exit_json, a.outcome
            FROM ingest_jobs j LEFT JOIN job_definitions d ON d.id = j.definition_id
                LEFT JOIN ingest_job_attempts a ON a.job_id = j.id AND a.attempt = j.attempt
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY j.id DESC LIMIT CAST(?\(parameters.count) AS INTEGER)
            """,
            parameters
        ).map(HistoryEntry.init(row:))
    }
}

extension HistoryEntry {
    fileprivate init(row: Row) throws {
        guard let status = JobStatus(rawValue: try row.string("status")) else {
            throw RowError(column: "status", expected: "a job status", found: try row.string("status"))
        }
        let attempt = try row.integer("attempt")
        let state = RunState(status, attempt: attempt)
        let exit = try row.decoded(RunnerExit.self, "exit_json")
        self.init(
            runID: try row.string("id"),
            jobID: try row.optionalInteger("definition_id"),
            name: try row.string("name"),
            source: try row.string("source"),
            status: state,
            createdAt: try row.requiredTime("created_at"),
            startTime: try row.time("started_at"),
            endTime: try row.time("finished_at"),
            exitCode: Self.exitCode(state, exit),
            attempt: attempt,
            error: try row.decoded(JobFailure.self, "error_json"),
            lastError: try row.decoded(JobFailure.self, "last_error_json"),
            nextAttemptAt: try row.time("next_attempt_at"),
            scheduleID: try row.optionalInteger("schedule_id"),
            scheduledFor: try row.time("scheduled_for"),
            createdBy: try row.optionalString("created_by")
        )
    }

    private static func exitCode(_ state: RunState, _ exit: RunnerExit?) -> Int? {
        switch state {
        case .queued, .running: nil
        case .success: 0
        case .failure: exit?.code ?? exit?.signal.map { 128 + $0 } ?? -1
        case .cancelled: exit?.code ?? exit?.signal.map { 128 + $0 }
        }
    }
}
