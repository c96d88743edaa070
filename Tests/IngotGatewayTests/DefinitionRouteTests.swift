import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotGateway

/// Registered jobs, their runs and their history, over HTTP and with real runners.
@Suite("Job definitions over HTTP", .timeLimit(.minutes(10)))
struct DefinitionRouteTests {
    /// Makes a definition of the probe.
    private func define(_ name: String, _ members: JSONValue = [:], _ fixture: GatewayFixture) async throws -> Int64 {
        let body = JSONValue.object(["name": .string(name), "source": "probe"]).overlaid(with: members)
        let answer = try await fixture.post("/api/jobs", body)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(try answer.json()["job_id"]?.integerValue)
    }

    private func run(_ definition: Int64, _ body: JSONValue? = nil, _ fixture: GatewayFixture) async throws -> JobID {
        let answer = try await fixture.send(
            .POST,
            "/api/jobs/\(definition)/run",
            body: body?.canonicalBytes
        )
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(JobID(try answer.json()["run_id"]?.stringValue ?? ""))
    }

    @Test("The list is a bare one, and each element has its id, its name and whether it is enabled")
    func list() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", [:], fixture)
            let definitions = try #require(try await fixture.get("/api/jobs").json().arrayValue)
            let made = try #require(definitions.first { $0["name"] == "calls" })
            #expect(made["job_id"] == .integer(id))
            #expect(made["enabled"] == 1)
            _ = try await fixture.send(.PATCH, "/api/jobs/\(id)", body: Array(#"{"enabled":0}"#.utf8))
            #expect(try await fixture.get("/api/jobs/\(id)").json()["enabled"] == 0)
        }
    }

