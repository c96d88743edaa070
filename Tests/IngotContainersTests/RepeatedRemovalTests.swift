import Synchronization
import Testing

@testable import IngotContainers

@Suite("What could not be removed", .timeLimit(.minutes(2)))
struct RepeatedRemovalTests {
    private final class Tries: Sendable {
        let counts = Mutex<[String: Int]>([:])
    }

    @Test("It is tried again until it is gone, and then no more; also what comes later")
    func repeated() async throws {
        let tries = Tries()
        let (gone, tell) = AsyncStream.makeStream(of: String.self)
        let removals = RepeatedRemoval<String>(every: .milliseconds(5)) { name in
            let count = tries.counts.withLock { counts in
                counts[name, default: 0] += 1
                return counts[name] ?? 0
            }
            guard count >= 3 else { return false }
            tell.yield(name)
            return true
        }
        var names = gone.makeAsyncIterator()
        for name in ["first", "second"] {
            await removals.add(name)
            await removals.add(name)
            #expect(await names.next() == name)
            while await removals.count > 0 { await Task.yield() }
            #expect(tries.counts.withLock { $0[name] } == 3)
        }
    }
}
