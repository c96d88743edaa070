import Synchronization
public import Testing

/// A trait of tests that start processes or read whole titles: only a few of them run at the same time.
///
/// All tests start at once. Without this, hundreds of them would share the processors with dozens of processes, and
/// what waits a minute for an answer would wait in vain.
public struct FillsTheMachine: TestTrait, SuiteTrait, TestScoping {
    private static let places = Places(3)

    public let isRecursive = true

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    ) async throws {
        await Self.places.enter()
        defer { Self.places.leave() }
        try await body()
    }
}

extension Trait where Self == FillsTheMachine {
    /// Runs beside few others.
    public static var fillsTheMachine: Self { Self() }
}

/// A number of places, taken in the order of asking.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
