import IngotCore
import Logging
import ServiceLifecycle
import Synchronization

/// Stores the logs of ended jobs, one after another, beside all other work: no job waits for it.
///
/// What a gateway did not get to, the next one finds by the logs that have no marker beside them.
final class LogArchiver: Service, CustomStringConvertible {
    /// The most jobs that are remembered; when there are more, the folder is looked through instead.
    static let maximumWaiting = 1000
    /// How often one log is tried before it has to wait for the next look through the folder.
    static let retries = RetryPolicy(maximumAttempts: 8, firstDelay: .seconds(1), maximumDelay: .seconds(60))

    private struct State {
        var waiting: [JobID] = []
        var mustLookThrough = false
    }

    let archive: LogArchive
    private let store: JobStore
    private let isOpen: @Sendable (JobID) -> Bool
    private let retries: RetryPolicy
    private let logger: Logger
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>

    /// - Parameter isOpen: whether a job's log is still being written.
    init(
        archive: LogArchive,
        store: JobStore,
        retries: RetryPolicy = LogArchiver.retries,
        logger: Logger,
        isOpen: @escaping @Sendable (JobID) -> Bool
    ) {
        self.archive = archive
        self.store = store
        self.retries = retries
        self.isOpen = isOpen
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    var description: String { "LogArchiver" }

    /// Takes the log of a job that nobody writes any more.
    func add(_ job: JobID) {
        state.withLock { state in
            if state.waiting.count < Self.maximumWaiting {
                state.waiting.append(job)
            } else {
                state.mustLookThrough = true
            }
        }
        signal.yield()
    }

    /// Takes the log of a job that has ended while nobody writes it, as one that is cancelled between two attempts.
    func jobEnded(_ job: JobID) {
        // One that is being written is added when that is over.
        if !isOpen(job), archive.hasLocalLog(job) { add(job) }
    }

    /// Looks for logs that have not been stored yet.
    func lookThroughFolder() {
        state.withLock { $0.mustLookThrough = true }
        signal.yield()
    }

    /// Stores until the gateway stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.signals {
                while !Task.isCancelled, let jobs = self.next() {
                    for job in jobs where !Task.isCancelled { await self.archiveWithRetries(job) }
                }
            }
        }
    }

    private func next() -> [JobID]? {
        let (waiting, mustLookThrough) = state.withLock { state in
            defer { state = State() }
            return (state.waiting, state.mustLookThrough)
        }
        if mustLookThrough { return archive.localJobs().filter { !archive.isArchived($0) } }
        return waiting.isEmpty ? nil : waiting
    }

    /// Stores the log of a job, unless it is not over.
    func archiveWithRetries(_ job: JobID) async {
        var attempt = 1
        var mayBeStored = false
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                // What is not over is added again when it is.
                guard !isOpen(job) else { return }
                guard let status = try await store.job(job)?.job.status else {
                    // It was removed while its log was on the way; nobody else would find the object again.
                    if mayBeStored { try await archive.objects.delete([LogArchive.key(of: job)]) }
                    return
                }
                guard status.isTerminal else { return }
                mayBeStored = true
                guard case .stored(let bytes) = try await archive.store(job) else { return }
                logger.debug("Archived a log", metadata: ["job": "\(job)", "bytes": "\(bytes)"])
                // Once more, to see whether the job is still there.
            } catch {
                let delay = retries.delay(afterAttempt: attempt, using: &generator)
                logger.warning(
                    "A log was not archived",
                    metadata: ["job": "\(job)", "error": "\(error)", "again": "\(delay != nil)"]
                )
                guard let delay else { return }
                attempt += 1
                try? await Task.sleep(for: delay)
            }
        }
    }
}
