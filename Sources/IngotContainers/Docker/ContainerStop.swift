import Synchronization

/// The wish that a container ends, or that this gateway leaves it alone.
final class ContainerStop: Sendable {
    private struct State {
        var isRequested = false
        var limit: String?
        var isLeft = false
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    var isRequested: Bool { state.withLock { $0.isRequested } }

    /// The limit for which it is to end; `nil` when somebody asked.
    var limit: String? { state.withLock { $0.limit } }

    var isLeft: Bool { state.withLock { $0.isLeft } }

    /// Asks for its end; the first reason counts.
    func request(limit: String? = nil) {
        let waiting = state.withLock { state in
            guard !state.isRequested else { return [AsyncStream<Void>.Continuation]() }
            state.isRequested = true
            state.limit = limit
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    func leave() { state.withLock { $0.isLeft = true } }

    /// Returns once the end was asked for, or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isRequested = state.withLock { state in
            if !state.isRequested { state.waiting.append(continuation) }
            return state.isRequested
        }
        if isRequested { return }
        for await _ in stream {}
    }
}
