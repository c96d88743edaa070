import Synchronization

/// The wish that a runner ends, or that it is left alone, from whatever side it comes.
final class AttemptStopRequest: Sendable {
    private struct State {
        var isRequested = false
        var isLeft = false
        var signals: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    var isRequested: Bool { state.withLock { $0.isRequested } }
    var isLeft: Bool { state.withLock { $0.isLeft } }

    func request() { change { $0.isRequested = true } }

    /// Lets the runner go on without this launcher.
    func leave() { change { $0.isLeft = true } }

    private func change(_ body: (inout State) -> Void) {
        let signals = state.withLock { state in
            body(&state)
            return state.signals
        }
        for signal in signals { signal.yield() }
    }

    /// Is told when something is wished; also at once when it was before.
    func tell(_ signal: AsyncStream<Void>.Continuation) {
        let isTold = state.withLock { state in
            state.signals.append(signal)
            return state.isRequested || state.isLeft
        }
        if isTold { signal.yield() }
    }
}
