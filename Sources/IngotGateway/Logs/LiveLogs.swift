import IngotCore
import Synchronization

/// Which jobs' logs are being written, and who waits for them to grow.
///
/// Watchers read the files themselves, each at its own pace; here they only learn that there is something to read.
final class LiveLogs: Sendable {
    private struct State {
        var writers: [JobID: Int] = [:]
        var watchers: [JobID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var next = 0
    }

    /// One who waits for a log to grow.
    struct Watcher: Sendable {
        fileprivate let job: JobID
        fileprivate let number: Int
        fileprivate let signal: AsyncStream<Void>.Continuation
        /// Yields whenever there is something to look at.
        let signals: AsyncStream<Void>

        /// Makes the watcher look.
        func wake() { signal.yield() }

        /// Ends the signals.
        func finish() { signal.finish() }
    }

    private let state = Mutex(State())
    private let onClose: @Sendable (JobID) -> Void

    /// - Parameter onClose: called when nobody writes the log of a job any more.
    init(onClose: @escaping @Sendable (JobID) -> Void = { _ in }) {
        self.onClose = onClose
    }

    /// Notes that an attempt may write the job's log, until ``close(_:)``.
    func open(_ job: JobID) {
        state.withLock { $0.writers[job, default: 0] += 1 }
    }

    /// Notes that the attempt is over and all that it wrote is in the file.
    func close(_ job: JobID) {
        let isLast = state.withLock { state in
            let left = (state.writers[job] ?? 1) - 1
            state.writers[job] = left > 0 ? left : nil
            return left <= 0
        }
        wakeWatchers(of: job)
        if isLast { onClose(job) }
    }

    /// Whether more may still come.
    func isOpen(_ job: JobID) -> Bool { state.withLock { $0.writers[job] != nil } }

    /// Tells the watchers that there is more in the file.
    func wakeWatchers(of job: JobID) {
        for signal in state.withLock({ Array(($0.watchers[job] ?? [:]).values) }) { signal.yield() }
    }

    /// Starts to watch; must be given back with ``unwatch(_:)``.
    func watch(_ job: JobID) -> Watcher {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        return state.withLock { state in
            state.next += 1
            state.watchers[job, default: [:]][state.next] = signal
            return Watcher(job: job, number: state.next, signal: signal, signals: signals)
        }
    }

    func unwatch(_ watcher: Watcher) {
        state.withLock { state in
            state.watchers[watcher.job]?[watcher.number] = nil
            if state.watchers[watcher.job]?.isEmpty == true { state.watchers[watcher.job] = nil }
        }
        watcher.finish()
    }

    /// How many wait, for tests and metrics.
    var watcherCount: Int { state.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }
}
