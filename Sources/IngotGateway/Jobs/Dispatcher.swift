import IngotCore
import Logging
import ServiceLifecycle

/// What becomes of running jobs when their gateway is stopped.
public enum ShutdownMode: Sendable, Equatable {
    /// Runners are asked to stop, and their jobs end with them.
    case endRunners
    /// Runners are waited for, at most for this time; those that still run then go on alone, and the next gateway on
    /// the same data folder takes them over.
    case drain(atMost: Duration)
}

/// Gives queued jobs to runners, at once when a slot is free. Nothing polls.
actor Dispatcher: Service {
    private let registry: ProgressRegistry
    private let logger: Logger
    private let shutdown: ShutdownMode
    private let longestRetryDelay: Duration
    private let searchInterval: Duration
    private var queue: JobQueue
    private var surroundings: AttemptSurroundings?
    private var stops: [JobID: AttemptStop] = [:]
    private var tasks: [JobID: Task<Void, Never>] = [:]
    /// Jobs whose next attempt is not due yet.
    private var retries: [JobID: Retry] = [:]
    /// Cancelled jobs without a slot whose end the store has not taken yet.
    private var endings: [JobID: Task<Void, Never>] = [:]
    private var adopted: Set<JobID> = []
    private var isDraining = false
    private var watch = QueueWatch()
    private var watchdog: Task<Void, Never>?
    private var search: Task<Void, Never>?
    /// Ends when the gateway is to leave its runners at once.
    private nonisolated let leaving = AsyncStream<Void>.makeStream()

    /// - Parameters:
    ///   - shutdown: what becomes of the runners when the gateway is stopped.
    ///   - longestRetryDelay: how long a job may wait for its next attempt at most.
    ///   - searchInterval: the time between two looks for waiting jobs that only the store knows.
    init(
        registry: ProgressRegistry,
        limits: QueueLimits,
        shutdown: ShutdownMode = .endRunners,
        longestRetryDelay: Duration = JobProgress.standardRetries.maximumDelay,
        searchInterval: Duration = .seconds(5),
        logger: Logger
    ) {
        self.registry = registry
        self.logger = logger
        self.shutdown = shutdown
        self.longestRetryDelay = longestRetryDelay
        self.searchInterval = searchInterval
        queue = JobQueue(limits: limits)
    }

    /// A wait for the next attempt.
    private struct Retry {
        var entry: JobQueue.Entry
        var due: ContinuousClock.Instant
        var wait: Task<Void, Never>
    }

    /// Starts dispatching: these attempts go on, and these jobs are first in the queue.
    ///
    /// - Parameter recovery: ends what this gateway should run and does not; with it, jobs of this gateway that the
    ///   store knows and the dispatcher does not are looked for again and again. `nil`: they are left alone.
    func open(
        _ surroundings: AttemptSurroundings,
        waiting: [StoredJob],
        running: [StoredJob] = [],
        lookingForLostJobsWith recovery: Recovery? = nil
    ) {
        // It may have been stopped before it was ready.
        guard !isDraining else { return }
        self.surroundings = surroundings
        for stored in running {
            queue.adopt(entry(stored))
            adopted.insert(stored.job.id)
            perform(entry(stored), surroundings) { await $0.adopt() }
        }
        for stored in waiting { enqueue(stored) }
        startWhatMay()
        if let recovery, let gateway = surroundings.gateway {
            search = Task { await searchLostJobs(of: gateway, recovery) }
        }
    }

    /// Waits until the gateway stops; then does with the runners what ``ShutdownMode`` says.
    func run() async {
        await untilGracefulShutdown()
        isDraining = true
        for retry in retries.values { retry.wait.cancel() }
        retries = [:]
        for ending in endings.values { ending.cancel() }
        watchdog?.cancel()
        search?.cancel()
        switch shutdown {
        case .endRunners:
            for (id, stop) in stops where !adopted.contains(id) { stop.request(.gatewayStopping) }
            // What this gateway has only taken over is not this one's to end.
            await leave(stops.filter { adopted.contains($0.key) })
            for (id, task) in tasks where !adopted.contains(id) { await task.value }
        case .drain(let limit):
            await waitForRunners(atMost: limit)
            await leave(stops)
        }
        if !stops.isEmpty {
            logger.notice("Leaving runners that the next gateway takes over", metadata: ["runners": "\(stops.count)"])
        }
    }

    /// Ends the wait for runners of a gateway that is being stopped.
    nonisolated func leaveAtOnce() { leaving.continuation.finish() }

    /// Whether no runner lives on without the gateway, once ``run()`` has returned.
    var hasNoRunners: Bool { surroundings != nil && stops.isEmpty }

    /// Puts a job that is durably queued into the queue; harmless when it is there already.
    func submit(_ stored: StoredJob) {
        guard !isDraining else { return }
        enqueue(stored)
        startWhatMay()
    }

    /// Cancels a job: at once when it waits; otherwise its runner is asked to stop, and the job ends with it.
    ///
    /// That it is to be cancelled is durable first, so that it holds whatever becomes of this gateway.
    ///
    /// - Returns: the job as it is after the request, also when it was cancelled before; `nil` when there is none of
    ///   that id.
    /// - Throws: ``ReportRefusal/ended(_:)`` when it has ended otherwise; what the store throws.
    func cancel(_ id: JobID) async throws -> Job? {
        try await registry.withProgress(id) { progress in
            if await !progress.isEnded { try await progress.recordCancel() }
            let job = await progress.job
            if job.status == .cancelled { return job }
            if job.status.isTerminal { throw ReportRefusal.ended(job.status) }
            // A runner that this gateway has not taken over is ended here, as nobody else would.
            if job.status == .running, stops[id] == nil { await endLeftover(of: job) }
            // From here to the removal nothing may come in between, so that the job cannot start meanwhile.
            if let stop = stops[id] {
                // The reason first: once the runner knows, it may be gone before the next line. Whoever runs the
                // attempt writes the end, once nothing of the runner is left.
                stop.request(.cancelled)
                await progress.requestStop(.cancelled)
                return await progress.job
            }
            retries.removeValue(forKey: id)?.wait.cancel()
            _ = queue.remove(id)
            await progress.requestStop(.cancelled)
            do {
                return try await progress.end(.cancelled)
            } catch ReportRefusal.superseded(let current) {
                throw ReportRefusal.superseded(current: current)
            } catch {
                logger.warning(
                    "The end of a cancelled job was not written; trying again",
                    metadata: ["job": "\(id)", "error": "\(error)"]
                )
                if endings[id] == nil { endings[id] = Task { await endCancelled(id) } }
                return await progress.job
            }
        }
    }

    /// Writes the end of a cancelled job that nothing runs of, however long the store takes.
    private func endCancelled(_ id: JobID) async {
        _ = await settle(id, AttemptStop(cancelled: true), .over)
        surroundings?.trouble.clear(id)
        endings[id] = nil
    }

    private func endLeftover(of job: Job) async {
        guard let surroundings, job.launcher == surroundings.launcher.name else { return }
        let runner = LeftoverRunner(
            job: job.id,
            attempt: job.attempt,
            handle: job.runnerHandle,
            limits: .standard
        )
        if await !surroundings.launcher.endLeftover(runner) {
            logger.error("A runner of an earlier gateway cannot be killed", metadata: ["job": "\(job.id)"])
        }
    }

    /// Returns when the job's runner is gone and its last words are in the log; at once when it has none.
    ///
    /// - Parameter limit: how long to wait at most.
    func waitForRunner(of id: JobID, atMost limit: Duration) async {
        guard let task = tasks[id] else { return }
        await withTaskGroup(of: Void.self) { group in
            let (gone, signal) = AsyncStream.makeStream(of: Void.self)
            // Cancelling the wait must not cancel the attempt, so it is watched from outside.
            Task {
                await task.value
                signal.finish()
            }
            group.addTask { for await _ in gone {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether a new job would be run: the gateway has put its past in order and is not being stopped.
    var takesJobs: Bool { surroundings != nil && !isDraining }

    /// The queue as it is now, for health and metrics.
    var health: QueueHealth {
        QueueHealth(
            waiting: queue.waitingCount,
            running: queue.runningCount,
            retrying: retries.count,
            slots: queue.limits.slots,
            watch: watch,
            trouble: surroundings?.trouble.now
        )
    }

    /// How the slots are used, and what waits for one.
    ///
    /// - Parameter limit: the most waiting jobs that are told.
    func queueState(limit: Int) -> QueueState {
        let later = retries.values.sorted { $0.due < $1.due }.prefix(limit).map { retry in
            WaitingJob(
                job: retry.entry.job,
                source: retry.entry.source,
                host: retry.entry.host,
                priority: retry.entry.priority,
                position: nil,
                reason: .retry
            )
        }
        return QueueState(
            slots: queue.limits.slots,
            running: queue.runningCount,
            waiting: queue.waitingCount,
            retrying: retries.count,
            sources: queue.useBySource,
            hosts: queue.useByHost,
            jobs: Array((queue.order(limit: limit) + later).prefix(limit))
        )
    }

    // MARK: - Details

    private func entry(_ stored: StoredJob) -> JobQueue.Entry {
        JobQueue.Entry(
            job: stored.job.id,
            source: stored.job.source,
            host: stored.host,
            priority: stored.job.priority
        )
    }

    /// Puts a job into the queue, or lets it wait for its next attempt.
    private func enqueue(_ stored: StoredJob) {
        let id = stored.job.id
        guard stops[id] == nil, retries[id] == nil, endings[id] == nil else { return }
        guard let next = stored.job.nextAttemptAt else { return queue.enqueue(entry(stored)) }
        // The clock may have been set since the time was written; no job waits longer than a wait can be.
        let rest = Duration.milliseconds(next.millisecondsSinceEpoch - Timestamp.now().millisecondsSinceEpoch)
        let longest = stored.job.endlessRetries.map { Duration.seconds($0.longestPause) } ?? longestRetryDelay
        retry(entry(stored), at: .now + max(.zero, min(rest, longest)))
    }

    private func retry(_ entry: JobQueue.Entry, at moment: ContinuousClock.Instant) {
        let wait = Task {
            do { try await Task.sleep(until: moment, clock: .continuous) } catch { return }
            becomeDue(entry)
        }
        retries[entry.job] = Retry(entry: entry, due: moment, wait: wait)
        startWatchdog()
    }

    private func becomeDue(_ entry: JobQueue.Entry) {
        // A cancellation may have come in the moment in which the wait ended.
        guard retries.removeValue(forKey: entry.job) != nil, !isDraining else { return }
        queue.enqueue(entry)
        startWhatMay()
    }

    private func startWhatMay() {
        guard let surroundings, !isDraining else { return }
        while let entry = queue.startNext() { perform(entry, surroundings) { try await $0.run() } }
        startWatchdog()
    }

    private func startWatchdog() {
        guard watchdog == nil, !isDraining, queue.waitingCount > 0 || !retries.isEmpty else { return }
        watchdog = Task { await watchQueue() }
    }

    /// Runs one attempt of a job that has a slot.
    private func perform(
        _ entry: JobQueue.Entry,
        _ surroundings: AttemptSurroundings,
        _ body: @escaping @Sendable (AttemptRun) async throws -> AttemptRun.Outcome
    ) {
        let stop = AttemptStop()
        stops[entry.job] = stop
        // A task of its own: the attempt belongs to the gateway, not to the request that brought the job, and has to
        // write how it ended even when the gateway is being stopped. `run()` waits for it.
        tasks[entry.job] = Task { await perform(entry, stop, surroundings, body) }
    }

    private func perform(
        _ entry: JobQueue.Entry,
        _ stop: AttemptStop,
        _ surroundings: AttemptSurroundings,
        _ body: @escaping @Sendable (AttemptRun) async throws -> AttemptRun.Outcome
    ) async {
        let id = entry.job
        var logger = logger
        logger[metadataKey: "job"] = "\(id)"
        var delay = Duration.milliseconds(50)
        var outcome = AttemptRun.Outcome.over
        // One for all tries, so that a start that was written without an answer is known again.
        let token = AttemptToken()
        while true {
            do {
                outcome =
                    try await registry.withProgress(id) { progress in
                        // An earlier gateway may have promised it.
                        if await progress.stopReason == .cancelled { stop.request(.cancelled) }
                        if let reason = stop.reason { await progress.requestStop(reason) }
                        var logger = logger
                        if let trace = progress.trace { logger[metadataKey: "trace"] = "\(trace.traceID)" }
                        let run = AttemptRun(
                            surroundings: surroundings,
                            progress: progress,
                            stop: stop,
                            logger: logger,
                            token: token
                        )
                        return try await body(run)
                    } ?? .over
                break
            } catch {
                logger.warning("The job could not be started; trying again", metadata: ["error": "\(error)"])
                surroundings.trouble.note(error, of: id)
                // Still queued in the store, so another start of the gateway takes it up.
                if isDraining { break }
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
        if outcome != .left {
            outcome = await settle(id, stop, outcome)
            // It may have been cancelled in the moment in which it was settled otherwise.
            while case .retry = outcome, stop.reason == .cancelled, !isDraining {
                outcome = await settle(id, stop, outcome)
            }
        }
        surroundings.trouble.clear(id)
        tasks[id] = nil
        // Who leaves counts the stops of those that were left.
        if outcome == .left { return }
        stops[id] = nil
        adopted.remove(id)
        queue.finish(id)
        if case .retry(let moment) = outcome, !isDraining { retry(entry, at: moment) }
        startWhatMay()
    }

    /// Sees to it that a job which nothing runs of has ended, or is tried again, or is somebody else's.
    private func settle(_ id: JobID, _ stop: AttemptStop, _ outcome: AttemptRun.Outcome) async -> AttemptRun.Outcome {
        var delay = Duration.milliseconds(50)
        while true {
            do {
                return try await registry.withProgress(id) { progress in
                    if await progress.isEnded { return .over }
                    // Cancelled before its start, or between two attempts.
                    let isCancelled = await progress.stopReason == .cancelled
                    if isCancelled || stop.reason == .cancelled {
                        try await progress.end(.cancelled)
                        return .over
                    }
                    // What waits in the store is taken up by the next start of the gateway.
                    guard outcome == .over, !isDraining else { return outcome }
                    let stored = try await progress.refresh()
                    if await progress.isEnded { return .over }
                    if await progress.stopReason == .cancelled {
                        try await progress.end(.cancelled)
                        return .over
                    }
                    guard let stored, stored.job.status == .queued,
                        stored.gateway == nil || stored.gateway == surroundings?.gateway
                    else {
                        logger.warning("The job is not this gateway's any more", metadata: ["job": "\(id)"])
                        return .over
                    }
                    logger.warning("The job was not started; trying again", metadata: ["job": "\(id)"])
                    return .retry(at: .now + .seconds(1))
                } ?? .over
            } catch ReportRefusal.superseded {
                logger.warning("Another attempt has taken the job over", metadata: ["job": "\(id)"])
                return .over
            } catch {
                logger.warning(
                    "The end of a job was not written; trying again",
                    metadata: ["job": "\(id)", "error": "\(error)"]
                )
                surroundings?.trouble.note(error, of: id)
                // That it is cancelled is in the store, so the next start of the gateway ends it.
                if isDraining { return .over }
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    // MARK: - The promise

    private static let watchInterval: Duration = .milliseconds(250)

    /// Looks at the queue for as long as something waits.
    private func watchQueue() async {
        var last = ContinuousClock.now
        while queue.waitingCount > 0 || !retries.isEmpty || watch.isBroken {
            do { try await Task.sleep(for: Dispatcher.watchInterval) } catch { break }
            let now = ContinuousClock.now
            // A gateway that itself stood still has promised nothing for that time; the next look tells.
            if now - last < Dispatcher.watchInterval + QueueWatch.tolerance / 2 { observeQueue(at: now) }
            last = now
        }
        watchdog = nil
    }

    private func observeQueue(at now: ContinuousClock.Instant) {
        let due = retries.values.filter { $0.due < now }
        // A slot that is taken by nothing would never be free again.
        let hasLeakedSlot = queue.runningCount > stops.count
        let isBroken = watch.observe(
            hasStartable: !due.isEmpty || queue.hasStartable(at: now) || hasLeakedSlot,
            since: due.map(\.due).min(),
            at: now
        )
        for retry in due where retry.due + QueueWatch.tolerance < now {
            retry.wait.cancel()
            becomeDue(retry.entry)
        }
        guard isBroken else { return }
        logger.error(
            "A job waits although a slot that fits it is free",
            metadata: ["running": "\(queue.runningCount)", "attempts": "\(stops.count)"]
        )
        startWhatMay()
    }

    /// Queues waiting jobs that are in the store and nowhere else, page by page and again and again.
    private func searchLostJobs(of gateway: String, _ recovery: Recovery) async {
        var cursor: JobID?
        // Who was missing at one look may just be on the way; who is missing at the next one is lost.
        var missing: [JobID] = []
        var abandoned: Set<JobID> = []
        while !isDraining {
            do { try await Task.sleep(for: searchInterval) } catch { return }
            do {
                abandoned = try await endAbandoned(of: gateway, seenBefore: abandoned, recovery)
                for id in missing where !holds(id) { try await takeUpLost(id, of: gateway) }
                let page = try await registry.store.waiting(of: gateway, after: cursor)
                cursor = page.count < 500 ? nil : page.last
                missing = page.filter { !holds($0) }
            } catch {
                logger.debug("Waiting jobs could not be looked for", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Ends running attempts of this gateway that nothing here runs and whose leases have run out.
    ///
    /// - Parameter earlier: those that were so at the look before.
    /// - Returns: those that are so now.
    private func endAbandoned(
        of gateway: String,
        seenBefore earlier: Set<JobID>,
        _ recovery: Recovery
    ) async throws -> Set<JobID> {
        let expired = try await registry.store.running(of: gateway, leaseBefore: recovery.now())
        let unheld = expired.filter { !holds($0.job.id) }
        for stored in unheld where earlier.contains(stored.job.id) && !holds(stored.job.id) && !isDraining {
            do {
                for waiting in try await recovery.endAbandoned(stored) { submit(waiting) }
            } catch let refusal as ReportRefusal {
                logger.debug("A job has changed", metadata: ["job": "\(stored.job.id)", "now": "\(refusal)"])
            }
        }
        return Set(unheld.map(\.job.id))
    }

    private func takeUpLost(_ id: JobID, of gateway: String) async throws {
        guard let stored = try await registry.store.job(id), stored.job.status == .queued, stored.gateway == gateway,
            !holds(id), !isDraining
        else { return }
        watch.noteLostJob()
        logger.error("A job waited in the store and not in the queue", metadata: ["job": "\(id)"])
        submit(stored)
    }

    private func holds(_ id: JobID) -> Bool {
        queue.contains(id) || retries[id] != nil || stops[id] != nil || endings[id] != nil
    }

    // MARK: - The end

    private func leave(_ stops: [JobID: AttemptStop]) async {
        await withDiscardingTaskGroup { group in
            for stop in stops.values { group.addTask { await stop.leave() } }
        }
    }

    private func untilGracefulShutdown() async {
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stopped {}
        } onCancelOrGracefulShutdown: {
            stop.finish()
        }
    }

    private func waitForRunners(atMost limit: Duration) async {
        let running = Array(tasks.values)
        guard !running.isEmpty, limit > .zero else { return }
        logger.notice("Waiting for runners to end", metadata: ["runners": "\(running.count)"])
        let (gone, signal) = AsyncStream.makeStream(of: Void.self)
        // Not a child of the wait, as giving up the wait must not wait for it.
        let watching = Task {
            for task in running { await task.value }
            signal.finish()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in gone {} }
            group.addTask { [leaving] in for await _ in leaving.stream {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        watching.cancel()
    }
}
