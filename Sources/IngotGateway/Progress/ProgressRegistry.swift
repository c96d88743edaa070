import IngotCore
import Logging

/// The progress actors that are in memory: those of running jobs, those that are watched, and for a short while those
/// that were, so that a client that lost its connection finds the events that it missed.
actor ProgressRegistry {
    /// How long an unused actor stays.
    static let lingering: Duration = .seconds(30)
    /// The most unused actors that stay.
    static let maximumIdle = 32

    private struct Entry {
        var progress: JobProgress
        var users: Int
        var idleSince: ContinuousClock.Instant?
    }

    nonisolated let store: JobStore
    private let logger: Logger
    private let retries: RetryPolicy
    private let metrics: GatewayMetrics
    private let now: @Sendable () -> Timestamp
    private let changed: @Sendable (Job, _ isNewState: Bool) -> Void
    private let attemptEnded: @Sendable (JobID, Int) -> Void
    private var entries: [JobID: Entry] = [:]
    private var loading: [JobID: Task<StoredJob?, any Error>] = [:]

    init(
        store: JobStore,
        logger: Logger,
        retries: RetryPolicy = JobProgress.standardRetries,
        metrics: GatewayMetrics = GatewayMetrics(),
        now: @escaping @Sendable () -> Timestamp = { .now() },
        changed: @escaping @Sendable (Job, _ isNewState: Bool) -> Void = { _, _ in },
        attemptEnded: @escaping @Sendable (JobID, Int) -> Void = { _, _ in }
    ) {
        self.store = store
        self.logger = logger
        self.retries = retries
        self.metrics = metrics
        self.now = now
        self.changed = changed
        self.attemptEnded = attemptEnded
    }

    /// Takes hold of a job's actor; `nil` when there is no such job.
    ///
    /// Every hold must be given back with
    /// ``release(_:)``.
    func acquire(_ id: JobID) async throws -> JobProgress? {
        if entries[id] == nil {
            // Callers that come while the row is being read share the one read.
            let task = loading[id] ?? Task { try await store.job(id) }
            loading[id] = task
            defer { loading[id] = nil }
            guard let stored = try await task.value else { return nil }
            if entries[id] == nil {
                var logger = logger
                logger[metadataKey: "job"] = "\(id)"
                if let trace = stored.trace { logger[metadataKey: "trace"] = "\(trace.traceID)" }
                let progress = JobProgress(
                    stored,
                    store: store,
                    logger: logger,
                    retries: retries,
                    now: now,
                    metrics: metrics,
                    changed: changed
                ) { [attemptEnded] attempt in attemptEnded(id, attempt) }
                entries[id] = Entry(progress: progress, users: 0, idleSince: .now)
            }
        }
        entries[id]?.users += 1
        entries[id]?.idleSince = nil
        return entries[id]?.progress
    }

    func release(_ id: JobID) {
        guard var entry = entries[id] else { return }
        entry.users -= 1
        if entry.users == 0 { entry.idleSince = .now }
        entries[id] = entry
        evict()
    }

    /// Runs `body` with the job's actor held.
    ///
    /// - Returns: `nil` when there is no such job.
    nonisolated(nonsending) func withProgress<Result: Sendable>(
        _ id: JobID,
        _ body: (JobProgress) async throws -> Result
    ) async throws -> Result? {
        guard let progress = try await acquire(id) else { return nil }
        do {
            let result = try await body(progress)
            await release(id)
            return result
        } catch {
            await release(id)
            throw error
        }
    }

    /// The job's actor when it is in memory.
    func inMemory(_ id: JobID) -> JobProgress? {
        entries[id]?.progress
    }

    /// The number of actors in memory.
    var count: Int { entries.count }

    /// Keeps the watchers' connections open and lets go of what is not used.
    func beat() async {
        evict()
        for entry in entries.values where entry.users > 0 { await entry.progress.beat() }
    }

    private func evict() {
        let idle = entries.compactMap { id, entry in entry.idleSince.map { (id: id, since: $0) } }
            .sorted { $0.since > $1.since }
        let oldest = ContinuousClock.now - ProgressRegistry.lingering
        for (index, candidate) in idle.enumerated()
        where index >= ProgressRegistry.maximumIdle || candidate.since < oldest {
            entries[candidate.id] = nil
        }
    }
}
