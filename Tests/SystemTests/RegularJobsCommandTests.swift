import IngotCore
import IngotTesting
import NIOHTTP1
import RecordSites
import Testing

/// What an operator does with registered jobs and their records on a command line, in front of a real gateway.
@Suite("ingot definitions, schedules, runs and records", .fillsTheMachine, .timeLimit(.minutes(10)))
struct RegularJobsCommandTests {
    private static let rows = MadeUpRows()

    private static func json(_ outcome: IngotCommandLine.Outcome) throws -> JSONValue {
        try JSONValue(parsing: outcome.output.utf8)
    }

    @Test("A definition is added, run, changed, switched off and removed, and its runs are listed")
    func definitions() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            try await ingot.run("definitions", "add", "sample", "probe", "--parameters", "{\"events\": 2}")
            let taken = try await ingot.run("definitions", "add", "sample", "probe", expecting: 1)
            #expect(taken.errors.contains("sample"))
            for wrong in ["{", "[]", "7"] {
                let refused = try await ingot.run(
                    "definitions",
                    "add",
                    "x",
                    "probe",
                    "--parameters",
                    wrong,
                    expecting: 2
                )
                #expect(refused.errors.contains("--parameters"))
            }
            let invalid = try await ingot.run(
                ["definitions", "add", "x", "probe", "--parameters", "{\"events\": \"many\"}"],
                expecting: 2
            )
            #expect(invalid.errors.contains("events"))
            #expect(try await ingot.run("definitions", "list").output.contains("sample"))

            let started = try await ingot.run(
                "definitions",
                "run",
                "sample",
                "--parameters",
                "{\"events\": 5}",
                "--json"
            )
            let run = try #require(try Self.json(started)["run_id"]?.stringValue)
            try await gateway.events(of: run) { $0.name == "done" }
            #expect(try await gateway.job(run).parameters == ["events": 5])
            let listed = try await ingot.run("runs", "--definition", "sample", "--status", "success", "--json")
            #expect(try listed.output.contains(run))

            try await ingot.run("definitions", "change", "sample", "--disable")
            let off = try await ingot.run("definitions", "run", "sample", expecting: 1)
            #expect(off.errors.contains("until it is switched on"))
            try await ingot.run("definitions", "change", "sample", "--enable", "--endless", "--deadline", "60")
            let kept = try Self.json(try await ingot.run("definitions", "list", "--json"))
            let all = kept["definitions"]?.arrayValue ?? kept.arrayValue ?? []
            let changed = try #require(all.first { $0["name"] == "sample" })
            #expect(changed["enabled"] == 1)
            #expect(changed["retries"]?["endless"]?["deadline_seconds"] == 60)

            try await ingot.run("definitions", "remove", "sample")
            let gone = try await ingot.run("definitions", "run", "sample", expecting: 2)
            #expect(gone.errors.contains("sample"))
            // What comes with a source stays.
            try await ingot.run("definitions", "remove", "Iowa-Registry", expecting: 1)
        }
    }

    @Test("A schedule is looked at before it is added, starts runs, and tells what became of its due times")
    func schedules() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            try await ingot.run("definitions", "add", "sample", "probe")
            // 02:30 does not exist in Chicago on 14 March 2027, whatever comes before.
            let preview = try await ingot.run(
                "schedules",
                "preview",
                "--cron",
                "30 2 * * *",
                "--time-zone",
                "America/Chicago",
                "--count",
                "3"
            )
            #expect(preview.output.split(separator: "\n").count >= 3)
            let wrong = try await ingot.run("schedules", "preview", "--cron", "61 * * * *", expecting: 2)
            #expect(wrong.errors.contains("minute"))
            try await ingot.run("schedules", "preview", "--cron", "0 6 * * *", "--time-zone", "Mars/Base", expecting: 2)

            let added = try await ingot.run(
                ["schedules", "add", "sample", "--every", "1", "--parameters", "{\"events\": 3}", "--json"]
            )
            let schedule = try #require(try Self.json(added)["schedule_id"]?.integerValue)
            var run: String?
            while run == nil {
                let ticks = try Self.json(try await ingot.run("schedules", "ticks", "\(schedule)", "--json"))["ticks"]
                run = ticks?.arrayValue?.lazy.compactMap { $0["run_id"]?.stringValue }.first
            }
            let job = try #require(run)
            try await gateway.events(of: job) { $0.name == "done" }
            #expect(try await gateway.job(job).parameters == ["events": 3])
            try await ingot.run("schedules", "change", "\(schedule)", "--disable")
            #expect(try await ingot.run("schedules", "list").output.contains("sample"))
            try await ingot.run("schedules", "remove", "\(schedule)")
            try await ingot.run("schedules", "ticks", "\(schedule)", expecting: 1)
        }
    }

    @Test("Records are collected, listed, shown, exported and deleted; exports and deletions are in the audit log")
    func records() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = Self.rows.classicCalls(12, areClosed: true)
        try await RecordSite.serving(ClassicPortalSite(contents)) { site in
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: ["--origin", "p2c-calls=\(site.address)", "--host-rate", "1000"],
                environment: [FetchSettings.Name.hostsWithoutRobots: "127.0.0.1"]
            ) { gateway in
                let started = try await ingot.run("definitions", "run", "P2C-DubqueRecentCallsRip", "--json")
                let run = try #require(try Self.json(started)["run_id"]?.stringValue)
                try await gateway.events(of: run) { $0.name == "done" }
                #expect(try await gateway.job(run).status == .succeeded)

                let first = try Self.json(try await ingot.run("records", "list", "p2c-calls", "--limit", "5", "--json"))
                #expect(first["records"]?.arrayValue?.count == 5)
                let cursor = try #require(first["next"]?.stringValue)
                let rest = try Self.json(
                    try await ingot.run("records", "list", "p2c-calls", "--cursor", cursor, "--json")
                )
                #expect(rest["records"]?.arrayValue?.count == 7)
                let key = try #require(first["records"]?.arrayValue?.first?["key"]?.stringValue)
                let shown = try Self.json(try await ingot.run("records", "get", "p2c-calls", key, "--json"))
                #expect(shown["key"]?.stringValue == key)
                #expect(shown["history"]?.arrayValue?.isEmpty == false)
                #expect(try await ingot.run("records", "get", "p2c-calls", key).output.contains("first_seen"))

                let export = try await ingot.run("records", "export", "p2c-calls").jsonLines()
                #expect(Set(export.compactMap { $0["key"]?.stringValue }).count == 12)
                try await ingot.run("records", "delete", "p2c-calls", key)
                try await ingot.run("records", "get", "p2c-calls", key, expecting: 1)
                #expect(try await ingot.run("records", "export", "p2c-calls").jsonLines().count == 11)

                let entries = try await gateway.send(.GET, "/api/audit", nil).body["entries"]?.arrayValue ?? []
                let targets = entries.compactMap { $0["target"]?.stringValue }
                #expect(targets.count { $0 == "/api/records/p2c-calls/export" } == 2)
                #expect(targets.contains { $0.hasPrefix("/api/records/p2c-calls/") && !$0.hasSuffix("/export") })
            }
        }
    }
}
