import IngotCore
import IngotEmbedded
import IngotTesting
import Testing

@testable import IngotGateway

@Suite("When a host was asked last, for all gateways on a database")
struct HostStartStoreTests {
    private func with(_ body: @Sendable (HostStartStore) async throws -> Void) async throws {
        try await withEmbeddedCloud { cloud in
            let store = HostStartStore(database: cloud.database)
            try await store.prepare()
            try await store.prepare()
            try await body(store)
        }
    }

    /// Lets time pass.
    private func age(_ store: HostStartStore, by duration: Duration) async throws {
        try await store.database.run(
            Statement("UPDATE host_starts SET started_at_ms = started_at_ms - ?1", [.integer(duration.milliseconds)])
        )
    }

    @Test("Of many that want to start at once, one does; the others are told how long ago that was")
    func once() async throws {
        try await with { store in
            var refusals: [HostStartStore.Earlier] = []
            try await withThrowingTaskGroup(of: HostStartStore.Earlier?.self) { group in
                for _ in 0..<20 { group.addTask { try await store.begin(toAsk: "h.example", keeping: .seconds(72)) } }
                for try await earlier in group { if let earlier { refusals.append(earlier) } }
            }
            #expect(refusals.count == 19)
            #expect(refusals.allSatisfy { $0.interval == .seconds(72) && $0.age < .seconds(60) })
            #expect(try await store.begin(toAsk: "other.example", keeping: .seconds(72)) == nil)
        }
    }

    @Test("The longer of two distances holds, whichever was asked for first")
    func longer() async throws {
        try await with { store in
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(72)) == nil)
            try await age(store, by: .seconds(40))
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(36)) != nil)
            try await age(store, by: .seconds(33))
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(36)) == nil)
            try await age(store, by: .seconds(40))
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(72)) != nil)
            try await age(store, by: .seconds(33))
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(72)) == nil)
        }
    }

    @Test("In no hour of a clock there are more than the terms allow, however many gateways ask all the time")
    func hour() async throws {
        try await with { store in
            let interval = try #require(HostTerms(requestsPerHour: 50).minimumInterval)
            var starts = 0
            for _ in 0..<240 {
                for _ in 0..<3 {
                    if try await store.begin(toAsk: "h.example", keeping: interval) == nil { starts += 1 }
                }
                try await age(store, by: .seconds(15))
            }
            #expect(starts <= 50)
            #expect(starts >= 48)
        }
    }

    @Test("A database whose clock was set back by days does not close a host until then")
    func clock() async throws {
        try await with { store in
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(72)) == nil)
            try await age(store, by: .seconds(-3 * 86_400))
            #expect(try await store.begin(toAsk: "h.example", keeping: .seconds(72)) == nil)
        }
    }
}
