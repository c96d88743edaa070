import NIOCore
import Synchronization

/// The bounded buffer between a job's events and one watcher's connection.
///
/// The job's actor offers and never waits. When the watcher is too slow the buffer is emptied and stays so until the
/// watcher has asked for a fresh snapshot; neither the job nor another watcher notices.
final class WatcherQueue: Sendable {
    /// What a watcher finds when it looks.
    enum Taken: Sendable, Equatable {
        /// All bytes that wait, in order.
        case bytes(ByteBuffer)
        /// Events were dropped: ask the job for a reset.
        case overflowed
        /// Nothing now.
        case empty
        /// Nothing any more.
        case ended
    }

    private struct State {
        var frames: [ByteBuffer] = []
        var bytes = 0
        var isOverflowed = false
        var isClosed = false
        var dropped: Int64 = 0
        /// Since when the oldest of the frames waits.
        var waitingSince: ContinuousClock.Instant?
        /// Since when the oldest of the frames that were taken last had waited.
        var takenSince: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let maximumFrames: Int
    private let maximumBytes: Int
    private let signal: AsyncStream<Void>.Continuation
    /// Yields when there is something to take; ends with the queue.
    let signals: AsyncStream<Void>

    init(maximumFrames: Int = 256, maximumBytes: Int = 1 << 20) {
        self.maximumFrames = maximumFrames
        self.maximumBytes = maximumBytes
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds bytes, or marks the queue as overflowed.
    func offer(_ frame: ByteBuffer) {
        state.withLock { state in
            guard !state.isClosed else { return }
            let fits =
                state.frames.isEmpty
                || state.frames.count < maximumFrames && state.bytes + frame.readableBytes <= maximumBytes
            if state.isOverflowed || !fits {
                state.dropped += Int64(state.frames.count) + 1
                state.frames.removeAll()
                state.bytes = 0
                state.isOverflowed = true
            } else {
                if state.frames.isEmpty { state.waitingSince = .now }
                state.frames.append(frame)
                state.bytes += frame.readableBytes
            }
        }
        signal.yield()
    }

    /// Adds bytes that are worth nothing when others wait already.
    func offerIfIdle(_ frame: ByteBuffer) {
        let isIdle = state.withLock { $0.frames.isEmpty && !$0.isOverflowed }
        if isIdle { offer(frame) }
    }

    /// Starts over after an overflow, with these bytes first.
    func restart(with frame: ByteBuffer) {
        state.withLock { state in
            state.waitingSince = .now
            state.frames = [frame]
            state.bytes = frame.readableBytes
            state.isOverflowed = false
        }
        signal.yield()
    }

    /// Lets the watcher take what waits and then end.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.finish()
    }

    /// Ends at once and drops what waits, as nobody is there any more.
    func abandon() {
        state.withLock { state in
            state.frames = []
            state.bytes = 0
            state.isOverflowed = false
            state.isClosed = true
        }
        signal.finish()
    }

    /// How many events this watcher did not get.
    var dropped: Int64 { state.withLock { $0.dropped } }

    /// How long what was taken last has waited by now; asked once.
    func takeDelay() -> Duration? {
        state.withLock { state in
            defer { state.takenSince = nil }
            return state.takenSince.map { .now - $0 }
        }
    }

    /// Takes everything that waits, as one piece.
    func take() -> Taken {
        let (frames, other) = state.withLock { state -> ([ByteBuffer], Taken) in
            if state.isOverflowed { return ([], .overflowed) }
            if state.frames.isEmpty { return ([], state.isClosed ? .ended : .empty) }
            let frames = state.frames
            state.takenSince = state.waitingSince
            state.frames = []
            state.bytes = 0
            return (frames, .empty)
        }
        guard var whole = frames.first else { return other }
        for frame in frames.dropFirst() { whole.writeImmutableBuffer(frame) }
        return .bytes(whole)
    }
}
