import IngotCore
import IngotIowaRegistry
import IngotOpenData
import IngotPoliceToCitizen
import IngotRecords
import IngotTesting
import RecordSites
import Synchronization
import Testing

@testable import IngotRunner

@Suite("A run of records")
struct RecordRunTests {
    private static let calls = MadeUpRows(seed: 9).classicCalls(30, areClosed: true)

    private static func portal(_ calls: [JSONValue] = calls) -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = calls
        return ClassicPortalSite(contents)
    }

    @Test("fails without a site, and says how to name one")
    func origin() async throws {
        let store = try await RecordStore()
        let failure = await #expect(throws: JobFailure.self) { try await store.attempt(CallsSource(), at: nil) }
        #expect(failure?.code == "origin_missing")
        #expect(failure?.advice?.contains("--origin p2c-calls=") == true)
    }

    @Test("does not let a request name a site in the operator's network")
    func namedSite() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: nil, ["site": .string(site.address)])
            }
            #expect(failure?.code == "address_refused")
            #expect(site.requests.isEmpty)
        }
    }

    @Test("has no site that would be asked without the operator")
    func noLiveHost() async throws {
        let sources = SourceRegistry.records
        #expect(sources.count >= 7)
        let store = try await RecordStore()
        for source in sources {
            #expect(source.description.defaultOrigin == nil, "\(source.description.id)")
            let definitions = source.description.definitions
            #expect(definitions.allSatisfy { $0.parameters["site"] == nil }, "\(source.description.id)")
            let failure = await #expect(throws: JobFailure.self) { try await store.attempt(source, at: nil) }
            #expect(failure?.code == "origin_missing", "\(source.description.id)")
        }
    }

    @Test("names the parameters that it does not know in one line of its log, and those only")
    func unknownParameters() async throws {
        let store = try await RecordStore()
        let log = KeptLog()
        try await RecordSite.serving(Self.portal()) { site in
            let known: JSONValue = [
                "days": 1, "workers": 2, "max_workers": 3, "log_level": "INFO", "rows": 20, "use_proxies": false,
            ]
            try await store.attempt(CallsSource(), at: site.address, known, progress: log)
            #expect(log.lines.allSatisfy { !$0.contains("does not know") })
            let unknown: JSONValue = ["retries": 5, "an\nother": [1], "rows": 20]
            try await store.attempt(CallsSource(), at: site.address, unknown, progress: log)
        }
        #expect(
            log.lines.filter { $0.contains("does not know") }
                == [#"parameters that this source does not know, and that have no effect: "an\nother", "retries""#]
        )
    }

    @Test("with a retention of its own deletes nothing of another scope's history")
    func scopedRetention() async throws {
        let store = try await RecordStore()
        let job = try await store.job()
        let now = Timestamp.now()
        for scope in ["a", "b"] {
            let writer = RecordWriter(database: store.database, source: "s", scope: scope, job: job, attempt: 1)
            for (value, days) in [(1, -20), (2, 0)] {
                let record = Record(key: scope, kind: "call", content: ["a": .integer(Int64(value))])
                try await writer.write([record], seenAt: now.advanced(by: .seconds(86_400 * days)))
            }
        }
        let retention = RecordRetention(database: store.database)
        let before = now.advanced(by: .seconds(-10 * 86_400))
        #expect(try await retention.delete(of: "s", scope: "a", before: before) == 0)
        let reader = RecordReader(database: store.database)
        #expect(try await reader.history(of: "a", of: "s").count == 1)
        #expect(try await reader.history(of: "b", of: "s").count == 2)
        #expect(try await retention.delete(of: "s", before: before) == 0)
        #expect(try await reader.history(of: "b", of: "s").count == 1)
    }

    @Test("ends at once with what cannot pass, after one request", arguments: [404, 403, 400])
    func permanent(status: Int) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            site.fail(.status(status), at: "/cad/cadHandler.ashx")
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, isEndless: false)
            }
            #expect(failure?.isTransient == false)
            #expect(site.count("/cad/cadHandler.ashx") == 1)
        }
    }

    @Test("tries again by itself when nobody else does, and not when its job is tried again without end")
    func retries() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            site.fail(.status(503), at: "/cad/cadHandler.ashx", times: 2)
            try await store.attempt(CallsSource(), at: site.address, isEndless: false)
            #expect(site.count("/cad/cadHandler.ashx") == 4)
            site.forgetRequests()
            site.fail(.status(503), at: "/cad/cadHandler.ashx", times: 1)
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address)
            }
            #expect(failure?.isTransient == true)
            #expect(site.count("/cad/cadHandler.ashx") == 1)
        }
    }

    @Test("fails loudly when rows have other members, unless that is allowed")
    func shape() async throws {
        let store = try await RecordStore()
        var rows = Self.calls
        guard case .object(var members) = rows[3] else { return }
        members["ssn"] = "never seen"
        members["nature"] = nil
        rows[3] = .object(members)
        try await RecordSite.serving(Self.portal(rows)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address)
            }
            #expect(failure?.code == "records_shape")
            #expect(failure?.message.contains("“nature”") == true)
            #expect(failure?.message.contains("“ssn”") == true)
            #expect(try await store.count() == 0)
            try await store.attempt(CallsSource(), at: site.address, ["allow_shape": true])
            #expect(try await store.count() == 30)
        }
    }

    @Test("fails loudly when a list is empty that had many rows")
    func empty() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(CallsSource(), at: site.address)
            portal.contents.closedCalls = []
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address)
            }
            #expect(failure?.code == "records_empty")
            try await store.attempt(CallsSource(), at: site.address, ["allow_empty": true])
            #expect(try await store.count() == 30)
        }
    }

    @Test("keeps both contents of a record that has changed, with when each was seen")
    func history() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(CallsSource(), at: site.address)
            var contents = portal.contents
            if case .object(var members) = contents.closedCalls[0] {
                members["nature"] = "SOMETHING ELSE"
                contents.closedCalls[0] = .object(members)
            }
            portal.contents = contents
            try await store.attempt(CallsSource(), at: site.address)
        }
        let id = Self.calls[0]["id"]?.stringValue ?? ""
        let reader = RecordReader(database: store.database)
        let record = try #require(try await reader.record("\(id)@127.0.0.1", of: "p2c-calls"))
        #expect(record.content["nature"] == "SOMETHING ELSE")
        let history = try await reader.history(of: "\(id)@127.0.0.1", of: "p2c-calls")
        #expect(history.map { $0.content["nature"] } == ["SOMETHING ELSE", Self.calls[0]["nature"]])
        #expect(record.firstSeen == history[1].firstSeen && record.lastSeen == history[0].lastSeen)
    }

    @Test("deletes what is kept no longer, really, with its history")
    func retention() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(CallsSource(), at: site.address)
            portal.contents.closedCalls.removeFirst(12)
            let old = Timestamp.now().advanced(by: .seconds(-86_400 * 31)).description
            for table in ["records", "record_history"] {
                try await store.database.run(
                    Statement("UPDATE \(table) SET first_seen = ?1, last_seen = ?1", [.text(old)])
                )
            }
            let result = try await store.attempt(CallsSource(), at: site.address)
            #expect(result["deleted"]?.integerValue == 12)
            #expect(try await store.count() == 18)
            let history = try await store.database.rows("SELECT COUNT(*) AS n FROM record_history")
            #expect(try history.first?.integer("n") == 18)
        }
    }

    @Test("changes nothing once another attempt has taken the job over")
    func superseded() async throws {
        let store = try await RecordStore()
        let job = try await store.job()
        let writer = RecordWriter(database: store.database, source: "p2c-calls", scope: "x", job: job, attempt: 1)
        let record = Record(key: "1", kind: "call", content: ["a": 1])
        try await writer.write([record])
        try await store.database.run(
            Statement("UPDATE ingest_jobs SET attempt = 2 WHERE id = ?1", [.text(job.rawValue)])
        )
        try await writer.write([
            Record(key: "1", kind: "call", content: ["a": 2]), Record(key: "2", kind: "call", content: [:]),
        ])
        try await writer.touch(["1"])
        #expect(try await writer.markGone(notSeenSince: .now()) == 0)
        #expect(try await store.contents() == ["1": ["a": 1]])
    }

    @Test("leaves no name of a person in what is kept of its job")
    func units() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(RegistrySite(MadeUpRows().registrants(5))) { site in
            site.fail(.status(503), at: "/api/registrant/", after: 3, times: 1)
            let job = try await store.job()
            await #expect(throws: JobFailure.self) {
                try await store.attempt(RegistrySource(), at: site.address, ["workers": 1], job: job)
            }
            let names = try await store.database.rows("SELECT unit FROM ingest_job_units").map { try $0.string("unit") }
            #expect(names.count == 4)
            #expect(names.allSatisfy { !$0.contains("5000") })
            try await store.attempt(RegistrySource(), at: site.address, ["workers": 1], job: job, attempt: 2)
        }
        let left = try await store.database.rows("SELECT unit FROM ingest_job_units ORDER BY unit")
        #expect(try left.map { try $0.string("unit") } == ["page-1", "run"])
    }

    @Test("leaves the same rows when each of its writes is made twice, the second time late")
    func repeated() async throws {
        let store = try await RecordStore()
        let job = try await store.job()
        let writer = RecordWriter(database: store.database, source: "p2c-calls", scope: "x", job: job, attempt: 1)
        let early = Timestamp.now()
        let late = early.advanced(by: .seconds(5))
        let old = [Record(key: "1", kind: "call", content: ["a": 1])]
        let new = [Record(key: "1", kind: "call", content: ["a": 2], eventTime: "2026-01-01T00:00:00")]
        try await writer.write(old, seenAt: early)
        try await writer.write(new, seenAt: late)
        let rows = try await store.rows().map(\.values)
        try await writer.write(old, seenAt: early)
        try await writer.write(new, seenAt: late)
        #expect(try await store.rows().map(\.values) == rows)
        let history = try await store.database.rows("SELECT COUNT(*) AS n FROM record_history")
        #expect(try history.first?.integer("n") == 2)
    }

    // MARK: - Proxies

    /// Lends proxies in turn, which nobody listens at, and remembers what it is told.
    private final class DeadProxies: ProxyLeasing {
        private let state = Mutex((lent: [String](), outcomes: [ProxyOutcome]()))

        var lent: [String] { state.withLock { $0.lent } }
        var outcomes: [ProxyOutcome] { state.withLock { $0.outcomes } }

        func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease {
            let number = state.withLock { state in
                state.lent.append(session)
                return state.lent.count % 3
            }
            // The port that nothing is ever bound to.
            return .proxy(try ProxyAddress("http://127.0.0.\(number + 1):1"), id: "\(number)")
        }

        func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {
            state.withLock { $0.outcomes.append(outcome) }
        }
    }

    @Test("takes a new session and a new proxy with each attempt, and tells which ones fail")
    func proxies() async throws {
        let store = try await RecordStore()
        let proxies = DeadProxies()
        try await RecordSite.serving(Self.portal()) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempts(of: CallsSource(), at: site.address, atMost: 10, proxies: proxies)
            }
            #expect(failure?.code == "proxy_unreachable")
            #expect(site.requests.isEmpty, "never asked without one")
        }
        #expect(Set(proxies.lent).count == 10)
        #expect(proxies.outcomes == Array(repeating: .failed, count: 10))
    }
}
