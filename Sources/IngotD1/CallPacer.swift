import IngotCore
import Synchronization

/// Holds back the calls of all clients that use one token, because the limit counts them together.
final class CallPacer: Sendable {
    private static let pacers = Mutex<[Secret: CallPacer]>([:])

    private let window: Mutex<CallWindow>

    init(calls: Int, length: Duration) {
        window = Mutex(CallWindow(calls: calls, length: length))
    }

    /// The process's pacer for a token.
    static func shared(for token: Secret, calls: Int, length: Duration) -> CallPacer {
        pacers.withLock { pacers in
            if let pacer = pacers[token] { return pacer }
            let pacer = CallPacer(calls: calls, length: length)
            pacers[token] = pacer
            return pacer
        }
    }

    /// Returns when the next call may be made.
    ///
    /// - Throws: `CancellationError`.
    func waitForTurn() async throws {
        let moment = window.withLock { $0.book(now: .now) }
        if moment > .now { try await Task.sleep(until: moment, clock: .continuous) }
    }

    func hold(for duration: Duration) {
        window.withLock { $0.hold(until: .now + duration) }
    }

    func learn(_ header: RateLimitHeader) {
        window.withLock { $0.learn(remaining: header.remaining, resetAfter: header.resetAfter, now: .now) }
    }
}
