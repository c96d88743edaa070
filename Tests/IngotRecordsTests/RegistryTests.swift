import IngotCore
import IngotIowaRegistry
import IngotRecords
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
        // Nor has it failed when nobody's data has changed, unlike an empty list of all.
        try await RecordSite.serving(RegistrySite([])) { site in
            let result = try await store.attempt(RegistrySource(), at: site.address, ["updated": "yesterday"])
            #expect(result["rows"] == 0)
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(RegistrySource(), at: site.address)
            }
            #expect(failure?.code == "records_empty")
        }
        #expect(try await store.count("gone_at IS NULL") == 103)
    }

    /// Shows no rows on a page, as if it had none.
    private static func emptying(page: String, of registry: RegistrySite, times: Int) -> AlteredSite {
        AlteredSite(registry, times: times) { request, answer in
            request.query["page"] == page ? answer.setting(["records": [], "onpage": 0]) : nil
        }
    }

    @Test("is asked again for a page that is empty though more are announced", arguments: ["1", "2", "3"])
    func emptyMiddlePage(page: String) async throws {
        let store = try await RecordStore()
        let registry = RegistrySite(MadeUpRows().registrants(203))
        try await RecordSite.serving(registry) { try await store.attempt(RegistrySource(), at: $0.address) }
        try await RecordSite.serving(Self.emptying(page: page, of: registry, times: 1)) { site in
            let (result, attempts) = try await store.attempts(of: RegistrySource(), at: site.address)
            #expect(attempts == 2)
            #expect(result["gone"]?.integerValue == 0)
            #expect(site.requests.count { $0.path.hasPrefix("/api/registrant/") } == 203)
        }
        try await RecordSite.serving(Self.emptying(page: page, of: registry, times: .max)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(RegistrySource(), at: site.address, ["details": false])
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
        }
        #expect(try await store.count("gone_at IS NULL") == 203)
    }

    @Test("is read anew when it has changed while it was read, and only who left is gone")
    func changedMeanwhile() async throws {
        let store = try await RecordStore()
        let registry = RegistrySite(Self.registrants)
        try await RecordSite.serving(registry) { try await store.attempt(RegistrySource(), at: $0.address) }
        let changing = AlteredSite(registry, times: 1) { request, answer in
            guard request.query["page"] == "1" else { return nil }
            registry.registrants.removeFirst()
            return answer
        }
        try await RecordSite.serving(changing) { site in
            let (_, attempts) = try await store.attempts(of: RegistrySource(), at: site.address)
            #expect(attempts == 2)
        }
        #expect(Set(try await store.contents("gone_at IS NOT NULL").keys) == ["50001"])
        #expect(try await store.count("gone_at IS NULL") == 102)
    }

    @Test("is not taken for whole when it shows one page again and again")
    func samePage() async throws {
        let store = try await RecordStore()
        let registry = RegistrySite(Self.registrants)
        let stuck = AlteredSite(registry) { request, answer in
            request.query["page"] == "2" ? answer.setting(["page": 1]) : nil
        }
        try await RecordSite.serving(stuck) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(RegistrySource(), at: site.address, ["details": false])
            }
            #expect(failure?.code == "upstream_malformed")
        }
    }

    @Test("deletes who is gone 14 days after they were seen last, and nobody else")
    func goneRecords() async throws {
        let store = try await RecordStore()
        let registry = RegistrySite(Self.registrants)
        let now = Timestamp.now()
        let leaving = Set((1...5).map { "5000\($0)" })
        try await RecordSite.serving(registry) { site in
            try await store.attempt(RegistrySource(), at: site.address, ["details": false])
            let earlier = now.advanced(by: .seconds(-13 * 86_400)).description
            for table in ["records", "record_history"] {
                try await store.database.run(
                    Statement("UPDATE \(table) SET first_seen = ?1, last_seen = ?1", [.text(earlier)])
                )
            }
            registry.registrants.removeAll { leaving.contains($0["registrant"]?.stringValue ?? "") }
            let result = try await store.attempt(RegistrySource(), at: site.address, ["details": false])
            #expect(result["gone"]?.integerValue == 5)
            #expect(result["deleted"]?.integerValue == 0)
        }
        #expect(Set(try await store.contents("gone_at IS NOT NULL").keys) == leaving)
        // A day and a minute later.
        let days = try #require(RegistrySource().description.retentionDays)
        let deleted = try await RecordRetention(database: store.database).delete(
            of: "iowa-registry",
            before: now.advanced(by: .seconds(86_400 + 60 - 86_400 * days))
        )
        #expect(deleted == 5)
        let kept = Set(Self.registrants.compactMap { $0["registrant"]?.stringValue }).subtracting(leaving)
        #expect(Set(try await store.contents().keys) == kept)
        let history = try await store.database.rows("SELECT key FROM record_history").map { try $0.string("key") }
        #expect(history.count == 98)
        #expect(Set(history) == kept)
    }

    @Test("knows the parameters that others call max_workers and update")
    func otherNames() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(RegistrySite(Array(Self.registrants.prefix(12)))) { site in
            site.fail(.delay(.milliseconds(20)), at: "/api/registrant/")
            try await store.attempt(RegistrySource(), at: site.address, ["max_workers": 1, "update": true])
            #expect(site.mostRequestsAtOnce == 1)
            #expect(site.requests.first?.query["updated"] == "yesterday")
            site.forgetRequests()
            try await store.attempt(RegistrySource(), at: site.address, ["update": false, "details": .null])
            #expect(site.requests.first?.query["updated"] == nil)
            #expect(site.requests.count == 13, "null is not given")
            for (name, value) in [("max_workers", JSONValue.integer(0)), ("update", "yesterday")] {
                let failure = await #expect(throws: JobFailure.self) {
                    try await store.attempt(RegistrySource(), at: site.address, [name: value])
                }
                #expect(failure?.code == "parameters_invalid")
                #expect(failure?.message.contains(name) == true)
            }
        }
    }
}
