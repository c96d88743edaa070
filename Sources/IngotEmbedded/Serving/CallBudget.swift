import IngotCore
import Synchronization

/// Counts calls in windows of a fixed length, as the hosted interface does.
final class CallBudget: Sendable {
    let calls: Int
    let window: Duration
    private let state: Mutex<(start: ContinuousClock.Instant, used: Int)>

    init(calls: Int, window: Duration) {
        self.calls = calls
        self.window = window
        state = Mutex((ContinuousClock.now, 0))
    }

    /// Takes one call.
    ///
    /// - Returns: whether it is allowed, how many are left, and the whole seconds until the next window.
    func take() -> (isAllowed: Bool, remaining: Int, seconds: Int64) {
        let now = ContinuousClock.now
        return state.withLock { state in
            if now >= state.start + window { state = (now, 0) }
            let seconds = Int64((state.start + window - now).seconds.rounded(.up))
            guard state.used < calls else { return (false, 0, seconds) }
            state.used += 1
            return (true, calls - state.used, seconds)
        }
    }
}
