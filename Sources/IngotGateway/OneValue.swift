import Synchronization

/// A value that is set once and awaited by any number of tasks.
final class OneValue<Value: Sendable>: Sendable {
    private enum State {
        case waiting([Int: CheckedContinuation<Value, any Error>])
        case done(Result<Value, CancellationError>)
    }

    private let state = Mutex((next: 0, state: State.waiting([:])))

    /// Sets the value; only the first call counts.
    func succeed(_ value: Value) { finish(.success(value)) }

    /// Says that there will be none.
    func fail() { finish(.failure(CancellationError())) }

    /// The value; `nil` while there is none.
    var ifThere: Value? {
        state.withLock { state in
            if case .done(.success(let value)) = state.state { value } else { nil }
        }
    }

    /// The value, as soon as there is one.
    ///
    /// - Throws: `CancellationError` when there will be none, or the task is cancelled.
    var value: Value {
        get async throws {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let done = state.withLock { state -> Result<Value, CancellationError>? in
                        switch state.state {
                        case .done(let result): return result
                        case .waiting(var waiters):
                            if Task.isCancelled { return .failure(CancellationError()) }
                            waiters[number] = continuation
                            state.state = .waiting(waiters)
                            return nil
                        }
                    }
                    if let done { continuation.resume(with: done.mapError { $0 as any Error }) }
                }
            } onCancel: {
                let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
                    guard case .waiting(var waiters) = state.state else { return nil }
                    let waiter = waiters.removeValue(forKey: number)
                    state.state = .waiting(waiters)
                    return waiter
                }
                waiter?.resume(throwing: CancellationError())
            }
        }
    }

    private func finish(_ result: Result<Value, CancellationError>) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value, any Error>] in
            guard case .waiting(let waiters) = state.state else { return [] }
            state.state = .done(result)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result.mapError { $0 as any Error }) }
    }
}
