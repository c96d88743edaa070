import IngotCore

extension GatewayClient {
    /// Starts a job.
    ///
    /// It is there when this returns, whatever becomes of the gateway. With an idempotency key the call may be repeated
    /// when its answer was lost.
    ///
    /// ```swift
    /// let job = try await gateway.submit("usc", parameters: ["titles": ["1", "3"]])
    /// ```
    ///
    /// - Parameters:
    ///   - source: for example `usc`; ``sources()`` lists them.
    ///   - parameters: as the source's JSON Schema says.
    /// - Returns: the job's id.
    /// - Throws: ``GatewayProblem``, for example `invalid-parameters`; ``GatewayConnectionError``.
    public func submit(
        _ source: String,
        parameters: JSONValue = .object([:]),
        options: JobOptions = JobOptions()
    ) async throws -> JobID {
        try jobID(
            in: await post(JSONValue.self, options.path(of: source), body: parameters, headers: options.headers)
        )
    }

    /// Starts a job and follows it to its end.
    ///
    /// ```swift
    /// let job = try await gateway.ingest("usc", parameters: ["titles": ["1"]]) { update in
    ///     if case .progress(let progress) = update.content { print(progress.percent) }
    /// }
    /// guard job.status == .succeeded else { throw job.error! }
    /// ```
    ///
    /// - Parameter update: told everything that happens.
    /// - Returns: the final job, which may have failed.
    public func ingest(
        _ source: String,
        parameters: JSONValue = .object([:]),
        options: JobOptions = JobOptions(),
        update: (JobUpdate) async throws -> Void = { _ in }
    ) async throws -> Job {
        try await end(of: submit(source, parameters: parameters, options: options), update: update)
    }

    /// Follows a job to its end.
    ///
    /// ```swift
    /// let job = try await gateway.end(of: id)
    /// ```
    ///
    /// - Parameter update: told everything that happens.
    /// - Returns: the final job.
    public func end(of job: JobID, update: (JobUpdate) async throws -> Void = { _ in }) async throws -> Job {
        for try await event in events(of: job) {
            try await update(event)
            if case .done(let job) = event.content { return job }
        }
        return try await self.job(job)
    }

    /// A job as it is now.
    ///
    /// ```swift
    /// print(try await gateway.job(id).status)
    /// ```
    public func job(_ id: JobID) async throws -> Job { try await get(Job.self, GatewayPath.job(id.rawValue)) }

    /// Jobs, newest first.
    ///
    /// ```swift
    /// for try await job in gateway.jobs(status: .failed, source: "usc").items {
    ///     print(job.id, job.error?.code ?? "")
    /// }
    /// ```
    ///
    /// - Parameter pageSize: from 1 to 200.
    public func jobs(status: JobStatus? = nil, source: String? = nil, pageSize: Int = 50) -> GatewayPages<[Job]> {
        let path = GatewayPath.path(
            "/api/ingest/jobs",
            ["limit": "\(pageSize)", "status": status?.rawValue, "source": source]
        )
        return list(path) { (page: JobPage) in (page.jobs, page.next) }
    }

    /// A job's units, in the order of its plan.
    ///
    /// ```swift
    /// for try await unit in gateway.units(of: id).items where unit.status == .failed { print(unit.unit) }
    /// ```
    public func units(of job: JobID) -> GatewayPages<[JobUnit]> {
        list(GatewayPath.job(job.rawValue, "/units")) { (page: UnitPage) in (page.units, page.next) }
    }

    /// A job's attempts, the first one first.
    public func attempts(of job: JobID) async throws -> [JobAttempt] {
        try await get(Attempts.self, GatewayPath.job(job.rawValue, "/attempts")).attempts
    }

    /// A job's events as they happen; see ``JobEvents``.
    ///
    /// - Parameter after: the number of the last event that is known already.
    public func events(of job: JobID, after: Int64? = nil) -> JobEvents {
        JobEvents(client: self, job: job.rawValue, after: after)
    }

    /// What a job's runners have written so far, as text.
    ///
    /// ```swift
    /// for try await line in gateway.log(of: id).lines { print(String(decoding: line, as: UTF8.self)) }
    /// ```
    ///
    /// - Parameter tail: only the last lines, at most 10,000.
    public func log(of job: JobID, tail: Int? = nil) -> AnswerPieces {
        AnswerPieces(client: self, path: GatewayPath.job(job.rawValue, "/logs", ["tail": tail.map(String.init)]))
    }

    /// A job's log as it grows; see ``JobLog``.
    ///
    /// - Parameter tail: how many of the lines that are there already come first; `nil`: all.
    public func followLog(of job: JobID, tail: Int? = nil) -> JobLog {
        JobLog(client: self, job: job.rawValue, tail: tail)
    }

    /// Stops a job and everything that it has started.
    ///
    /// ```swift
    /// try await gateway.cancel(id)
    /// let job = try await gateway.end(of: id)
    /// ```
    ///
    /// - Returns: the job, which may still be ending.
    @discardableResult
    public func cancel(_ job: JobID) async throws -> Job {
        try await post(Job.self, GatewayPath.job(job.rawValue, "/cancel"))
    }

    /// Does an ended job again.
    ///
    /// ```swift
    /// let job = try await gateway.end(of: gateway.retry(id))
    /// ```
    ///
    /// - Returns: the id of the new job.
    public func retry(_ job: JobID) async throws -> JobID {
        try jobID(in: await post(JSONValue.self, GatewayPath.job(job.rawValue, "/retry")))
    }

    private func jobID(in answer: JSONValue) throws -> JobID {
        guard let id = answer["jobId"]?.stringValue.flatMap({ JobID($0) }) else {
            throw unexpected("an answer that names no job")
        }
        return id
    }

    /// The pages of a list, each taken apart.
    func list<Page: Decodable & Sendable, Item: Sendable>(
        _ path: String,
        _ take: @escaping @Sendable (Page) -> ([Item], next: String?)
    ) -> GatewayPages<[Item]> {
        GatewayPages { cursor in
            take(try await get(Page.self, GatewayPath.path(path, ["cursor": cursor])))
        } whenRepeated: {
            unexpected("a page leads to itself")
        }
    }
}

private struct JobPage: Decodable {
    var jobs: [Job]
    var next: String?
}

private struct UnitPage: Decodable {
    var units: [JobUnit]
    var next: String?
}

private struct Attempts: Decodable {
    var attempts: [JobAttempt]
}