    @Test("A run starts at once, with no body, an empty one, or a configuration that is laid over the definition's")
    func runs() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", ["config": ["events": 2, "log_lines": 1]], fixture)
            let answer = try await fixture.send(.POST, "/api/jobs/\(id)/run")
            #expect(answer.status == 200)
            #expect(try answer.json()["status"] == "Job started")
            #expect(try answer.json()["job_id"] == .integer(id))
            let bare = try await fixture.end(of: try #require(JobID(try answer.json()["run_id"]?.stringValue ?? "")))
            #expect(bare.parameters == ["events": 2, "log_lines": 1])
            #expect(bare.definitionID == id)
            let empty = try await fixture.end(of: try await run(id, [:], fixture))
            #expect(empty.parameters == ["events": 2, "log_lines": 1])
            let other = try await fixture.end(of: try await run(id, ["config": ["events": 5]], fixture))
            #expect(other.parameters == ["events": 5, "log_lines": 1])
            #expect(other.result?["events"] == 5)
            for other in ["999", "0", "-1", "x", "46976646674858304", "99999999999999999999"] {
                #expect(try await fixture.post("/api/jobs/\(other)/run", [:]).status == 404, "\(other)")
                #expect(try await fixture.get("/api/schedules/\(other)").status == 404, "\(other)")
            }
            #expect(try await fixture.post("/api/jobs/\(id)/run", ["config": ["events": "x"]]).status == 422)
            #expect(try await fixture.post("/api/jobs/\(id)/run", ["days": 1]).status == 422)
        }
    }

    @Test("One that is switched off cannot be run, by hand or by a schedule")
    func disabled() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", ["enabled": false], fixture)
            let answer = try await fixture.post("/api/jobs/\(id)/run", [:])
            #expect(answer.status == 409)
            #expect(try answer.json()["type"] == "/problems/definition-disabled")
            let made = try await fixture.post(
                "/api/schedules",
                ["job_id": .integer(id), "timing": ["every_seconds": 1]]
            )
            let schedule = try #require(try made.json()["schedule_id"]?.integerValue)
            let tick = try await firstTick(of: schedule, fixture)
            #expect(tick["decision"] == "skipped")
            #expect(tick["reason"] == "disabled")
            #expect(try await fixture.get("/api/history?job_id=\(id)").json() == [])
        }
    }

    @Test("The history has the ends of runs with their exit codes, the newest first, as many as are asked for")
    func history() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", [:], fixture)
            let good = try await run(id, nil, fixture)
            _ = try await fixture.end(of: good)
            let bad = try await run(id, ["config": ["fail": "exit:3"]], fixture)
            _ = try await fixture.end(of: bad)
            let killed = try await run(id, ["config": ["fail": "kill"]], fixture)
            _ = try await fixture.end(of: killed)
            let stopped = try await run(id, ["config": ["events": 1, "sleep_ms": 60_000]], fixture)
            try await fixture.waitForProgress(of: stopped)
            #expect(try await fixture.post("/api/history/\(stopped)/stop", [:]).status == 202)
            _ = try await fixture.end(of: stopped)
            let history = try #require(try await fixture.get("/api/history").json().arrayValue)
            #expect(history.map { $0["run_id"]?.stringValue } == [stopped, killed, bad, good].map(\.rawValue))
            #expect(history.map { $0["status"] } == ["CANCELLED", "FAILURE", "FAILURE", "SUCCESS"])
            #expect(history.map { $0["name"] } == Array(repeating: "calls", count: 4))
            #expect(history[1]["exit_code"] == 137)
            #expect(history[2]["exit_code"] == 3)
            #expect(history[3]["exit_code"] == 0)
            #expect(history.allSatisfy { $0["start_time"] != nil && $0["end_time"] != nil })
            #expect(try await fixture.get("/api/history?limit=2").json().arrayValue?.count == 2)
            let older = try await fixture.get("/api/history?limit=2&cursor=\(killed)").json().arrayValue
            #expect(older?.map { $0["run_id"]?.stringValue } == [bad, good].map(\.rawValue))
            #expect(try await fixture.get("/api/history?status=failure").json().arrayValue?.count == 2)
            for limit in ["0", "-1", "many", "501", "99999999999999999999"] {
                #expect(try await fixture.get("/api/history?limit=\(limit)").status == 422, "\(limit)")
            }
        }
    }

    @Test("Without a number the history gives fifty")
    func fifty() async throws {
        try await GatewayFixture.with { fixture in
            let store = JobStore(database: fixture.gateway.parts.stores.database)
            for number in 0..<120 {
                let time = Timestamp.now().advanced(by: .milliseconds(number))
                var generator = SystemRandomNumberGenerator()
                let id = JobID(at: time, using: &generator)
                _ = try await store.create(Job(id: id, source: "probe", parameters: [:], createdAt: time))
            }
            #expect(try await fixture.get("/api/history").json().arrayValue?.count == 50)
            #expect(try await fixture.get("/api/history?limit=120").json().arrayValue?.count == 120)
        }
    }

    @Test("A run's log has its lines in order, of every attempt, and of no other run")
    func logs() async throws {
        try await GatewayFixture.with({ $0.maximumAttempts = 2 }) { fixture in
            let id = try await define("calls", ["config": ["log_lines": 3, "fail": "transient_upstream"]], fixture)
            let other = try await run(id, ["config": ["log_lines": 1]], fixture)
            let one = try await run(id, nil, fixture)
            let job = try await fixture.end(of: one)
            _ = try await fixture.end(of: other)
            #expect(job.attempt == 2)
            let lines = try #require(try await fixture.get("/api/logs/\(one)").json().arrayValue)
            let plain = try await fixture.get("/api/ingest/jobs/\(one)/logs").text
            #expect(lines.compactMap { $0["log_text"]?.stringValue } == plain.split(separator: "\n").map(String.init))
            #expect(lines.contains { $0["log_text"] == "--- attempt 2 ---" })
            let times = lines.compactMap { $0["created_at"]?.stringValue }
            #expect(times == times.sorted() && Set(times).count == 2)
            #expect(try await fixture.get("/api/logs/\(JobID.make())").status == 404)
        }
    }

    @Test("The log of a run that goes on has its lines so far, and that of one that waits is empty")
    func logsAtOnce() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            let id = try await define("calls", ["config": ["log_lines": 3, "events": 1, "sleep_ms": 60_000]], fixture)
            let running = try await run(id, nil, fixture)
            try await fixture.waitForProgress(of: running)
            var lines: [String] = []
            // The lines go another way than the progress.
            while lines.count < 3 {
                lines =
                    try await fixture.get("/api/logs/\(running)").json().arrayValue?
                    .compactMap { $0["log_text"]?.stringValue } ?? []
            }
            #expect(lines.count == 3)
            let waiting = try await run(id, nil, fixture)
            let none = try await fixture.get("/api/logs/\(waiting)")
            #expect(none.status == 200)
            #expect(try none.json() == [])
            for run in [waiting, running] { _ = try await fixture.post("/api/history/\(run)/stop", [:]) }
            #expect(try await fixture.end(of: running).status == .cancelled)
            let log = try await fixture.get("/api/logs/\(running)").json().arrayValue ?? []
            let kept = log.compactMap { $0["log_text"]?.stringValue }
            #expect(kept.starts(with: lines))
        }
    }

    @Test("A run that is stopped ends with all that it has started, within five seconds")
    func stopInTime() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", ["config": ["events": 1, "children": 3, "sleep_ms": 60_000]], fixture)
            let running = try await run(id, nil, fixture)
            try await fixture.waitForProgress(of: running)
            let begin = ContinuousClock.now
            #expect(try await fixture.post("/api/history/\(running)/stop", [:]).status == 202)
            #expect(try await fixture.end(of: running).status == .cancelled)
            #expect(ContinuousClock.now - begin < .seconds(5))
        }
    }

    @Test("The configuration reaches the run as it is, members that nobody knows included")
    func unknownMembers() async throws {
        let description = SourceDescription(
            id: "probe",
            name: "n",
            jurisdiction: "test",
            region: "test",
            documentType: "test",
            parameters: ["type": "object"],
            defaultOrigin: nil,
            isExclusive: false
        )
        let catalog = try SourceCatalog(descriptions: [description])
        try await ScratchFolder.with { folder in
            try await GatewayFixture.with(folder: folder, catalog: catalog) { fixture in
                let id = try await define("calls", ["config": ["days": 3]], fixture)
                let config: JSONValue = ["days": 5, "workers": 10, "other": ["inner": [1, .null, "é"]]]
                let job = try await fixture.end(of: try await run(id, ["config": config], fixture))
                #expect(job.parameters == config)
            }
        }
    }

    /// What became of a schedule's first due time, once it is decided.
    private func firstTick(of schedule: Int64, _ fixture: GatewayFixture) async throws -> JSONValue {
        while true {
            let ticks = try await fixture.get("/api/schedules/\(schedule)/ticks").json()["ticks"]?.arrayValue ?? []
            if let first = ticks.last { return first }
            await Task.yield()
        }
    }

    @Test("A schedule starts a run with its own configuration, and says so")
    func schedule() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", ["config": ["events": 1, "log_lines": 1]], fixture)
            let made = try await fixture.post(
                "/api/schedules",
                ["job_id": .integer(id), "timing": ["every_seconds": 1], "config": ["events": 4]]
            )
            #expect(made.status == 201)
            let schedule = try #require(try made.json()["schedule_id"]?.integerValue)
            let tick = try await firstTick(of: schedule, fixture)
            #expect(tick["decision"] == "run")
            let job = try await fixture.end(of: try #require(JobID(tick["run_id"]?.stringValue ?? "")))
            #expect(job.parameters == ["events": 4, "log_lines": 1])
            #expect(job.scheduleID == schedule)
            #expect(job.scheduledFor?.description == tick["due_at"]?.stringValue)
            #expect(job.createdBy == "schedule \(schedule)")
            // Switched off, it is not due any more.
            let off = try await fixture.send(
                .PATCH,
                "/api/schedules/\(schedule)",
                body: Array(#"{"enabled": false}"#.utf8)
            )
            #expect(try off.json()["next_runs"] == [])
            #expect(try await fixture.post("/api/jobs/\(id)/run", [:]).status == 200)
        }
    }

    @Test("A second port has the same routes")
    func furtherPort() async throws {
        let port = try FreePort.find()
        try await GatewayFixture.with({ $0.furtherPort = port }) { fixture in
            let other = GatewayFixture(
                gateway: fixture.gateway,
                address: "http://127.0.0.1:\(port)",
                client: fixture.client
            )
            let there = try await other.get("/api/jobs").json()
            let here = try await fixture.get("/api/jobs").json()
            #expect(there == here)
        }
    }

    @Test("A definition that comes with its source is there from the start, keeps changes, and cannot be removed")
    func builtIn() async throws {
        try await ScratchFolder.with { folder in
            let catalog = try SourceCatalog(descriptions: [
                SourceDescription(
                    id: "probe",
                    name: "n",
                    jurisdiction: "test",
                    region: "test",
                    documentType: "test",
                    parameters: ["type": "object"],
                    defaultOrigin: nil,
                    isExclusive: false,
                    definitions: [
                        BuiltInDefinition(
                            name: "P2C-Sample",
                            parameters: ["days": 3],
                            retries: .endless(EndlessRetries())
                        )
                    ]
                )
            ])
            try await GatewayFixture.with(folder: folder, catalog: catalog) { fixture in
                let definition = try #require(try await fixture.get("/api/jobs").json().arrayValue?.first)
                #expect(definition["name"] == "P2C-Sample")
                #expect(definition["default_config"] == ["days": 3])
                #expect(definition["retries"]?["endless"] != nil)
                let path = "/api/jobs/\(definition["job_id"]?.integerValue ?? 0)"
                #expect(try await fixture.send(.DELETE, path).status == 409)
                let body = JSONValue.object(["config": ["days": 1]]).canonicalBytes
                #expect(try await fixture.send(.PATCH, path, body: body).status == 200)
            }
            try await GatewayFixture.with(folder: folder, catalog: catalog) { fixture in
                let definitions = try #require(try await fixture.get("/api/jobs").json().arrayValue)
                #expect(definitions.count == 1)
                #expect(definitions.first?["default_config"] == ["days": 1])
            }
        }
    }

    @Test("Terms of a host are changed with a reason only, and both show")
    func terms() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await define("calls", [:], fixture)
            func change(_ body: JSONValue) async throws -> Answer {
                try await fixture.send(.PATCH, "/api/jobs/\(id)", body: body.canonicalBytes)
            }
            #expect(try await change(["host_terms": ["requests_per_hour": 100]]).status == 422)
            let answer = try await change(["host_terms": ["requests_per_hour": 100, "reason": "agreed"]])
            #expect(answer.status == 200)
            let terms = try answer.json()["host_terms"]
            #expect(terms?["terms"]?["requests_per_hour"] == 100)
            #expect(terms?["reason"] == "agreed")
            #expect(terms?["decided_by"] == "local")
            let job = try await fixture.end(of: try await run(id, nil, fixture))
            #expect(job.hostTerms == HostTerms(requestsPerHour: 100))
            let entries = try await fixture.get("/api/audit").json()["entries"]?.arrayValue ?? []
            #expect(entries.contains { $0["target"]?.stringValue == "/api/jobs/\(id)" })
            #expect(try await change(["host_terms": .null]).json()["host_terms"] == nil)
        }
    }
}
