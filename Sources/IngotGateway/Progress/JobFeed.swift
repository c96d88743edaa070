import IngotCore
import NIOCore
import Synchronization

/// The changes of all jobs, for whoever watches a list of them.
///
/// Changes wait a moment and go out together, each job as it is then. What goes out is encoded once for all watchers
/// who may see the same sources; while nobody watches, nothing is kept.
final class JobFeed: Sendable {
    /// The shortest time between two batches when a job has changed its state.
    static let statusInterval: Duration = .milliseconds(100)
    /// The same when jobs have only gone on.
    static let progressInterval: Duration = .seconds(1)
    /// The most changes that are kept for watchers who have lost their connections.
    static let maximumHeldChanges = 2000
    /// The most changes that go out together; when there are more, reading the list again costs less.
    static let maximumBatch = 500

    private struct Batch {
        var sequence: Int64
        var jobs: [JobChange]
    }

    private struct Watcher {
        var queue: WatcherQueue
        /// The only sources whose jobs it sees; `nil`: all.
        var sources: Set<String>?
    }

    private struct State {
        var watchers: [ObjectIdentifier: Watcher] = [:]
        var pending: [JobID: JobChange] = [:]
        /// When the waiting changes go out.
        var due: ContinuousClock.Instant?
        var lastBatch = ContinuousClock.now - progressInterval
        var held: [Batch] = []
        /// The number of the newest batch.
        var sequence: Int64
    }

    private let state: Mutex<State>

    /// - Parameter now: the numbers go on from the time in microseconds, so that those of an earlier gateway are
    ///   smaller than all that this one holds.
    init(now: Timestamp = .now()) {
        state = Mutex(State(sequence: now.millisecondsSinceEpoch * 1000))
    }

    /// Takes a job as it is now.
    ///
    /// - Parameter isNewState: whether more has changed than how far it is.
    func note(_ job: Job, isNewState: Bool) {
        let due = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.watchers.isEmpty else { return nil }
            state.pending[job.id] = JobChange(job)
            let interval = isNewState ? JobFeed.statusInterval : JobFeed.progressInterval
            let due = max(.now, state.lastBatch + interval)
            if let earlier = state.due, earlier <= due { return nil }
            state.due = due
            return due
        }
        guard let due else { return }
        Task {
            try await Task.sleep(until: due, clock: .continuous)
            send(due: due)
        }
    }

    /// Starts a watcher: what it has missed, or that it has to read the list, is in the queue when this returns.
    ///
    /// - Parameters:
    ///   - sources: the only ones whose jobs it sees; `nil`: all.
    ///   - after: the number of the last batch that it has seen; `nil` when it has seen none.
    func watch(_ queue: WatcherQueue, sources: Set<String>?, after: Int64?) {
        state.withLock { state in
            var start = EventFrame.preamble
            if let missed = Self.missed(after: after, state) {
                for batch in missed {
                    if var frame = Self.frame(batch, sources) { start.writeBuffer(&frame) }
                }
            } else {
                var frame = Self.reset(state.sequence)
                start.writeBuffer(&frame)
            }
            queue.restart(with: start)
            state.watchers[ObjectIdentifier(queue)] = Watcher(queue: queue, sources: sources)
        }
    }

    func unwatch(_ queue: WatcherQueue) {
        state.withLock { state in
            state.watchers[ObjectIdentifier(queue)] = nil
            guard state.watchers.isEmpty else { return }
            state.pending = [:]
            state.held = []
            // What happens from now on is seen by nobody, so no number from before is the newest any more.
            state.sequence += 1
        }
    }

    /// Tells a watcher that was too slow to read the list again.
    func resynchronize(_ queue: WatcherQueue) {
        queue.restart(with: Self.reset(state.withLock { $0.sequence }))
    }

    /// Keeps the watchers' connections open.
    func beat() {
        let queues = state.withLock { $0.watchers.values.map(\.queue) }
        for queue in queues { queue.offerIfIdle(EventFrame.heartbeat) }
    }

    private func send(due: ContinuousClock.Instant) {
        state.withLock { state in
            // An earlier time was set in between.
            guard state.due == due else { return }
            state.due = nil
            state.lastBatch = .now
            guard !state.pending.isEmpty else { return }
            state.sequence += 1
            let jobs = state.pending.values.sorted { $0.id.rawValue < $1.id.rawValue }
            state.pending = [:]
            guard jobs.count <= JobFeed.maximumBatch else {
                state.held = []
                let frame = Self.reset(state.sequence)
                for watcher in state.watchers.values { watcher.queue.offer(frame) }
                return
            }
            let batch = Batch(sequence: state.sequence, jobs: jobs)
            state.held.append(batch)
            var count = state.held.reduce(0) { $0 + $1.jobs.count }
            while count > JobFeed.maximumHeldChanges { count -= state.held.removeFirst().jobs.count }
            var frames: [Set<String>?: ByteBuffer?] = [:]
            for watcher in state.watchers.values {
                let frame = frames[watcher.sources] ?? Self.frame(batch, watcher.sources)
                frames[watcher.sources] = .some(frame)
                if let frame { watcher.queue.offer(frame) }
            }
        }
    }

    /// The batches after one; `nil` when some of them are gone.
    private static func missed(after: Int64?, _ state: State) -> [Batch]? {
        guard let after, after <= state.sequence else { return nil }
        if after == state.sequence, !state.watchers.isEmpty { return [] }
        guard let oldest = state.held.first, oldest.sequence <= after + 1 else { return nil }
        return state.held.filter { $0.sequence > after }
    }

    private struct Data: Encodable {
        var jobs: [JobChange]
    }

    private static func frame(_ batch: Batch, _ sources: Set<String>?) -> ByteBuffer? {
        let jobs = sources.map { sources in batch.jobs.filter { sources.contains($0.source) } } ?? batch.jobs
        if jobs.isEmpty { return nil }
        var frame = ByteBuffer(string: "id: \(batch.sequence)\nevent: jobs\ndata: ")
        frame.writeBytes(EventData.encode(Data(jobs: jobs)))
        frame.writeString("\n\n")
        return frame
    }

    private static func reset(_ sequence: Int64) -> ByteBuffer {
        ByteBuffer(string: "id: \(sequence)\nevent: reset\ndata: {}\n\n")
    }
}
