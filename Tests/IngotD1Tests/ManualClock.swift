import Synchronization

@testable import IngotD1

/// A clock that stands still until the test moves it, or jumps to wherever somebody waits for.
final class ManualClock: Sendable {
    private struct Sleeper {
        var number: Int
        var until: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var sleepers: [Sleeper] = []
        var lastNumber = 0
        /// All moments that were waited for.
        var waits: [Duration] = []
    }

    private let state = Mutex(State())
    private let jumps: Bool
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// - Parameter jumps: every wait ends at once, and the time is then what was waited for.
    init(jumps: Bool = false) {
        self.jumps = jumps
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    var now: Duration { state.withLock { $0.now } }
    var waits: [Duration] { state.withLock { $0.waits } }

    var callClock: CallClock {
        CallClock(now: { self.now }, sleep: { try await self.sleep(until: $0) })
    }

    /// Returns when somebody has begun to wait who has not been told of before.
    func sleeper() async {
        for await _ in arrivals { return }
    }

    func advance(to moment: Duration) {
        let due = state.withLock { state in
            state.now = max(state.now, moment)
            let due = state.sleepers.filter { $0.until <= state.now }
            state.sleepers.removeAll { $0.until <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    private func sleep(until moment: Duration) async throws {
        try Task.checkCancellation()
        let number = state.withLock { state in
            state.waits.append(moment)
            if jumps { state.now = max(state.now, moment) }
            state.lastNumber += 1
            return state.lastNumber
        }
        if jumps { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.now >= moment { return .success(()) }
                    state.sleepers.append(Sleeper(number: number, until: moment, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
                arrived.yield()
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else { return nil }
                return state.sleepers.remove(at: index).continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
