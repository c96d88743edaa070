import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import RecordSites
import Testing

/// Ten definitions, each with a schedule, in one real gateway with real runners: some sites are well, the others dead,
/// slow, lying or closed.
///
/// `INGOT_HOUR` says for how many seconds they run.
@Suite("Ten definitions of sites that are well and in trouble", .fillsTheMachine, .timeLimit(.minutes(75)))
struct DefinitionsHourTests {
    private static let seconds = Int(ProcessInfo.processInfo.environment["INGOT_HOUR"] ?? "") ?? 40
    private static let rows = MadeUpRows()
    private static let rate = 4

    /// One site, on an address of its own, as hosts are told apart by it.
    private struct Site: Sendable {
        var source: String
        var host: String
        var imitation: @Sendable () -> any SiteImitation
        var trouble: [(fault: RecordSiteFault, path: String)] = []
    }

    private static func portal() -> any SiteImitation {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = rows.classicCalls(30, areClosed: true)
        contents.inmates = rows.inmates(5)
        return ClassicPortalSite(contents)
    }

    private static let sites = [
        Site(source: "p2c-calls", host: "127.0.0.2", imitation: portal),
        Site(source: "geocode-backfill", host: "127.0.0.3", imitation: { GeocoderSite() }),
        Site(source: "p2c-bulletin", host: "127.0.0.4", imitation: portal, trouble: [(.reset, "/")]),
        Site(
            source: "p2c-inmates",
            host: "127.0.0.5",
            imitation: portal,
            trouble: [(.delay(.milliseconds(700)), "/")]
        ),
        Site(
            source: "iowa-corrections",
            host: "127.0.0.6",
            imitation: { CorrectionsSite(rows.offenders(7)) },
            trouble: [(.page("<html><body>welcome</body></html>"), "/")]
        ),
        Site(
            source: "iowa-registry",
            host: "127.0.0.7",
            imitation: { RegistrySite(rows.registrants(6)) },
            trouble: [(.status(403, page: RecordSiteFault.challenge), "/")]
        ),
    ]

    /// A definition, how often it is due, and what is to become of its runs.
    private struct Definition: Sendable {
        enum Kind: Sendable { case well, slow, dead, lying, closed }
        var source: String
        var kind: Kind
        var every: Int
        var id: Int64 = 0
        var schedule: Int64 = 0
    }

    private static let wanted = [
        Definition(source: "p2c-calls", kind: .well, every: 5), Definition(source: "p2c-calls", kind: .well, every: 7),
        Definition(source: "geocode-backfill", kind: .well, every: 6),
        Definition(source: "p2c-inmates", kind: .slow, every: 9),
        Definition(source: "p2c-inmates", kind: .slow, every: 11),
        Definition(source: "p2c-bulletin", kind: .dead, every: 4),
        Definition(source: "p2c-bulletin", kind: .dead, every: 5),
        Definition(source: "iowa-corrections", kind: .lying, every: 5),
        Definition(source: "iowa-corrections", kind: .lying, every: 8),
        Definition(source: "iowa-registry", kind: .closed, every: 10),
    ]

    /// Serves all sites while the body runs.
    private static func serving(
        _ rest: ArraySlice<Site>,
        _ served: [String: RecordSite] = [:],
        _ body: ([String: RecordSite]) async throws -> Void
    ) async throws {
        guard let first = rest.first else { return try await body(served) }
        try await RecordSite.serving(first.imitation(), host: first.host) { site in
            for trouble in first.trouble { site.fail(trouble.fault, at: trouble.path) }
            try await serving(rest.dropFirst(), served.merging([first.source: site]) { $1 }, body)
        }
    }

