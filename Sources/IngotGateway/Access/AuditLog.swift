import IngotCore
import Logging
import ServiceLifecycle
import Synchronization

/// Writes the audit log: the entries of all requests that wait share one call to the database.
///
/// An entry is written before its request is answered. Whether the log can be written is known before anything is
/// changed: after a failed write every change is refused until a write goes through again. A change that had been made
/// when the write failed is answered as it is; its entry stays in memory, bounded, and is written with the next ones.
final class AuditLog: Service, CustomStringConvertible {
    var description: String { "AuditLog" }

    /// The most entries that are in memory.
    static let maximumWaiting = 10_000
    /// The most failed authentications a minute that have entries of their own; the others are counted.
    static let failuresPerMinute = 60

    private struct State {
        var waiting: [(entry: AuditEntry?, continuation: CheckedContinuation<Bool, Never>?)] = []
        /// What a failed write has left to do.
        var unwritten: [AuditEntry] = []
        var isFailing = false
        var isClosed = false
        var failureWindow: ContinuousClock.Instant?
        var failures = 0
        var suppressed = 0
    }

    private let store: AuditStore
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let ids = JobIDSequence()
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        store: AuditStore,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.store = store
        self.logger = logger
        self.now = now
        self.uptime = uptime
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The id of a new entry.
    func nextID(at time: Timestamp) -> JobID { ids.next(at: time) }

    /// Writes an entry.
    ///
    /// - Returns: whether it is in the store.
    @discardableResult
    func record(_ entry: AuditEntry) async -> Bool { await wait(entry) }

    /// Whether an entry could be written now; asks the store only after a failure.
    func canWrite() async -> Bool {
        guard state.withLock(\.isFailing) else { return true }
        return await wait(nil)
    }

    /// Notes a failed authentication, without a wait: whoever makes many of them must not make the gateway slow.
    func noteFailure(_ entry: AuditEntry) {
        let now = uptime()
        state.withLock { state in
            if let start = state.failureWindow, now - start < .seconds(60) {
                state.failures += 1
            } else {
                if let summary = summary(of: &state) { enqueue(summary, &state) }
                state.failureWindow = now
                state.failures = 1
            }
            if state.failures <= Self.failuresPerMinute {
                enqueue(entry, &state)
            } else {
                state.suppressed += 1
            }
        }
        signal.yield()
    }

    private func enqueue(_ entry: AuditEntry, _ state: inout State) {
        guard !state.isClosed, state.waiting.count < Self.maximumWaiting else { return }
        state.waiting.append((entry, nil))
    }

    /// Says how many failures had no entry of their own.
    private func summary(of state: inout State) -> AuditEntry? {
        guard state.suppressed > 0 else { return nil }
        defer { state.suppressed = 0 }
        let time = now()
        return AuditEntry(
            id: nextID(at: time),
            at: time,
            remoteAddress: "",
            action: "failed authentications",
            target: "",
            outcome: "401",
            details: ["not_listed": .integer(Int64(state.suppressed))]
        )
    }

    private func wait(_ entry: AuditEntry?) async -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = state.withLock { state in
                guard !state.isClosed, state.waiting.count < Self.maximumWaiting else { return false }
                state.waiting.append((entry, continuation))
                return true
            }
            if isTaken {
                signal.yield()
            } else {
                if let entry { report(entry, "the log is full or closed") }
                continuation.resume(returning: false)
            }
        }
    }

    /// Writes until the gateway stops, and then what is left.
    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await writeWaiting() }
        state.withLock { state in
            if let summary = summary(of: &state) { enqueue(summary, &state) }
            state.isClosed = true
        }
        await writeWaiting()
    }

    private func writeWaiting() async {
        let (waiting, entries) = state.withLock { state in
            defer {
                state.waiting = []
                state.unwritten = []
            }
            return (state.waiting, state.unwritten + state.waiting.compactMap(\.entry))
        }
        guard !waiting.isEmpty || !entries.isEmpty else { return }
        var isWritten = true
        do {
            if entries.isEmpty { try await store.check() } else { try await store.write(entries) }
        } catch {
            isWritten = false
            logger.error(
                "The audit log cannot be written; changes are refused until it can",
                metadata: ["entries": "\(entries.count)", "error": "\(error)"]
            )
        }
        state.withLock { state in
            state.isFailing = !isWritten
            if !isWritten { state.unwritten = Array(entries.suffix(Self.maximumWaiting)) }
        }
        if !isWritten { for entry in waiting.compactMap(\.entry) { report(entry, "it was not written yet") } }
        for (_, continuation) in waiting { continuation?.resume(returning: isWritten) }
    }

    /// The log of the process holds what the store could not take.
    private func report(_ entry: AuditEntry, _ why: String) {
        logger.error(
            "An entry of the audit log: \(why)",
            metadata: [
                "caller": "\(entry.caller ?? "")", "action": "\(entry.action)", "target": "\(entry.target)",
                "outcome": "\(entry.outcome)", "from": "\(entry.remoteAddress)",
            ]
        )
    }
}
