import IngotCore
import IngotTesting
import NIOHTTP1
import RecordSites
import Testing

/// The definitions that come with sources of records, in a real gateway with real runners, against sites that fail
/// fifty times before they answer.
@Suite("Records of sites that fail again and again", .fillsTheMachine, .timeLimit(.minutes(20)))
struct EndlessRecordTests {
    private static let rows = MadeUpRows()

    /// One definition, its site, and what of it fails fifty times.
    private struct Case: Sendable {
        var definition: String
        var source: String
        var site: @Sendable () -> any SiteImitation
        var failing: String
        var parameters: JSONValue = [:]
        /// How many records there are in the end.
        var records: Int
    }

    private static let day = "01/10/2026"

    private static func portal() -> any SiteImitation {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = rows.classicCalls(30, areClosed: true)
        contents.bulletins = [day: rows.bulletin(12, day: day)]
        contents.inmates = rows.inmates(5)
        return ClassicPortalSite(contents)
    }

    private static let cases = [
        Case(
            definition: "P2C-DubqueRecentCallsRip",
            source: "p2c-calls",
            site: portal,
            failing: "/cad/cadHandler.ashx",
            records: 30
        ),
        Case(
            definition: "P2C-DailyBulletin",
            source: "p2c-bulletin",
            site: portal,
            failing: "/jqHandler.ashx",
            parameters: ["days": 1, "until": "2026-01-10"],
            records: rows.bulletin(12, day: day).count
        ),
        Case(definition: "P2C-Inmates", source: "p2c-inmates", site: portal, failing: "/jqHandler.ashx", records: 5),
        Case(
            definition: "Iowa-Corrections",
            source: "iowa-corrections",
            site: { CorrectionsSite(rows.offenders(7)) },
            failing: "/api/offender/GetOffenderListAjax",
            records: 7
        ),
        Case(
            definition: "Iowa-Registry",
            source: "iowa-registry",
            site: { RegistrySite(rows.registrants(6)) },
            failing: "/api/search/results.json",
            records: 6
        ),
    ]

    /// Serves all sites while the body runs.
    private static func serving(
        _ rest: ArraySlice<Case>,
        _ sites: [String: RecordSite] = [:],
        _ body: ([String: RecordSite]) async throws -> Void
    ) async throws {
        guard let first = rest.first else { return try await body(sites) }
        try await RecordSite.serving(first.site()) { site in
            try await serving(rest.dropFirst(), sites.merging([first.source: site]) { $1 }, body)
        }
    }

    @Test(
        "Fifty failures of each definition's site: it succeeds with its fifty-first attempt, and no row is there twice"
    )
    func fiftyFailures() async throws {
        let folder = try TemporaryFolder()
        try await Self.serving(Self.cases[...]) { sites in
            let origins = sites.sorted { $0.key < $1.key }.flatMap { ["--origin", "\($0.key)=\($0.value.address)"] }
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: origins + ["--slots", "8", "--host-rate", "1000", "--host-requests", "100"],
                environment: [FetchSettings.Name.hostsWithoutRobots: "127.0.0.1"]
            ) { gateway in
                var runs: [String: String] = [:]
                for item in Self.cases {
                    sites[item.source]?.fail(.status(500), at: item.failing, times: 50)
                    runs[item.source] = try await start(item, gateway)
                }
                for item in Self.cases {
                    let run = try #require(runs[item.source])
                    try await gateway.events(of: run) { $0.name == "done" }
                    let job = try await gateway.job(run)
                    #expect(job.status == .succeeded, "\(item.definition): \(String(describing: job.error))")
                    #expect(job.attempt == 51, "\(item.definition)")
                    try await expectPauses(of: run, gateway)
                    let page = try await gateway.send(.GET, "/api/records/\(item.source)?limit=1000", nil).body
                    #expect(page["records"]?.arrayValue?.count == item.records, "\(item.definition)")
                    let asked = sites[item.source]?.requests.filter { $0.path == item.failing }.map(\.start) ?? []
                    #expect(asked.count > 50)
                    // A failing site is asked again a second later at the soonest.
                    for (one, next) in zip(asked, asked.dropFirst()).prefix(50) {
                        #expect(next - one >= .seconds(1), "\(item.definition)")
                    }
                }
            }
        }
    }

    /// Starts a definition's run, with short pauses and with leave to ask the stand-in more often than the real one.
    private func start(_ item: Case, _ gateway: RunningGateway) async throws -> String {
        let definitions = try await gateway.send(.GET, "/api/jobs", nil).body.arrayValue ?? []
        let definition = try #require(definitions.first { $0["name"]?.stringValue == item.definition })
        #expect(definition["retries"]?["endless"] != nil)
        let path = "/api/jobs/\(definition["job_id"]?.integerValue ?? 0)"
        let pauses: JSONValue = ["shortest_pause_seconds": 1, "longest_pause_seconds": .number(1.2)]
        let change: JSONValue = [
            "retries": ["endless": pauses],
            "host_terms": ["requests_per_hour": 360_000, "reason": "a stand-in on this machine"],
        ]
        #expect(try await gateway.send(.PATCH, path, change).status == 200)
        let started = try await gateway.send(.POST, "\(path)/run", ["config": item.parameters])
        #expect(started.status == 200, "\(started.body.canonicalText)")
        return try #require(started.body["run_id"]?.stringValue)
    }

    private func expectPauses(of run: String, _ gateway: RunningGateway) async throws {
        let attempts = try await gateway.send(.GET, "/api/ingest/jobs/\(run)/attempts", nil).body["attempts"]?
            .arrayValue
        var ends: [Int64] = []
        var starts: [Int64] = []
        for attempt in attempts ?? [] {
            starts.append(try moment(attempt["started_at"]))
            ends.append(try moment(attempt["finished_at"]))
        }
        #expect(starts.count == 51)
        for (end, start) in zip(ends, starts.dropFirst()) { #expect(start - end >= 1000) }
    }

    private func moment(_ value: JSONValue?) throws -> Int64 {
        try #require(Timestamp(value?.stringValue ?? "")).millisecondsSinceEpoch
    }
}
