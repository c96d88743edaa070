import IngotCore
import Synchronization

/// The way to stop one dispatched job, whether its runner is there yet or not.
final class AttemptStop: Sendable {
    private struct State {
        var reason: StopReason?
        var isLeft = false
        var isGatewayStopping = false
        /// Whether a runner is just being started or taken over.
        var isStarting = false
        var waitingForStart: [AsyncStream<Void>.Continuation] = []
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

    /// Whether the gateway ends, and waits for the attempt.
    var isGatewayStopping: Bool { state.withLock { $0.isGatewayStopping } }

    /// Notes that a runner is about to be started or taken over.
    ///
    /// - Returns: whether it may be; not when the gateway has left it before it was there.
    func beginStart() -> Bool {
        state.withLock { state in
            if !state.isLeft { state.isStarting = true }
            return state.isStarting
        }
    }

    /// Notes that the runner is there, or does not come: it can be left in order from now on.
    func endStart() {
        let waiting = state.withLock { state in
            defer { state.waitingForStart = [] }
            state.isStarting = false
            return state.waitingForStart
        }
        for start in waiting { start.finish() }
    }

    /// Lets the runner go on without this gateway: nothing that becomes of it is written by this one.
    ///
    /// When this returns, what the runner wrote and this gateway has read is in the log. A runner that is just being
    /// started has all that it needs: an attempt that has begun without one would be lost.
    ///
    /// - Parameter limit: how long to wait for that at most.
    func leave(atMost limit: Duration = .seconds(30)) async {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let isStarting = state.withLock { state in
            state.isLeft = true
            if state.isStarting { state.waitingForStart.append(start) }
            return state.isStarting
        }
        if !isStarting { start.finish() }
        let (left, signal) = AsyncStream.makeStream(of: Void.self)
        // Not a child of the wait, as giving up the wait must not wait for it.
        Task {
            for await _ in started {}
            await state.withLock { $0.atLeave }?()
            signal.finish()
        }
        // However the gateway is stopped, this is waited for.
        await Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in left {} }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }.value
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
        state.withLock { state in
            state.reason = reason == .cancelled ? reason : state.reason ?? reason
            if reason == .gatewayStopping { state.isGatewayStopping = true }
        }
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
