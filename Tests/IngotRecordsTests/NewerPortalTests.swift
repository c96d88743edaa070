import IngotCore
import IngotPoliceToCitizen
import IngotTesting
import RecordSites
import Testing

@Suite("A newer portal")
struct NewerPortalTests {
    private static let calls = MadeUpRows().newerCalls(230)

    private static func key(_ row: JSONValue) -> String { "\(row["IncidentId"]?.stringValue ?? "")@127.0.0.1" }

    @Test("gives 230 calls in two parts, with their coordinates")
    func calls() async throws {
        let store = try await RecordStore()
        let portal = NewerPortalSite(calls: Self.calls)
        try await RecordSite.serving(portal) { site in
            try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
            #expect(site.count("/api/CADCalls/417", method: "POST") == 2)
            #expect(portal.sessions == 1)
        }
        let expected = Dictionary(uniqueKeysWithValues: Self.calls.map { (Self.key($0), $0) })
        #expect(try await store.contents() == expected)
        #expect(try await store.count("latitude IS NOT NULL AND located_by = 'source'") == 184)
        #expect(try await store.count("latitude IS NULL") == 46)
    }

    @Test("never is asked for more than 200 at a time")
    func largeParts() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NewerPortalSite(calls: Self.calls)) { site in
            try await store.attempt(CallsSource(), at: site.address, ["portal": "newer", "rows": 10_000])
        }
        #expect(try await store.count() == 230)
    }

    @Test("takes one new session for a stale token")
    func staleToken() async throws {
        let store = try await RecordStore()
        let portal = NewerPortalSite(calls: Self.calls, staleAfterPosts: 1)
        try await RecordSite.serving(portal) { site in
            try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
            #expect(portal.sessions == 2)
            #expect(site.count("/api/CADCalls/417", method: "POST") == 3)
        }
        #expect(try await store.count() == 230)
    }

    @Test("ends the run as blocked when a new session is refused too")
    func refusals() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NewerPortalSite(calls: Self.calls)) { site in
            site.fail(.status(403, page: "{}"), at: "/api/CADCalls/417")
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
            }
            #expect(failure?.code == "upstream_blocked")
            #expect(site.count("/api/CADCalls/417") == 2)
        }
    }

    @Test("ends the run at once when it wants to see a person")
    func challenge() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NewerPortalSite(calls: Self.calls)) { site in
            site.fail(.page(RecordSiteFault.challenge), at: "/api/CADCalls/417")
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
            }
            #expect(failure?.code == "upstream_blocked")
            #expect(site.requests.last?.path == "/api/CADCalls/417")
            #expect(site.count("/api/CADCalls/417") == 1)
        }
    }

    @Test("gives inmates without saying how many there are")
    func inmates() async throws {
        let store = try await RecordStore()
        let rows = MadeUpRows().newerInmates(212)
        try await RecordSite.serving(NewerPortalSite(inmates: rows)) { site in
            try await store.attempt(InmatesSource(), at: site.address, ["portal": "newer"])
            #expect(site.count("/api/Inmates/417", method: "POST") == 2)
        }
        #expect(Set(try await store.contents().values) == Set(rows))
    }

    @Test("arrives after fifty failures, and finished parts are not asked for again")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NewerPortalSite(calls: Self.calls)) { site in
            // The first part is answered, the second one fails fifty times.
            site.fail(.status(502), at: "/api/CADCalls/417", after: 1, times: 25)
            site.fail(.cutBody, at: "/api/CADCalls/417", after: 1, times: 25)
            let (_, attempts) = try await store.attempts(of: CallsSource(), at: site.address, ["portal": "newer"])
            #expect(attempts == 51)
            #expect(site.count("/api/CADCalls/417") == 52)
        }
        #expect(try await store.count() == 230)
    }
}
