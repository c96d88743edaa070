import IngotCore
import Synchronization

/// The way to stop one dispatched job, whether its runner is there yet or not.
final class AttemptStop: Sendable {
    private struct State {
        var reason: StopReason?
        var isLeft = false
        var launch: Task<RunnerExit, any Error>?
        var atLeave: (@Sendable () async -> Void)?
    }

    private let state: Mutex<State>

    /// - Parameter cancelled: whether the job is cancelled already.
    init(cancelled: Bool = false) {
        state = Mutex(State(reason: cancelled ? .cancelled : nil))
    }

    /// Why it was stopped first, or that it was cancelled; `nil` while it was not.
    var reason: StopReason? { state.withLock { $0.reason } }

    /// Whether the runner goes on without this gateway.
    var isLeft: Bool { state.withLock { $0.isLeft } }

    /// Lets the runner go on without this gateway: nothing that becomes of it is written by this one.
    ///
    /// When this returns, what the runner wrote and this gateway has read is in the log.
    func leave() async {
        let atLeave = state.withLock { state in
            state.isLeft = true
            return state.atLeave
        }
        await atLeave?()
    }

    /// Says what there is to put in order when the runner is left.
    func whenLeft(_ body: @escaping @Sendable () async -> Void) { state.withLock { $0.atLeave = body } }

    /// Asks the runner to stop, now or as soon as it is attached.
    func request(_ reason: StopReason) {
        note(reason)
        endRunner()
    }

    /// Notes why the runner is stopped; who calls this stops it.
    func note(_ reason: StopReason) {
        state.withLock { $0.reason = reason == .cancelled ? reason : $0.reason ?? reason }
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
