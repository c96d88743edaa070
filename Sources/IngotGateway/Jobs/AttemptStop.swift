import IngotCore
import Synchronization

/// The way to stop one dispatched job, whether its runner is there yet or not.
final class AttemptStop: Sendable {
    private struct State {
        var reason: StopReason?
        var launch: Task<RunnerExit, any Error>?
    }

    private let state = Mutex(State())

    /// Why it was stopped first; `nil` while it was not.
    var reason: StopReason? { state.withLock { $0.reason } }

    /// Asks the runner to stop, now or as soon as it is attached.
    func request(_ reason: StopReason) {
        let launch = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.launch
        }
        launch?.cancel()
    }

    /// Makes the runner the one that is stopped.
    func attach(_ launch: Task<RunnerExit, any Error>) {
        let isStopped = state.withLock { state in
            state.launch = launch
            return state.reason != nil
        }
        if isStopped { launch.cancel() }
    }

    /// Ends a runner that does not go although its job has ended.
    func endRunner() {
        state.withLock { $0.launch }?.cancel()
    }
}
