import Synchronization

/// Says yes a number of times, from any thread.
public final class Countdown: Sendable {
    private let state: Mutex<Int>

    public init(_ count: Int) { state = Mutex(count) }

    /// How often it will still say yes.
    public var left: Int { state.withLock { $0 } }

    public func next() -> Bool {
        state.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }
}
