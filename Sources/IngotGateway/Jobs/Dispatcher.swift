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
    private var queue: JobQueue
    private var surroundings: AttemptSurroundings?
    private var stops: [JobID: AttemptStop] = [:]
    private var tasks: [JobID: Task<Void, Never>] = [:]
    /// Jobs whose next attempt is not due yet.
    private var retries: [JobID: Task<Void, Never>] = [:]
    private var adopted: Set<JobID> = []
    private var isDraining = false
    private var watch = QueueWatch()
    private var watchdog: Task<Void, Never>?
    /// Ends when the gateway is to leave its runners at once.
    private nonisolated let leaving = AsyncStream<Void>.makeStream()

    /// - Parameters:
    ///   - shutdown: what becomes of the runners when the gateway is stopped.
    ///   - longestRetryDelay: how long a job may wait for its next attempt at most.
    init(
        registry: ProgressRegistry,
        limits: QueueLimits,
        shutdown: ShutdownMode = .endRunners,
        longestRetryDelay: Duration = JobProgress.standardRetries.maximumDelay,
        logger: Logger
    ) {
        self.registry = registry
        self.logger = logger
        self.shutdown = shutdown
        self.longestRetryDelay = longestRetryDelay
        queue = JobQueue(limits: limits)
    }

    /// Starts dispatching: these attempts go on, and these jobs are first in the queue.
    func open(_ surroundings: AttemptSurroundings, waiting: [StoredJob], running: [StoredJob] = []) {
        self.surroundings = surroundings
        for stored in running {
            queue.adopt(entry(stored))
            adopted.insert(stored.job.id)
            perform(entry(stored), surroundings) { await $0.adopt() }
        }
        for stored in waiting { enqueue(stored) }
        startWhatMay()
    }

    /// Waits until the gateway stops; then does with the runners what ``ShutdownMode`` says.
    func run() async {
        await untilGracefulShutdown()
        isDraining = true
        for retry in retries.values { retry.cancel() }
        retries = [:]
        watchdog?.cancel()
        switch shutdown {
        case .endRunners:
            for (id, stop) in stops where !adopted.contains(id) { stop.request(.gatewayStopping) }
            // What this gateway has only taken over is not this one's to end.
            for (id, stop) in stops where adopted.contains(id) { await stop.leave() }
            for (id, task) in tasks where !adopted.contains(id) { await task.value }
        case .drain(let limit):
            await waitForRunners(atMost: limit)
            for stop in stops.values { await stop.leave() }
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
    /// - Returns: the job as it is after the request, also when it was cancelled before; `nil` when there is none of
    ///   that id.
    /// - Throws: ``ReportRefusal/ended(_:)`` when it has ended otherwise; what the store throws.
    func cancel(_ id: JobID) async throws -> Job? {
        try await registry.withProgress(id) { progress in
            let job = await progress.job
            if job.status == .cancelled { return job }
            if job.status.isTerminal { throw ReportRefusal.ended(job.status) }
            // A runner that this gateway has not taken over is ended here, as nobody else would.
            if job.status == .running, stops[id] == nil { await endLeftover(of: job) }
            // From here to the removal nothing may come in between, so that the job cannot start meanwhile.
            let stop = stops[id]
            let retry = retries.removeValue(forKey: id)
            retry?.cancel()
            let wasWaiting = queue.remove(id) || retry != nil
            if let stop {
                // The reason first: once the runner knows, it may be gone before the next line.
                stop.request(.cancelled)
                await progress.requestStop(.cancelled)
                guard await progress.isBetweenAttempts else { return await progress.job }
            }
            do {
                return try await progress.end(.cancelled)
            } catch {
                let job = await progress.job
                if wasWaiting, !job.status.isTerminal { submit(StoredJob(job: job)) }
                throw error
            }
        }
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
        guard stops[id] == nil, retries[id] == nil else { return }
        guard let next = stored.job.nextAttemptAt else { return queue.enqueue(entry(stored)) }
        // The clock may have been set since the time was written; no job waits longer than a wait can be.
        let rest = Duration.milliseconds(next.millisecondsSinceEpoch - Timestamp.now().millisecondsSinceEpoch)
        retry(entry(stored), at: .now + max(.zero, min(rest, longestRetryDelay)))
    }

    private func retry(_ entry: JobQueue.Entry, at moment: ContinuousClock.Instant) {
        retries[entry.job] = Task {
            do { try await Task.sleep(until: moment, clock: .continuous) } catch { return }
            becomeDue(entry)
        }
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
        observeQueue()
        guard watchdog == nil, queue.waitingCount > 0 else { return }
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
        while true {
            do {
                outcome =
                    try await registry.withProgress(id) { progress in
                        if let reason = stop.reason { await progress.requestStop(reason) }
                        let run = AttemptRun(
                            surroundings: surroundings,
                            progress: progress,
                            stop: stop,
                            logger: logger
                        )
                        let outcome = try await body(run)
                        // Cancelled between its slot and its start, or between two attempts: nothing runs.
                        if outcome != .left, stop.reason == .cancelled, await !progress.isEnded {
                            try await progress.end(.cancelled)
                            return .over
                        }
                        return await progress.isEnded && outcome != .left ? .over : outcome
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
        surroundings.trouble.clear(id)
        tasks[id] = nil
        // Who leaves counts the stops of those that were left.
        if outcome == .left { return }
        stops[id] = nil
        adopted.remove(id)
        queue.finish(id)
        if case .retry(let moment) = outcome, !isDraining, stop.reason != .cancelled { retry(entry, at: moment) }
        startWhatMay()
    }

    // MARK: - The promise

    private static let watchInterval: Duration = .milliseconds(250)

    /// Looks at the queue for as long as something waits.
    private func watchQueue() async {
        while queue.waitingCount > 0 {
            do { try await Task.sleep(for: Dispatcher.watchInterval) } catch { break }
            observeQueue()
        }
        watchdog = nil
    }

    private func observeQueue() {
        guard watch.observe(hasStartable: queue.hasStartable(), at: .now) else { return }
        logger.error("A job waits although a slot that fits it is free", metadata: ["running": "\(queue.runningCount)"])
    }

    // MARK: - The end

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
