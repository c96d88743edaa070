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

    /// Shows no rows in the part from a row on, as if it had none.
    private static func emptying(from skip: Int64, of portal: NewerPortalSite, times: Int) -> AlteredSite {
        AlteredSite(portal, times: times) { request, answer in
            let body = try? JSONValue(parsing: request.body)
            return body?["PagingOptions"]?["Skip"]?.integerValue == skip
                ? answer.setting(["Inmates": [], "CADCalls": []]) : nil
        }
    }

    @Test("gives all inmates that it announces, also when its parts are smaller than what is asked for")
    func smallParts() async throws {
        let store = try await RecordStore()
        let rows = MadeUpRows().newerInmates(50)
        let portal = NewerPortalSite(inmates: rows, announcesInmates: true, mostRows: 20)
        try await RecordSite.serving(portal) { site in
            try await store.attempt(InmatesSource(), at: site.address, ["portal": "newer"])
            #expect(site.count("/api/Inmates/417", method: "POST") == 3)
        }
        #expect(Set(try await store.contents().values) == Set(rows))
    }

    @Test("is asked again for a part that is empty though more are announced", arguments: [0, 20, 40] as [Int64])
    func emptyMiddlePage(skip: Int64) async throws {
        let store = try await RecordStore()
        let portal = NewerPortalSite(inmates: MadeUpRows().newerInmates(50), announcesInmates: true, mostRows: 20)
        let parameters: JSONValue = ["portal": "newer"]
        try await RecordSite.serving(portal) { try await store.attempt(InmatesSource(), at: $0.address, parameters) }
        try await RecordSite.serving(Self.emptying(from: skip, of: portal, times: 1)) { site in
            let (result, attempts) = try await store.attempts(of: InmatesSource(), at: site.address, parameters)
            #expect(attempts == 2)
            #expect(result["gone"]?.integerValue == 0)
            #expect(site.count("/api/Inmates/417", method: "POST") == 4)
        }
        try await RecordSite.serving(Self.emptying(from: skip, of: portal, times: .max)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(InmatesSource(), at: site.address, parameters)
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
        }
        #expect(try await store.count("gone_at IS NULL") == 50)
    }

    @Test("is read anew when somebody is released meanwhile, and only who left is gone")
    func changedMeanwhile() async throws {
        let store = try await RecordStore()
        let rows = MadeUpRows().newerInmates(50)
        let portal = NewerPortalSite(inmates: rows, announcesInmates: true, mostRows: 20)
        let parameters: JSONValue = ["portal": "newer"]
        try await RecordSite.serving(portal) { try await store.attempt(InmatesSource(), at: $0.address, parameters) }
        let changing = AlteredSite(portal, times: 1) { request, answer in
            guard request.method == "POST" else { return nil }
            portal.inmates.removeFirst()
            return answer
        }
        try await RecordSite.serving(changing) { site in
            let (_, attempts) = try await store.attempts(of: InmatesSource(), at: site.address, parameters)
            #expect(attempts == 2)
        }
        // Whose row was still seen by the first attempt is found to be gone by the next run.
        #expect(Set(try await store.contents("gone_at IS NULL").values) == Set(rows))
        try await RecordSite.serving(portal) { try await store.attempt(InmatesSource(), at: $0.address, parameters) }
        #expect(Set(try await store.contents("gone_at IS NOT NULL").values) == [rows[0]])
    }

    @Test("does not take calls without a number for one and the same, and takes numbers that are not in quotes")
    func callsWithoutNumber() async throws {
        let store = try await RecordStore()
        var calls = Array(Self.calls.prefix(6))
        for (index, id) in [JSONValue.null, "", .integer(77)].enumerated() {
            if case .object(var members) = calls[index] {
                members["IncidentId"] = id
                calls[index] = .object(members)
            }
        }
        try await RecordSite.serving(NewerPortalSite(calls: calls)) { site in
            try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
        }
        #expect(Set(try await store.contents().values) == Set(calls))
        #expect(try await store.contents()["77@127.0.0.1"] == calls[2])
    }

    @Test("is asked for the same calls by an attempt that goes on in the middle")
    func settingsOfLaterAttempts() async throws {
        let store = try await RecordStore()
        let portal = AlteredSite(NewerPortalSite(calls: Self.calls)) { request, answer in
            request.path.hasPrefix("/api/CADCalls/ADSSettings/") ? answer.setting(["ClosedCallsEnabled": false]) : nil
        }
        try await RecordSite.serving(portal) { site in
            site.fail(.status(502), at: "/api/CADCalls/417", after: 1, times: 1)
            let (_, attempts) = try await store.attempts(of: CallsSource(), at: site.address, ["portal": "newer"])
            #expect(attempts == 2)
            let asked = site.requests.filter { $0.method == "POST" }
                .map { try? JSONValue(parsing: $0.body)["IncludeClosedCalls"]?.boolValue }
            #expect(asked == [false, false, false])
        }
    }
}
