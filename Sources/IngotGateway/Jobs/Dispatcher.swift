import IngotCore
import Logging
import ServiceLifecycle

/// Gives queued jobs to runners: at once when a slot is free, first in, first out. Nothing polls.
actor Dispatcher: Service {
    private let registry: ProgressRegistry
    private let logger: Logger
    private var queue: JobQueue
    private var surroundings: AttemptSurroundings?
    private var stops: [JobID: AttemptStop] = [:]
    private var tasks: [JobID: Task<Void, Never>] = [:]
    private var isDraining = false

    init(registry: ProgressRegistry, slots: Int, exclusiveSources: Set<String>, logger: Logger) {
        self.registry = registry
        self.logger = logger
        queue = JobQueue(slots: slots, exclusiveSources: exclusiveSources)
    }

    /// Starts dispatching, with these jobs first in the queue.
    func open(_ surroundings: AttemptSurroundings, waiting jobs: [Job]) {
        self.surroundings = surroundings
        for job in jobs { queue.enqueue(JobQueue.Entry(job: job.id, source: job.source)) }
        startWhatMay()
    }

    /// Waits until the gateway stops; then asks all runners to stop and waits until their jobs have ended.
    func run() async {
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stopped {}
        } onCancelOrGracefulShutdown: {
            stop.finish()
        }
        isDraining = true
        for stop in stops.values { stop.request(.gatewayStopping) }
        for task in Array(tasks.values) { await task.value }
    }

    /// Puts a job that is durably queued into the queue.
    func submit(_ job: Job) {
        queue.enqueue(JobQueue.Entry(job: job.id, source: job.source))
        startWhatMay()
    }

    /// Cancels a job: at once when it waits; otherwise its runner is asked to stop, and the job ends with it.
    ///
    /// - Returns: the job as it is after the request; `nil` when there is none of that id.
    /// - Throws: ``ReportRefusal/ended(_:)`` when it has ended already; what the store throws.
    func cancel(_ id: JobID) async throws -> Job? {
        try await registry.withProgress(id) { progress in
            if await progress.isEnded { throw ReportRefusal.ended(await progress.job.status) }
            if let stop = stops[id] {
                // The reason first: once the runner knows, it may be gone before the next line.
                stop.request(.cancelled)
                await progress.requestStop(.cancelled)
                return await progress.job
            }
            // Taken out first, so that it cannot start while its end is being written.
            let wasWaiting = queue.remove(id)
            do {
                return try await progress.end(.cancelled)
            } catch {
                if wasWaiting, await !progress.isEnded { submit(await progress.job) }
                throw error
            }
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

    /// The jobs that wait and run now, for health and metrics.
    var load: (waiting: Int, running: Int) { (queue.waiting.count, queue.running.count) }

    private func startWhatMay() {
        guard let surroundings, !isDraining else { return }
        while let entry = queue.startNext() {
            let stop = AttemptStop()
            stops[entry.job] = stop
            // A task of its own: the attempt belongs to the gateway, not to the request that brought the job, and has
            // to write how it ended even when the gateway is being stopped. `run()` waits for it.
            tasks[entry.job] = Task { await perform(entry.job, stop, surroundings) }
        }
    }

    private func perform(_ id: JobID, _ stop: AttemptStop, _ surroundings: AttemptSurroundings) async {
        var logger = logger
        logger[metadataKey: "job"] = "\(id)"
        var delay = Duration.milliseconds(50)
        while true {
            do {
                _ = try await registry.withProgress(id) { progress in
                    if let reason = stop.reason { await progress.requestStop(reason) }
                    try await AttemptRun(surroundings: surroundings, progress: progress, stop: stop, logger: logger)
                        .run()
                    // Cancelled between its slot and its start: nothing has run, and nothing will.
                    if stop.reason == .cancelled, await !progress.isEnded { try await progress.end(.cancelled) }
                }
                break
            } catch {
                logger.warning("The job could not be started; trying again", metadata: ["error": "\(error)"])
                // Still queued in the store, so another start of the gateway takes it up.
                if isDraining { break }
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
        stops[id] = nil
        tasks[id] = nil
        queue.finish(id)
        startWhatMay()
    }
}
