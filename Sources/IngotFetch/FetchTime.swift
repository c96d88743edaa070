import Synchronization

/// The time that all requests for one file may take together, repetitions and redirects too.
final class FetchTime: Sendable {
    private let limit: Duration
    private let used = Mutex(Duration.zero)

    init(limit: Duration) { self.limit = limit }

    /// Never negative.
    var left: Duration { max(.zero, limit - used.withLock { $0 }) }

    func use(_ duration: Duration) { used.withLock { $0 += duration } }
}
