import IngotCore
import IngotIowaRegistry
import IngotTesting
import RecordSites
import Testing

@Suite("The registry")
struct RegistryTests {
    private static let registrants = MadeUpRows().registrants(103)

    private static func allowed(_ row: JSONValue) -> JSONValue {
        .object((row.objectValue ?? [:]).filter { !["lat", "lon", "distance"].contains($0.key) })
    }

    @Test("is read by pages of 100 with details, and no coordinates are stored anywhere")
    func pages() async throws {
        let store = try await RecordStore()
        let budget = RecordingRequestBudget()
        let registry = RegistrySite(Self.registrants)
        registry.removeDetails(of: ["50007"])
        try await RecordSite.serving(registry) { site in
            try await store.attempt(RegistrySource(), at: site.address, budget: budget)
            #expect(site.count("/api/search/results.json") == 2)
            #expect(site.requests.count == 105)
        }
        let expected = Set(Self.registrants.filter { $0["registrant"] != "50007" }.map(Self.allowed))
        #expect(Set(try await store.contents().values) == expected)
        #expect(try await store.count("latitude IS NOT NULL OR content_json LIKE '%42.5%'") == 0)
        let history = try await store.database.rows(
            "SELECT COUNT(*) AS n FROM record_history WHERE content_json LIKE '%\"lat\"%'"
        )
        #expect(try history.first?.integer("n") == 0)
        // 3,600 s for 50 requests.
        #expect(Set(budget.requests.map(\.minimumInterval)) == [.seconds(72)], "each request keeps to the terms")
    }

    @Test("is not asked more than 50 times in any hour")
    func terms() throws {
        let interval = try #require(RegistrySource.terms.minimumInterval)
        var budget = HostBudget(limits: HostLimits(rate: 1000, requests: 100))
        let begin = ContinuousClock.now
        for number in 0..<300 {
            budget.ask(HostRequest(party: "job", id: "\(number)"), minimumInterval: interval, at: begin)
        }
        var starts: [Duration] = []
        var generator = SystemRandomNumberGenerator()
        for second in 0..<(4 * 3600) {
            let now = begin + .seconds(second)
            while let request = budget.next(at: now) {
                starts.append(.seconds(second))
                budget.finish(request, .served, at: now, using: &generator)
            }
        }
        #expect(starts.count == 200)
        for (index, start) in starts.enumerated() {
            let within = starts[index...].count { $0 < start + .seconds(3600) }
            #expect(within <= 50, "from \(start)")
        }
    }

    @Test("keeps nothing for longer than its terms allow, whatever a job says")
    func retention() async throws {
        let store = try await RecordStore()
        #expect(RegistrySource().description.retentionDays == 14)
        try await RecordSite.serving(RegistrySite(Self.registrants)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(RegistrySource(), at: site.address, ["retention_days": 15])
            }
            #expect(failure?.code == "parameters_invalid")
            #expect(site.requests.isEmpty)
        }
    }

    @Test("arrives after fifty failures")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(RegistrySite(Self.registrants)) { site in
            site.fail(.status(500), at: "/api/registrant/", after: 20, times: 25)
            site.fail(.reset, at: "/api/search/results.json", times: 25)
            let (_, attempts) = try await store.attempts(of: RegistrySource(), at: site.address, ["workers": 1])
            #expect(attempts == 51)
            #expect(site.requests.filter { $0.path.hasPrefix("/api/registrant/") }.count == 103 + 25)
        }
        #expect(Set(try await store.contents("gone_at IS NULL").values) == Set(Self.registrants.map(Self.allowed)))
    }

    @Test("is not found to have lost anybody by a run for changes only")
    func updated() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(RegistrySite(Self.registrants)) { site in
            try await store.attempt(RegistrySource(), at: site.address)
        }
        try await RecordSite.serving(RegistrySite(Array(Self.registrants.prefix(3)))) { site in
            try await store.attempt(RegistrySource(), at: site.address, ["updated": "yesterday"])
            #expect(site.requests.first?.query["updated"] == "yesterday")
        }
        #expect(try await store.count("gone_at IS NULL") == 103)
    }
}
