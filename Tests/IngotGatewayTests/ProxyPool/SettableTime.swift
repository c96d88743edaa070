import IngotCore
import Synchronization

/// A clock that a test moves.
final class SettableTime: Sendable {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 1_772_000_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}
