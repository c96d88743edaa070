import IngotCore
import Synchronization
import Testing

@testable import IngotGateway

@Suite("Whether the database answers")
struct StoreCheckTests {
    /// A database that counts its calls, and fails while it is told to.
    private final class CountedDatabase: Database {
        private let base: any Database
        private let state = Mutex((calls: 0, fails: false))

        init(_ base: any Database) { self.base = base }

        var calls: Int { state.withLock { $0.calls } }

        func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

        func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
            let fails = state.withLock { state in
                state.calls += 1
                return state.fails
            }
            if fails { throw DatabaseError(kind: .unavailable, message: "not now") }
            return try await base.batch(statements, isIdempotent: isIdempotent)
        }
    }

    @Test("However many ask within a second, the database is asked once")
    func once() async throws {
        try await StoreFixture.with { fixture in
            let database = CountedDatabase(fixture.database)
            let start = ContinuousClock.now
            let elapsed = Mutex(Duration.zero)
            let check = StoreCheck(store: JobStore(database: database)) {
                elapsed.withLock { start.advanced(by: $0) }
            }
            func ask(_ count: Int) async -> [Bool] {
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<count { group.addTask { await check.answers() } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(await ask(200) == [Bool](repeating: true, count: 200))
            #expect(database.calls == 1)
            elapsed.withLock { $0 = StoreCheck.keepingTime }
            database.fail(true)
            #expect(await ask(200) == [Bool](repeating: false, count: 200))
            #expect(database.calls == 2)
            elapsed.withLock { $0 += StoreCheck.keepingTime }
            database.fail(false)
            #expect(await check.answers())
            #expect(database.calls == 3)
        }
    }
}
