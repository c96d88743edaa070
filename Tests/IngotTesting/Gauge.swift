import Synchronization

/// Counts how many are inside something, and how many were at most.
public final class Gauge: Sendable {
    private let count = Mutex((now: 0, most: 0))

    public init() {}

    public var most: Int { count.withLock { $0.most } }

    public func enter() {
        count.withLock { count in
            count.now += 1
            count.most = max(count.most, count.now)
        }
    }

    public func leave() { count.withLock { $0.now -= 1 } }
}
