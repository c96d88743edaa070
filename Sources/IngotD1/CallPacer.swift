import IngotCore
import Synchronization

/// Holds back the calls of all clients that use one token, because the limit counts them together.
///
/// Who comes first goes first: the first one watches the window, the others wait to be first. A call is counted when it
/// may go, so that one that stops waiting leaves nothing behind.
final class CallPacer: Sendable {
    private struct Waiting {
        var number: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var window: CallWindow
        var hasFirst = false
        var waiting: [Waiting] = []
        var lastNumber = 0
    }

    private static let pacers = Mutex<[Secret: CallPacer]>([:])

    private let state: Mutex<State>
    private let clock: CallClock

    init(calls: Int, length: Duration, clock: CallClock = .continuous) {
        state = Mutex(State(window: CallWindow(calls: calls, length: length)))
        self.clock = clock
    }

    /// The process's pacer for a token.
    static func shared(for token: Secret, calls: Int, length: Duration, clock: CallClock) -> CallPacer {
        pacers.withLock { pacers in
            if let pacer = pacers[token] { return pacer }
            let pacer = CallPacer(calls: calls, length: length, clock: clock)
            pacers[token] = pacer
            return pacer
        }
    }

    /// How many wait behind the first one.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Returns when the next call may be made, and has counted it.
    ///
    /// - Throws: `CancellationError`.
    func waitForTurn() async throws {
        try await becomeFirst()
        defer { letNextBeFirst() }
        try Task.checkCancellation()
        // While the first one sleeps, an answer may tell that the wait is longer; so it asks until it may go.
        while let moment = state.withLock({ $0.window.take(now: clock.now()) }) {
            try await clock.sleep(moment)
        }
    }

    /// Holds back all calls, those that wait already included.
    func hold(for duration: Duration) {
        state.withLock { $0.window.hold(until: clock.now() + duration) }
    }

    func learn(_ policies: [RateLimitPolicy]) {
        state.withLock { state in
            for policy in policies { state.window.learn(policy, now: clock.now()) }
        }
    }

    private func becomeFirst() async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    // Cancelled before it waits: the handler has run already and found nobody.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.hasFirst else {
                        state.hasFirst = true
                        return .success(())
                    }
                    state.waiting.append(Waiting(number: number, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    private func letNextBeFirst() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.hasFirst = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
