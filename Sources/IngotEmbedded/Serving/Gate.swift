import Synchronization

/// Something that many wait for and that happens once, well or badly.
final class Gate: Sendable {
    private enum State {
        case closed([Int: CheckedContinuation<Void, any Error>], next: Int)
        case open(Result<Void, any Error>)
    }

    private let state = Mutex<State>(.closed([:], next: 0))

    func open(_ result: Result<Void, any Error> = .success(())) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            guard case .closed(let waiting, _) = state else { return [] }
            state = .open(result)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(with: result) }
    }

    /// Returns when the gate is open, and throws what it was opened with.
    func wait() async throws {
        let number = state.withLock { state -> Int in
            guard case .closed(let waiting, let next) = state else { return 0 }
            state = .closed(waiting, next: next + 1)
            return next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    switch state {
                    case .open(let result): return result
                    case .closed(var waiting, let next):
                        if Task.isCancelled { return .failure(CancellationError()) }
                        waiting[number] = continuation
                        state = .closed(waiting, next: next)
                        return nil
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard case .closed(var waiting, let next) = state else { return nil }
                let continuation = waiting.removeValue(forKey: number)
                state = .closed(waiting, next: next)
                return continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
