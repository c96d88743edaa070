import IngotCore
import Synchronization
import Testing

@testable import IngotD1

@Suite("Waiting for a turn to call", .timeLimit(.minutes(10)))
struct CallPacerTests {
    private let clock = ManualClock()

    /// Takes turns and writes down who had one, and when.
    private final class Turns: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func note(_ name: String, _ now: Duration) { list.withLock { $0.append("\(name) \(now.components.seconds)") } }
    }

    private func take(_ name: String, _ pacer: CallPacer, _ turns: Turns) -> Task<Void, any Error> {
        Task {
            try await pacer.waitForTurn()
            turns.note(name, clock.now)
        }
    }

    /// Returns when so many wait behind the first one.
    private func waiting(_ count: Int, _ pacer: CallPacer) async {
        while pacer.waitingCount < count { await Task.yield() }
    }

    @Test("Who comes first goes first, each when the window has room")
    func order() async throws {
        let pacer = CallPacer(calls: 1, length: .seconds(10), clock: clock.callClock)
        let turns = Turns()
        try await pacer.waitForTurn()
        let first = take("first", pacer, turns)
        await clock.sleeper()
        let second = take("second", pacer, turns)
        await waiting(1, pacer)
        let third = take("third", pacer, turns)
        await waiting(2, pacer)
        clock.advance(to: .seconds(10))
        await clock.sleeper()
        clock.advance(to: .seconds(20))
        await clock.sleeper()
        clock.advance(to: .seconds(30))
        for task in [first, second, third] { try await task.value }
        #expect(turns.all == ["first 10", "second 20", "third 30"])
    }

    @Test("Who stops waiting leaves its place to the next, at the head of the queue and within it")
    func cancellation() async throws {
        let pacer = CallPacer(calls: 1, length: .seconds(10), clock: clock.callClock)
        let turns = Turns()
        try await pacer.waitForTurn()
        let first = take("first", pacer, turns)
        await clock.sleeper()
        let second = take("second", pacer, turns)
        await waiting(1, pacer)
        let third = take("third", pacer, turns)
        await waiting(2, pacer)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(pacer.waitingCount == 1)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        // The third one is the first now, and nobody has used up the window's next place.
        await clock.sleeper()
        clock.advance(to: .seconds(10))
        try await third.value
        #expect(turns.all == ["third 10"])
    }

    @Test("A wait that the server asks for holds those who wait already")
    func hold() async throws {
        let pacer = CallPacer(calls: 1, length: .seconds(10), clock: clock.callClock)
        let turns = Turns()
        try await pacer.waitForTurn()
        let task = take("it", pacer, turns)
        await clock.sleeper()
        pacer.hold(for: .seconds(300))
        clock.advance(to: .seconds(10))
        await clock.sleeper()
        #expect(turns.all.isEmpty)
        pacer.learn([
            RateLimitPolicy(remaining: 0, resetAfter: .seconds(400)),
            RateLimitPolicy(remaining: 1000, resetAfter: .seconds(1)),
        ])
        clock.advance(to: .seconds(300))
        await clock.sleeper()
        #expect(turns.all.isEmpty)
        clock.advance(to: .seconds(410))
        try await task.value
        #expect(turns.all == ["it 410"])
    }

    @Test("A task that is cancelled already takes no turn")
    func cancelledBefore() async throws {
        let pacer = CallPacer(calls: 1, length: .seconds(10), clock: clock.callClock)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pacer.waitForTurn()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        try await pacer.waitForTurn()
        #expect(clock.waits.isEmpty)
    }

    @Test("Of many who wait at once, no window gets more than the limit")
    func many() async throws {
        let hurried = ManualClock(jumps: true)
        let pacer = CallPacer(calls: 7, length: .seconds(60), clock: hurried.callClock)
        let moments = try await withThrowingTaskGroup(of: Duration.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await pacer.waitForTurn()
                    return hurried.now
                }
            }
            return try await group.reduce(into: [Duration]()) { $0.append($1) }
        }
        #expect(moments.count == 200)
        // Two hundred calls of seven a minute: the last one goes after 28 whole minutes.
        #expect(hurried.now == .seconds(28 * 60))
    }

    @Test("One token has one account in the process, another token another")
    func shared() {
        let (first, second) = (Secret("a token of this test"), Secret("another token of this test"))
        func pacer(_ token: Secret) -> CallPacer {
            CallPacer.shared(for: token, calls: 1, length: .seconds(1), clock: .continuous)
        }
        #expect(pacer(first) === pacer(first))
        #expect(pacer(first) !== pacer(second))
    }
}
