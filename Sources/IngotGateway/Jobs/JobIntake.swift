import IngotCore

/// Takes requests for jobs: writes the row and puts the job into the queue.
struct JobIntake: Sendable {
    /// What is asked for.
    struct Request: Sendable {
        var source: String
        var parameters: JSONValue
        var options = JobOptions()
        var idempotencyKey: String?
        /// The ended job that this one does again.
        var retryOf: JobID?
        /// The trace that the request is part of.
        var trace: TraceContext?
        /// What makes it a run of a definition.
        var run: DefinitionRun?
        /// Who asks.
        var createdBy: String?
        /// The only sources that whoever asks may know of; `nil`: all.
        var sources: Set<String>?
    }

    let store: JobStore
    let dispatcher: Dispatcher
    /// Told of each new job.
    let feed: JobFeed
    let ids: JobIDSequence
    /// The gateway that the jobs belong to.
    let gateway: String
    /// How many attempts a job is given unless its request says so.
    let maximumAttempts: Int
    var metrics = GatewayMetrics()
    /// The host of a source's upstream.
    let host: @Sendable (_ source: String) -> String?
    let now: @Sendable () -> Timestamp

    /// Takes a request.
    ///
    /// - Returns: the new job, or the one that an earlier request with the same key has made.
    /// - Throws: ``Problem`` when the gateway takes none or the key belongs to another request; what the store throws.
    func take(_ request: Request) async throws -> Job {
        guard await dispatcher.takesJobs else {
            throw Problem.unavailable("The gateway is being started or stopped and takes no new jobs.")
        }
        let time = now()
        var job = Job(
            id: ids.next(at: time),
            source: request.source,
            parameters: request.parameters,
            createdAt: time,
            maxAttempts: request.options.maximumAttempts ?? maximumAttempts,
            idempotencyKey: request.idempotencyKey,
            priority: request.options.priority,
            limits: request.options.limits
        )
        job.retryOf = request.retryOf
        job.createdBy = request.createdBy
        request.run?.apply(to: &job)
        let host = host(request.source)
        let creation: JobStore.Creation
        do {
            creation = try await store.create(job, gateway: gateway, host: host, trace: request.trace)
        } catch {
            // It may have been written all the same, and must not wait in the store for the next start.
            let id = job.id
            Task { await settle(id) }
            throw error
        }
        switch creation {
        case .created(let created):
            await announce(StoredJob(job: created, gateway: gateway, host: host, trace: request.trace))
            return created
        case .existing(let existing):
            // The request that made it may have got no answer, and then nobody has queued it.
            if existing.status == .queued, let stored = try await store.job(existing.id), stored.gateway == gateway,
                stored.job.status == .queued
            {
                await dispatcher.submit(stored)
            }
            return existing
        case .conflict(let id):
            guard let sources = request.sources else { throw Problem.idempotencyConflict(id) }
            let source = try await store.job(id)?.job.source
            throw Problem.idempotencyConflict(source.map(sources.contains) == true ? id : nil)
        }
    }

    /// Tells of a new job whose row has been written, and queues it.
    func announce(_ stored: StoredJob) async {
        metrics.submitted(stored.job)
        // Before it can start, so that nobody sees it run and then wait.
        feed.note(stored.job, isNewState: true)
        await dispatcher.submit(stored)
    }

    /// Queues a job whose row was written although the store did not say so.
    private func settle(_ id: JobID) async {
        var delay = Duration.milliseconds(100)
        // The write may still be on its way, but not for ever.
        var looks = 12
        while looks > 0, await dispatcher.takesJobs {
            do {
                if let stored = try await store.job(id) {
                    if stored.job.status == .queued { await dispatcher.submit(stored) }
                    return
                }
                looks -= 1
            } catch {}
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, .seconds(5))
        }
    }
}
