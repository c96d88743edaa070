import Synchronization

/// Says yes a number of times, from any thread.
public final class Countdown: Sendable {
    private let left: Mutex<Int>

    public init(_ count: Int) { left = Mutex(count) }

    public func next() -> Bool {
        left.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }
}