    @Test(
        "Those that are well stay fresh, dead ones hold no slot, no host is asked more than it may be, nothing is lost or doubled"
    )
    func hour() async throws {
        let folder = try TemporaryFolder()
        try await Self.serving(Self.sites[...]) { sites in
            let origins = sites.sorted { $0.key < $1.key }.flatMap { ["--origin", "\($0.key)=\($0.value.address)"] }
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: origins + ["--slots", "4", "--host-rate", "\(Self.rate)"]
                    // Whoever is slow, or may be asked once in 72 s, does so in one slot.
                    + ["--host-slots", "127.0.0.5=1", "--host-slots", "127.0.0.7=1"],
                environment: [
                    FetchSettings.Name.hostsWithoutRobots: Self.sites.map(\.host).joined(separator: ",")
                ]
            ) { gateway in
                let definitions = try await define(gateway)
                let begin = Timestamp.now()
                try await Task.sleep(for: .seconds(Self.seconds))
                // On a machine that is busy a short trial may take longer.
                while try await !hasShownSomething(definitions, gateway) { try await Task.sleep(for: .seconds(1)) }
                try await check(definitions, since: begin, sites, gateway)
                try await stopDead(definitions, gateway)
            }
        }
    }

    private func define(_ gateway: RunningGateway) async throws -> [Definition] {
        var builtIn: [String: Int64] = [:]
        for definition in try await gateway.send(.GET, "/api/jobs", nil).body.arrayValue ?? [] {
            builtIn[definition["source"]?.stringValue ?? ""] = definition["job_id"]?.integerValue
        }
        var made: [Definition] = []
        for var definition in Self.wanted {
            if let id = builtIn.removeValue(forKey: definition.source) {
                definition.id = id
            } else {
                let body: JSONValue = [
                    "name": .string("\(definition.source) again"), "source": .string(definition.source),
                    "retries": ["endless": [:]],
                ]
                let answer = try await gateway.send(.POST, "/api/jobs", body)
                #expect(answer.status == 201, "\(answer.body.canonicalText)")
                definition.id = try #require(answer.body["job_id"]?.integerValue)
            }
            let answer = try await gateway.send(
                .POST,
                "/api/schedules",
                [
                    "job_id": .integer(definition.id),
                    "timing": ["every_seconds": .integer(Int64(definition.every))],
                ]
            )
            #expect(answer.status == 201, "\(answer.body.canonicalText)")
            definition.schedule = try #require(answer.body["schedule_id"]?.integerValue)
            made.append(definition)
        }
        return made
    }

    /// All runs of a definition, the newest first.
    private func runs(of definition: Definition, _ gateway: RunningGateway) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        while true {
            let cursor = found.last?["run_id"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            let path = "/api/history?job_id=\(definition.id)&limit=500\(cursor)"
            let page = try await gateway.send(.GET, path, nil).body.arrayValue ?? []
            found += page
            if page.count < 500 { return found }
        }
    }

    /// Whether enough has become of each definition for a verdict.
    private func hasShownSomething(_ definitions: [Definition], _ gateway: RunningGateway) async throws -> Bool {
        for definition in definitions {
            let path = "/api/history?job_id=\(definition.id)&limit=500"
            let runs = try await gateway.send(.GET, path, nil).body.arrayValue ?? []
            let isEnough =
                switch definition.kind {
                case .well, .slow: runs.count { $0["status"] == "SUCCESS" } > 1
                case .dead, .lying: runs.last?["attempt"]?.integerValue ?? 0 > 3
                case .closed: runs.contains { $0["status"] == "FAILURE" }
                }
            if !isEnough { return false }
        }
        return true
    }

    // MARK: - What is to hold

    private func check(
        _ definitions: [Definition],
        since begin: Timestamp,
        _ sites: [String: RecordSite],
        _ gateway: RunningGateway
    ) async throws {
        for definition in definitions {
            let runs = try await runs(of: definition, gateway)
            let name = "\(definition.source), every \(definition.every) s"
            let states = runs.compactMap { $0["status"]?.stringValue }
            switch definition.kind {
            case .well, .slow:
                #expect(!states.contains("FAILURE"), "\(name)")
                try checkFreshness(definition, runs, since: begin)
            case .dead, .lying:
                // Its schedule skips while its only run is tried again and again.
                #expect(runs.count == 1, "\(name)")
                let run = try #require(runs.first)
                #expect(run["status"] == "RUNNING", "\(name)")
                #expect(run["attempt"]?.integerValue ?? 0 > 3, "\(name)")
                let code = definition.kind == .dead ? "upstream_unreachable" : "upstream_malformed"
                #expect((run["last_error"] ?? run["error"])?["code"]?.stringValue == code, "\(name)")
                try await checkSlot(of: run, name, gateway)
            case .closed:
                #expect(!states.contains("SUCCESS"))
                let ended = runs.filter { $0["status"] == "FAILURE" }
                #expect(!ended.isEmpty)
                #expect(ended.allSatisfy { $0["error"]?["code"] == "upstream_blocked" && $0["attempt"] == 1 })
            }
            try await checkTicks(definition, runs, gateway)
        }
        try checkBudgets(sites)
        // Many runs have seen the same rows, through two definitions and side by side.
        for (source, count) in [("p2c-calls", 30), ("p2c-inmates", 5)] {
            let page = try await gateway.send(.GET, "/api/records/\(source)?limit=1000", nil).body
            #expect(page["records"]?.arrayValue?.count == count, "\(source)")
        }
        for source in ["p2c-bulletin", "iowa-corrections", "iowa-registry"] {
            let page = try await gateway.send(.GET, "/api/records/\(source)?limit=1000", nil).body
            #expect(page["records"]?.arrayValue == [], "\(source)")
        }
    }

    /// The time without a success is never much longer than between two due times.
    private func checkFreshness(_ definition: Definition, _ runs: [JSONValue], since begin: Timestamp) throws {
        var ends = runs.filter { $0["status"] == "SUCCESS" }
            .compactMap { $0["end_time"]?.stringValue.flatMap { Timestamp($0) } }.sorted()
        let name = "\(definition.source), every \(definition.every) s"
        #expect(ends.count > 1, "\(name)")
        ends = [begin] + ends + [.now()]
        let gaps = zip(ends, ends.dropFirst()).map { $1.millisecondsSinceEpoch - $0.millisecondsSinceEpoch }
        print("\(name): \(ends.count - 2) successes, at most \(gaps.max() ?? 0) ms without one")
        #expect(gaps.max() ?? 0 < Int64(definition.every * 2 + 30) * 1000, "\(name)")
    }

    /// Of the time in which it is tried, a run has a slot only for as long as its attempts take.
    private func checkSlot(of run: JSONValue, _ name: String, _ gateway: RunningGateway) async throws {
        let path = "/api/ingest/jobs/\(run["run_id"]?.stringValue ?? "")/attempts"
        let attempts = try await gateway.send(.GET, path, nil).body["attempts"]?.arrayValue ?? []
        var held: Int64 = 0
        var times: [Int64] = []
        for attempt in attempts {
            guard let end = Timestamp(attempt["finished_at"]?.stringValue ?? "") else { continue }
            let start = try #require(Timestamp(attempt["started_at"]?.stringValue ?? ""))
            held += end.millisecondsSinceEpoch - start.millisecondsSinceEpoch
            times += [start.millisecondsSinceEpoch, end.millisecondsSinceEpoch]
        }
        let whole = try #require(times.max()) - (try #require(times.min()))
        print("\(name): \(run["attempt"]?.integerValue ?? 0) attempts; a slot for \(held) of \(whole) ms")
        #expect(held * 2 < whole, "\(name)")
    }

    /// Each due time has one row, and each run has one due time.
    private func checkTicks(_ definition: Definition, _ runs: [JSONValue], _ gateway: RunningGateway) async throws {
        var due: Set<String> = []
        var started: Set<String> = []
        var count = 0
        var cursor = ""
        while true {
            let path = "/api/schedules/\(definition.schedule)/ticks?limit=500\(cursor)"
            let ticks = try await gateway.send(.GET, path, nil).body["ticks"]?.arrayValue ?? []
            for tick in ticks {
                count += 1
                due.insert(try #require(tick["due_at"]?.stringValue))
                if let run = tick["run_id"]?.stringValue { #expect(started.insert(run).inserted) }
            }
            guard ticks.count == 500, let last = ticks.last?["due_at"]?.stringValue else { break }
            cursor = "&cursor=\(last)"
        }
        #expect(due.count == count)
        let moments = try due.map { try #require(Timestamp($0)).millisecondsSinceEpoch }.sorted()
        for (one, next) in zip(moments, moments.dropFirst()) { #expect(next - one == Int64(definition.every) * 1000) }
        #expect(moments.count >= Self.seconds / definition.every - 2)
        // A tick may have come since the runs were read.
        let seen = Set(runs.compactMap { $0["run_id"]?.stringValue })
        #expect(seen.subtracting(started) == [])
    }

    private func checkBudgets(_ sites: [String: RecordSite]) throws {
        for (source, site) in sites {
            let starts = site.requests.map(\.start)
            let slack = 3
            for (index, start) in starts.enumerated() {
                let window = starts[index...].prefix { $0 - start < .seconds(10) }
                #expect(window.count <= Self.rate * 10 + slack, "\(source)")
            }
            #expect(site.mostRequestsAtOnce <= HostLimits.standard.requests, "\(source)")
            print("\(source): \(starts.count) requests, \(site.mostRequestsAtOnce) at once at most")
        }
        // Its owner's terms: 50 in an hour, which are 72 s between two; arrivals are not as even as starts.
        let closed = try #require(sites["iowa-registry"]).requests.map(\.start)
        for (one, next) in zip(closed, closed.dropFirst()) { #expect(next - one > .seconds(70)) }
        #expect(closed.count <= 50)
    }

    /// Stopped between two attempts or within one, a run ends as what it is.
    private func stopDead(_ definitions: [Definition], _ gateway: RunningGateway) async throws {
        for definition in definitions where definition.kind == .dead || definition.kind == .lying {
            let off = try await gateway.send(.PATCH, "/api/jobs/\(definition.id)", ["enabled": false])
            #expect(off.status == 200)
            let run = try #require(try await runs(of: definition, gateway).first?["run_id"]?.stringValue)
            #expect([200, 202].contains(try await gateway.send(.POST, "/api/history/\(run)/stop", [:]).status))
            try await gateway.events(of: run) { $0.name == "done" }
            #expect(try await gateway.job(run).status == .cancelled)
        }
    }
}
