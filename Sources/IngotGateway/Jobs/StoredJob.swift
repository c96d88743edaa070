import IngotCore

/// A job as its row holds it: what the API shows, and what only the gateway may see.
struct StoredJob: Sendable, Equatable {
    var job: Job
    /// The SHA-256 of the last attempts' tokens, the current attempt's last.
    var tokenHashes: [String]
    /// How many of them the row keeps: as many attempts as a job has that is not tried again without end, and more.
    static let keptTokenHashes = 16
    /// How long those are in the row, in characters: 64 digits each, with spaces between.
    static let tokenHashesLength = keptTokenHashes * 65 - 1
    /// The gateway that the job belongs to; `nil` when it was made before gateways had names, or without one.
    var gateway: String?
    /// The host of the job's upstream, for the limit of jobs a host.
    var host: String?
    /// Since when the job is to be cancelled: it must not be run again, whatever becomes of its gateway.
    var cancelRequestedAt: Timestamp?
    /// The trace that the job's request is part of, with the gateway's span for it.
    var trace: TraceContext?

    init(
        job: Job,
        tokenHashes: [String] = [],
        gateway: String? = nil,
        host: String? = nil,
        trace: TraceContext? = nil
    ) {
        self.trace = trace
        self.job = job
        self.tokenHashes = tokenHashes
        self.gateway = gateway
        self.host = host
    }
}

extension StoredJob {
    /// The columns that ``init(row:)`` reads.
    static let columns = """
        id, source, status, progress, message, params_json, created_at, started_at, updated_at, finished_at, \
        result_json, error_json, attempt, max_attempts, lease_expires_at, last_seq, idempotency_key, launcher, \
        runner_handle, token_hash, priority, limits_json, next_attempt_at, retry_of, created_by, gateway, host, \
        cancel_requested_at, trace_parent, trace_state, definition_id, schedule_id, scheduled_for, endless_json, \
        deadline_at, last_error_json, host_terms_json
        """

    /// Reads a row of `ingest_jobs`.
    ///
    /// - Throws: `RowError` naming the column that does not hold what it should.
    init(row: Row) throws {
        guard let id = JobID(try row.string("id")) else {
            throw RowError(column: "id", expected: "a job id", found: try row.string("id"))
        }
        guard let status = JobStatus(rawValue: try row.string("status")) else {
            throw RowError(column: "status", expected: "a job status", found: try row.string("status"))
        }
        var job = Job(
            id: id,
            source: try row.string("source"),
            status: status,
            progress: Int(try row.integer("progress")),
            message: try row.optionalString("message"),
            parameters: try row.json("params_json") ?? .object([:]),
            createdAt: try row.requiredTime("created_at"),
            maxAttempts: Int(try row.integer("max_attempts")),
            idempotencyKey: try row.optionalString("idempotency_key"),
            priority: Int(try row.integer("priority")),
            limits: try row.decoded(JobLimits.self, "limits_json")
        )
        job.startedAt = try row.time("started_at")
        job.updatedAt = try row.requiredTime("updated_at")
        job.finishedAt = try row.time("finished_at")
        // A result is committed while the attempt still runs; it is the job's only once the job has succeeded.
        job.result = status == .succeeded ? try row.json("result_json") : nil
        if let text = try row.optionalString("error_json") {
            job.error = try? JSONText.decode(JobFailure.self, from: text.utf8)
        }
        job.attempt = Int(try row.integer("attempt"))
        job.leaseExpiresAt = try row.time("lease_expires_at")
        job.lastSequence = try row.integer("last_seq")
        job.launcher = try row.optionalString("launcher")
        job.runnerHandle = try row.optionalString("runner_handle")
        job.nextAttemptAt = try row.time("next_attempt_at")
        job.retryOf = try row.optionalString("retry_of").flatMap(JobID.init)
        job.createdBy = try row.optionalString("created_by")
        job.definitionID = try row.optionalInteger("definition_id")
        job.scheduleID = try row.optionalInteger("schedule_id")
        job.scheduledFor = try row.time("scheduled_for")
        job.endlessRetries = try row.decoded(EndlessRetries.self, "endless_json")
        job.deadlineAt = try row.time("deadline_at")
        if let text = try row.optionalString("last_error_json") {
            job.lastError = try? JSONText.decode(JobFailure.self, from: text.utf8)
        }
        job.hostTerms = try row.decoded(HostTerms.self, "host_terms_json")
        // A trace that cannot be read is none; the job is the same without it.
        let trace = TraceContext(
            parents: try row.optionalString("trace_parent").map { [$0] } ?? [],
            states: try row.optionalString("trace_state").map { [$0] } ?? []
        )
        job.traceID = trace?.traceID
        let hashes = try row.optionalString("token_hash") ?? ""
        self.init(
            job: job,
            tokenHashes: hashes.split(separator: " ").map(String.init),
            gateway: try row.optionalString("gateway"),
            host: try row.optionalString("host"),
            trace: trace
        )
        cancelRequestedAt = try row.time("cancel_requested_at")
    }
}

extension Row {
    func time(_ column: String) throws -> Timestamp? {
        guard let text = try optionalString(column) else { return nil }
        guard let time = Timestamp(text) else { throw RowError(column: column, expected: "a time", found: text) }
        return time
    }

    func requiredTime(_ column: String) throws -> Timestamp {
        guard let time = try time(column) else { throw RowError(column: column, expected: "a time", found: "NULL") }
        return time
    }

    func decoded<Value: Decodable>(_ type: Value.Type, _ column: String) throws -> Value? {
        guard let text = try optionalString(column) else { return nil }
        do { return try JSONText.decode(type, from: text.utf8) } catch {
            throw RowError(column: column, expected: "\(type)", found: "something else")
        }
    }

    func json(_ column: String) throws -> JSONValue? {
        guard let text = try optionalString(column) else { return nil }
        do { return try JSONValue(parsing: text.utf8) } catch {
            throw RowError(column: column, expected: "JSON", found: "something else")
        }
    }
}
