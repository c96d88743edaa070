import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import SystemPackage
import Testing

@testable import IngotGateway

/// Real answers of a real gateway to each operation, against what the document says of them.
@Suite("The answers of the API's description", .timeLimit(.minutes(10)))
struct OpenAPIAnswerTests {
    /// Asks a gateway and holds each answer against the document.
    final class Asker {
        let fixture: GatewayFixture
        let api: DescribedAPI
        var schema: StrictSchema
        /// The statuses that each operation has answered.
        var answered: [String: Set<Int>] = [:]
        /// The kinds of events that each operation has sent.
        var events: [String: Set<String>] = [:]

        init(_ fixture: GatewayFixture) throws {
            self.fixture = fixture
            api = try DescribedAPI()
            schema = StrictSchema(api)
        }

        /// - Parameters:
        ///   - operation: the id of the operation that the request is for.
        ///   - path: with its query.
        @discardableResult
        func ask(
            _ operation: String,
            _ path: String,
            from sender: GatewayFixture.Sender = .local,
            headers: [(String, String)] = [],
            body: JSONValue? = nil,
            bytes: [UInt8]? = nil,
            _ status: Int,
            location: SourceLocation = #_sourceLocation
        ) async throws -> Answer {
            let described = try #require(api.operation(operation), sourceLocation: location)
            let answer = try await fixture.send(
                HTTPMethod(rawValue: described.method),
                path,
                from: sender,
                headers: headers,
                body: bytes ?? body?.canonicalBytes
            )
            #expect(answer.status == status, "\(operation) \(path): \(answer.text)", sourceLocation: location)
            let problems = check(answer, of: described)
            #expect(problems == [], "\(operation) \(path): \(answer.text.prefix(2000))", sourceLocation: location)
            answered[operation, default: []].insert(answer.status)
            return answer
        }

        /// The headers that a client of the API looks at.
        private static let headers: Set = [
            "accept-ranges", "allow", "content-location", "content-range", "etag", "location", "preference-applied",
            "retry-after", "set-cookie", "vary", "www-authenticate", "x-request-id",
        ]

        private func check(_ answer: Answer, of operation: DescribedAPI.Operation) -> [String] {
            guard let response = api.response(operation, answer.status) else {
                return ["\(answer.status) is not described"]
            }
            var problems: [String] = []
            let described = response["headers"]?.objectValue ?? [:]
            let names = Set(described.keys.map { $0.lowercased() })
            problems += Set(answer.headers.map { $0.name.lowercased() }).intersection(Self.headers).subtracting(names)
                .map { "the header \($0) is not described" }
            for (name, reference) in described {
                let header = api.resolved(reference)
                guard let value = answer.headers.first(name: name) else {
                    if header["required"] == true { problems.append("the header \(name) is missing") }
                    continue
                }
                let isNumber = header["schema"]?["type"] == "integer"
                problems += schema.problems(
                    of: isNumber ? Int64(value).map(JSONValue.integer) ?? .string(value) : .string(value),
                    with: header["schema"] ?? .null,
                    at: name
                )
            }
            let content = response["content"]?.objectValue ?? [:]
            guard !content.isEmpty else {
                if !answer.body.isEmpty { problems.append("a body is not described") }
                return problems
            }
            let type = answer.headers.first(name: "content-type")?.prefix { $0 != ";" } ?? ""
            guard let media = content[String(type)] else { return problems + ["the type '\(type)' is not described"] }
            return problems + check(answer, media, String(type), operation)
        }

        private func check(
            _ answer: Answer,
            _ media: JSONValue,
            _ type: String,
            _ operation: DescribedAPI.Operation
        ) -> [String] {
            do {
                if type == "application/json" || type == "application/problem+json" {
                    return schema.problems(of: try answer.json(), with: media["schema"] ?? .null)
                }
                if let line = media["x-line"] {
                    return try answer.text.split(separator: "\n").flatMap {
                        schema.problems(of: try JSONValue(parsing: $0.utf8), with: line)
                    }
                }
                if let kinds = media["x-events"] {
                    var parser = EventStreamParser()
                    return try parser.append(answer.body).flatMap { event -> [String] in
                        events[operation.id, default: []].insert(event.kind)
                        guard let kind = kinds[event.kind] else { return ["the event \(event.kind) is not described"] }
                        return schema.problems(of: try event.json(), with: kind, at: event.kind)
                    }
                }
                // Text has no shape but its type.
                return media["schema"]?["type"] == "string" ? [] : ["\(type) has no shape"]
            } catch {
                return ["\(type): \(error)"]
            }
        }
    }

    /// The answers that this gateway cannot be brought to; their documents are looked at below.
    private static let otherwise: Set = [429, 500, 503, 504, 507]

    @Test("fit the document, and each that is described is given")
    func answers() async throws {
        let folder = try TemporaryFolder()
        try folder.write("origin/xml_usc01@900-1.zip", "")
        try await GatewayFixture.with(folder: FilePath(folder.path("gateway"))) {
            $0.slots = 1
            $0.access.failureBurst = 100_000
            $0.origins = ["usc": folder.path("origin"), "cga": folder.path("no-such-folder")]
            $0.releasesLeastAge = .zero
        } _: { fixture in
            let asker = try Asker(fixture)
            try await askEverywhere(asker)
            try await askForJobs(asker)
            try await askForDefinitions(asker)
            try await askAsRunner(asker)
            try await askForLaw(asker, folder)
            try await askForRecords(asker)
            try await askForAccess(asker)
            try await askForSystem(asker)
            try await askForProxies(asker)
            // A stream of all jobs has no end; its own tests look at its events.
            for operation in asker.api.operations where operation.id != "streamJobs" {
                let missing = operation.statuses.filter { $0 < 400 }.subtracting(asker.answered[operation.id] ?? [])
                #expect(missing.isEmpty, "\(operation.id) was not brought to \(missing.sorted())")
            }
            let refusals = Set(asker.answered.values.flatMap { $0 }.filter { $0 >= 400 })
            let described = Set(asker.api.operations.flatMap(\.statuses).filter { $0 >= 400 })
            #expect(described.subtracting(refusals).subtracting(Self.otherwise) == [])
            let kinds = asker.events
            // What was lost is told in the tests of the stream.
            #expect(kinds["streamEvents"] == ["snapshot", "progress", "unit", "log", "done"])
            #expect(kinds["readLog"] == ["log", "end"])
            try expectEveryMember(asker)
        }
    }

    /// No schema names a member that answers never have: what the types of answers have is held against the schemas
    /// elsewhere, the rest has to have been answered here.
    private func expectEveryMember(_ asker: Asker) throws {
        // What requests have, and members that go with a trouble that nobody has here.
        let requests: Set = [
            "KeyRequest", "SessionRequest", "WebhookRequest", "PermitAsk", "HostRequest", "RobotsFile",
            "DefinitionRequest", "DefinitionChange", "RunRequest", "ScheduleRequest", "ScheduleChange",
            "PreviewRequest",
            "ProxyPoolChange",
            "ProxyAsk",
        ]
        let rare: Set = [
            "Problem.limit", "Problem.retry_after", "Problem.waiting", "Problem.running", "Problem.slots",
            "Problem.violations", "Health.store_failure", "HostBudget.paused_until", "VerificationLine.problem",
            "VerificationLine.key", "Revision.reverted_reason",
            "JobPage.newest", "Comparison.next",
            "Comparison.units",
            "System.anonymous_role", "SourceOverview.live", "SourceOverview.size",
        ]
        let streamed: Set = ["JobChange", "JobChanges", "Sample", "AttemptSamples"]
        for name in (asker.api.document["components"]?["schemas"]?.objectValue ?? [:]).keys
        where !requests.contains(name) && !streamed.contains(name) && !OpenAPIShapeTests.covered.contains(name) {
            let missing = asker.schema.properties(of: name).filter {
                let member = "\(name).\($0)"
                return !asker.schema.seen.contains(member) && !rare.contains(member)
                    && !isOfPart($0, of: name, asker)
            }
            #expect(missing.isEmpty, "\(name) was never answered with \(missing.sorted())")
        }
    }

    /// Whether a member is that of a component which the schema is made of.
    private func isOfPart(_ member: String, of name: String, _ asker: Asker) -> Bool {
        let parts = asker.api.document["components"]?["schemas"]?[name]?["allOf"]?.arrayValue ?? []
        return parts.contains { part in
            guard let component = part["$ref"]?.stringValue?.split(separator: "/").last else { return false }
            return asker.schema.properties(of: String(component)).contains(member)
        }
    }

    // MARK: - All operations

    /// What every operation refuses in the same way.
    private func askEverywhere(_ asker: Asker) async throws {
        let viewer = try await asker.fixture.makeKey(.viewer).key
        for operation in asker.api.operations {
            let path = operation.path.replacing("{source}", with: "probe").replacing(
                "{id}",
                with: JobID.make().rawValue
            )
            // The key of a node has slashes, the one of a record none.
            .replacing("{key}", with: operation.path.hasPrefix("/api/records") ? "1" : "g/t1")
            .replacing("{run_id}", with: JobID.make().rawValue)
            .replacing("{job_id}", with: "1").replacing("{schedule_id}", with: "1")
            try await asker.ask(operation.id, path, headers: [("host", "elsewhere.example")], 421)
            guard !operation.isOpen else { continue }
            try await asker.ask(operation.id, path, from: .nobody, 401)
            if operation.role == .operator || operation.role == .admin {
                try await asker.ask(operation.id, path, from: .holder(viewer), 403)
            }
        }
    }

    // MARK: - Jobs

    private func askForJobs(_ asker: Asker) async throws {
        let jobs = "/api/ingest/jobs"
        let probe = "/api/ingest/probe"
        let done = try await asker.ask(
            "startJob",
            "\(probe)?priority=1&max_attempts=1&memory_mib=256",
            headers: [("Prefer", "wait=100"), ("Idempotency-Key", "once")],
            body: ["events": 3, "log_lines": 5],
            200
        ).decoded(Job.self)
        try await asker.ask("startJob", probe, headers: [("Idempotency-Key", "once")], body: ["events": 4], 409)
        try await asker.ask("startJob", "\(probe)?priority=1000", 400)
        try await asker.ask("startJob", probe, bytes: Array("{".utf8), 400)
        try await asker.ask("startJob", probe, headers: [("Idempotency-Key", String(repeating: "k", count: 256))], 400)
        try await asker.ask("startJob", "/api/ingest/none", 404)
        try await asker.ask("startJob", probe, bytes: [UInt8](repeating: 0x20, count: 2 << 20), 413)
        try await asker.ask("startJob", probe, body: ["events": "three"], 422)
        let failed = try await asker.fixture.runProbe(["fail": "transient_upstream"])
        try await asker.ask("listJobs", "\(jobs)?limit=1", 200)
        try await asker.ask("listJobs", "\(jobs)?limit=0", 400)
        for job in [done.id, failed.id] {
            try await asker.ask("showJob", "\(jobs)/\(job)", 200)
            try await asker.ask("listAttempts", "\(jobs)/\(job)/attempts", 200)
            try await asker.ask("listSamples", "\(jobs)/\(job)/samples", 200)
        }
        try await asker.fixture.gateway.parts.stores.database.run(
            Statement(
                """
                INSERT INTO ingest_job_units (job_id, unit, position, status, attempt)
                VALUES (?1, 'a', 0, 'done', 1), (?1, 'b', 1, 'pending', 1)
                """,
                [.text(done.id.rawValue)]
            )
        )
        try await asker.ask("listUnits", "\(jobs)/\(done.id)/units?limit=1", 200)
        try await asker.ask("listUnits", "\(jobs)/\(done.id)/units?limit=0", 400)
        try await askForStreams(asker, of: done)
        try await askForChanges(asker, of: done)
        let unknown = "\(jobs)/\(JobID.make())"
        for (operation, path) in [
            ("showJob", ""), ("listUnits", "/units"), ("listAttempts", "/attempts"), ("streamEvents", "/events"),
            ("readLog", "/logs"), ("cancelJob", "/cancel"), ("retryJob", "/retry"),
        ] {
            try await asker.ask(operation, unknown + path, 404)
        }
    }

    private func askForStreams(_ asker: Asker, of done: Job) async throws {
        let path = "/api/ingest/jobs/\(done.id)"
        try await asker.ask("streamEvents", "\(path)/events", 200)
        try await asker.ask("streamEvents", "\(path)/events?after=0", 200)
        let last = try await asker.fixture.job(done.id).lastSequence
        try await asker.ask("streamEvents", "\(path)/events", headers: [("Last-Event-ID", "\(last + 100)")], 204)
        try await asker.ask("streamEvents", "\(path)/events?after=\(last)", 204)
        try await asker.ask("streamEvents", "\(path)/events?after=x", 400)
        let log = try await asker.ask("readLog", "\(path)/logs", 200)
        try await asker.ask("readLog", "\(path)/logs?tail=1", 200)
        try await asker.ask("readLog", "\(path)/logs?follow=true", 200)
        try await asker.ask("readLog", "\(path)/logs", headers: [("Range", "bytes=0-3")], 206)
        try await asker.ask("readLog", "\(path)/logs", headers: [("Range", "bytes=9999999-")], 416)
        let follow = [("Accept", "text/event-stream"), ("Last-Event-ID", "\(log.body.count)")]
        try await asker.ask("readLog", "\(path)/logs", headers: follow, 204)
        try await asker.ask("readLog", "\(path)/logs?tail=x", 400)
    }

    private func askForChanges(_ asker: Asker, of done: Job) async throws {
        let jobs = "/api/ingest/jobs"
        let again = try await asker.ask("retryJob", "\(jobs)/\(done.id)/retry", 202)
        _ = try await asker.fixture.end(of: try #require(JobID(again.json()["jobId"]?.stringValue ?? "")))
        // One slot: the second one waits.
        let running = try await asker.ask(
            "startJob",
            "/api/ingest/probe",
            body: ["events": 1000, "interval_ms": 200],
            202
        )
        let waiting = try await asker.fixture.startProbe()
        let id = try #require(JobID(try running.json()["jobId"]?.stringValue ?? ""))
        try await asker.fixture.waitForProgress(of: id)
        try await asker.ask("retryJob", "\(jobs)/\(id)/retry", 409)
        try await asker.ask("cancelJob", "\(jobs)/\(waiting)/cancel", 200)
        try await asker.ask("cancelJob", "\(jobs)/\(id)/cancel", 202)
        _ = try await asker.fixture.end(of: id)
        try await asker.ask("cancelJob", "\(jobs)/\(done.id)/cancel", 409)
        try await asker.fixture.gateway.parts.stores.database.run(
            Statement(
                "UPDATE ingest_jobs SET params_json = '{\"of_another_version\":1}' WHERE id = ?1",
                [.text(waiting.rawValue)]
            )
        )
        try await asker.ask("retryJob", "\(jobs)/\(waiting)/retry", 422)
    }

    // MARK: - The gateway itself

    private func askForSizes(_ asker: Asker) async throws {
        let sources = "/api/sources"
        try await asker.ask("listSizes", "\(sources)/given/sizes", 200)
        try await asker.ask("listSizes", "\(sources)/given/sizes?limit=0", 400)
        try await asker.ask("countContents", "\(sources)/given/contents", 200)
        try await asker.ask("countContents", "\(sources)/none/contents", 404)
        try await asker.ask("showSource", "\(sources)/usc", 200)
        try await asker.ask("showSource", "\(sources)/none", 404)
    }

    private func askForSystem(_ asker: Asker) async throws {
        try await asker.ask("showSystem", "/api/system", 200)
        try await asker.ask("showQueue", "/api/queue", 200)
        try await asker.ask("showQueue", "/api/queue?limit=0", 400)
        try await asker.ask("listOutcomes", "/api/ingest/outcomes", 200)
        try await asker.ask("listOutcomes", "/api/ingest/outcomes?days=0", 400)
    }

    private func askForProxies(_ asker: Asker) async throws {
        try await asker.ask("showProxies", "/api/proxies/status", 200)
        try await asker.ask("listProxies", "/api/proxies/list", 200)
        try await asker.ask("refreshProxies", "/api/proxies/refresh", 200)
        try await asker.ask("checkProxy", "/api/proxies/check", 200)
        let config = "/api/proxies/config"
        try await asker.ask("setProxies", config, body: ["target_count": 50], 200)
        try await asker.ask("setProxies", config, bytes: Array("{".utf8), 400)
        try await asker.ask("setProxies", config, bytes: [UInt8](repeating: 0x20, count: 1 << 20), 413)
        try await asker.ask("setProxies", config, body: ["target_count": 0], 422)
    }

    // MARK: - Runners

    private func askAsRunner(_ asker: Asker) async throws {
        let registry = asker.fixture.gateway.registry
        let store = JobStore(database: asker.fixture.gateway.parts.stores.database)
        let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
        _ = try await store.create(job)
        let token = AttemptToken()
        let progress = try #require(try await registry.acquire(job.id))
        _ = try await progress.begin(token: token, launcher: "manual") { [] }
        let path = "/api/ingest/jobs/\(job.id)"
        let runner = GatewayFixture.Sender.holder(token.secret.revealed)
        let ask: JSONValue = ["request": ["id": "r1", "host": "one.example"]]
        try await asker.ask("askPermit", "\(path)/permits", from: runner, body: ask, 200)
        try await asker.ask("listHosts", "/api/hosts", 200)
        try await asker.ask("askPermit", "\(path)/permits", from: runner, bytes: Array("{".utf8), 400)
        let large = [UInt8](repeating: 0x20, count: 8 << 20)
        try await asker.ask("askPermit", "\(path)/permits", from: runner, bytes: large, 413)
        try await asker.ask("askPermit", "\(path)/permits", from: runner, body: ["request": 1], 422)
        let robots = "\(path)/robots?origin=https://one.example"
        try await asker.ask("keptRobots", robots, from: runner, 404)
        try await asker.ask("keptRobots", "\(path)/robots", from: runner, 400)
        let file: JSONValue = ["status": 200, "text": "", "fetched_at": .string(Timestamp.now().description)]
        try await asker.ask("keepRobots", robots, from: runner, body: file, 204)
        try await asker.ask("keepRobots", robots, from: runner, bytes: Array("{".utf8), 400)
        try await asker.ask("keepRobots", robots, from: runner, bytes: large, 413)
        try await asker.ask("keepRobots", robots, from: runner, body: ["status": 1], 422)
        try await asker.ask("keptRobots", robots, from: runner, 200)
        let wish: JSONValue = ["lease": ["session": "s1", "host": "one.example"]]
        try await asker.ask("askProxy", "\(path)/proxies", from: runner, body: wish, 200)
        try await asker.ask("askProxy", "\(path)/proxies", from: runner, bytes: Array("{".utf8), 400)
        try await asker.ask("askProxy", "\(path)/proxies", from: runner, bytes: large, 413)
        try await asker.ask("askProxy", "\(path)/proxies", from: runner, body: ["lease": 1], 422)
        let unit: JSONValue = ["seq": 1, "type": "unit", "unit": "a", "unit_status": "done", "counts": ["nodes": 1]]
        try await asker.ask("report", "\(path)/progress", from: runner, body: ["attempt": 1, "events": [unit]], 200)
        try await asker.ask("report", "\(path)/progress", from: runner, bytes: Array("{".utf8), 400)
        try await asker.ask("report", "\(path)/progress", from: runner, bytes: large, 413)
        try await asker.ask("report", "\(path)/progress", from: runner, body: ["attempt": 7, "events": []], 409)
        let last: JSONValue = [
            "seq": 2, "type": "finished", "outcome": "failed",
            "error": [
                "code": "probe_failed", "message": "m", "transient": false,
            ],
        ]
        try await asker.ask("report", "\(path)/progress", from: runner, body: ["attempt": 1, "events": [last]], 200)
        try await asker.ask("streamEvents", "\(path)/events?after=0", 200)
        for operation in ["askPermit", "keptRobots", "keepRobots"] {
            let target = operation == "askPermit" ? "\(path)/permits" : robots
            try await asker.ask(operation, target, from: runner, body: operation == "keptRobots" ? nil : ask, 409)
        }
        try await asker.ask("askProxy", "\(path)/proxies", from: runner, body: wish, 409)
        await registry.release(job.id)
    }

    // MARK: - Records

    private func askForRecords(_ asker: Asker) async throws {
        let records = "/api/records/p2c-calls"
        try await RecordRouteTests.insert(["1@p2c.example", "2@p2c.example"], into: asker.fixture)
        try await asker.ask("listRecords", "\(records)?limit=1", 200)
        try await asker.ask("listRecords", "\(records)?limit=0", 400)
        try await asker.ask("listRecords", "/api/records/none", 404)
        try await asker.ask("exportRecords", "\(records)/export", 200)
        try await asker.ask("exportRecords", "\(records)/export?since=now", 400)
        try await asker.ask("exportRecords", "/api/records/none/export", 404)
        try await asker.ask("getRecord", "\(records)/1@p2c.example", 200)
        try await asker.ask("getRecord", "\(records)/3", 404)
        try await asker.ask("deleteRecord", "\(records)/1%40p2c.example", 204)
        try await asker.ask("deleteRecord", "\(records)/1%40p2c.example", 404)
    }

    // MARK: - Law

    /// Two labels of one law: texts, references, notes, and a section that changes.
    private func law(_ label: String, _ text: String) -> GivenLaw {
        var nodes = GivenLaw.chapter(4, text: text)
        var reference = LawReference(href: "/g/t1/s1", text: "section 1", kind: .node, target: "/g/t1/s1", piece: "a")
        reference.relation = .formerly
        for index in 3...4 { nodes[index].refs = [reference] }
        nodes[2].status = "repealed"
        nodes[2].citation = "1 G.C. § 1"
        nodes[4].status = label == "1" ? nil : "omitted"
        nodes[4].citation = "1 G.C. § 3"
        nodes[3].credit = "Credit."
        nodes[3].notes = [LawNote(topic: "t", role: "crossHeading", heading: "h", text: "Lantern.")]
        nodes[3].footnotes = [LawFootnote(marker: "1", text: "x")]
        return GivenLaw(label: label, nodes: nodes)
    }

    private func askForLaw(_ asker: Asker, _ folder: TemporaryFolder) async throws {
        let sources = "/api/sources"
        try await asker.ask("listSources", sources, 200)
        try await asker.ask("listReleases", "\(sources)/usc/releases", 200)
        try await asker.ask("listReleases", "\(sources)/usc/releases?refresh=perhaps", 400)
        try await asker.ask("listReleases", "\(sources)/none/releases", 404)
        try await asker.ask("listReleases", "\(sources)/probe/releases", 422)
        try await asker.ask("listReleases", "\(sources)/cga/releases", 502)
        try await asker.ask("listSourceUnits", "\(sources)/given/units", 404)
        try await asker.ask("verifySource", "\(sources)/given/verify", 404)
        try await asker.ask("revertSource", "\(sources)/none/revert", 404)
        try await asker.ask("sweepSource", "\(sources)/none/sweep", 404)
        try await asker.fixture.ingest(law("1", "Old text."), into: folder)
        try await asker.ask("revertSource", "\(sources)/given/revert", 409)
        try await asker.fixture.ingest(law("2", "New text."), into: folder)
        try await asker.ask("listSourceUnits", "\(sources)/given/units", 200)
        try await asker.ask("listRevisions", "\(sources)/given/revisions", 200)
        try await asker.ask("listRevisions", "\(sources)/given/revisions?limit=1", 200)
        try await asker.ask("listRevisions", "\(sources)/given/revisions?limit=0", 400)
        try await askForSizes(asker)
        try await asker.ask("verifySource", "\(sources)/given/verify", 200)
        try await askForNodes(asker)
        try await asker.ask("revertSource", "\(sources)/given/revert", bytes: Array("{".utf8), 400)
        try await asker.ask("revertSource", "\(sources)/given/revert", body: ["reason": 1], 422)
        let large = [UInt8](repeating: 0x20, count: 1 << 20)
        try await asker.ask("revertSource", "\(sources)/given/revert", bytes: large, 413)
        // The jobs that this test has stood in for.
        try await asker.fixture.gateway.parts.stores.database.run(
            Statement("UPDATE ingest_jobs SET status = 'succeeded' WHERE source = 'given'")
        )
        try await asker.ask("revertSource", "\(sources)/given/revert", body: ["reason": "wrong"], 200)
        try await asker.ask("listRevisions", "\(sources)/given/revisions", 200)
        try await asker.ask("sweepSource", "\(sources)/given/sweep", 200)
    }

    private func askForNodes(_ asker: Asker) async throws {
        let law = "/api/law/g/t1"
        let node = try await asker.ask("readNode", "\(law)/s2", 200)
        let tag = try #require(node.headers.first(name: "etag"))
        try await asker.ask("readNode", "\(law)/s2", headers: [("If-None-Match", tag)], 304)
        try await asker.ask("readNode", "\(law)/s2?format=text&width=60", 200)
        try await asker.ask("readNode", "\(law)/s2", headers: [("Accept", "text/markdown")], 200)
        try await asker.ask("readNode", "\(law)/s2", headers: [("Accept", "image/png")], 406)
        try await asker.ask("readNode", "\(law)/s2?width=1", 400)
        try await asker.ask("readNode", "\(law)/s9", 404)
        try await asker.ask("readNode", "\(law)/s2?at=9", 404)
        let children = try await asker.ask("readChildren", "\(law)/ch1/children?limit=1", 200)
        try await asker.ask("readChildren", "\(law)/ch1/children?depth=3", 200)
        let childrenTag = try #require(children.headers.first(name: "etag"))
        let know = [("If-None-Match", childrenTag)]
        try await asker.ask("readChildren", "\(law)/ch1/children?limit=1", headers: know, 304)
        try await asker.ask("readChildren", "\(law)/ch1/children?depth=0", 400)
        try await asker.ask("readChildren", "\(law)/s9/children", 404)
        try await asker.ask("readHistory", "\(law)/s3/history", 200)
        try await asker.ask("readHistory", "\(law)/s9/history", 404)
        try await asker.ask("readReferences", "\(law)/s1/references?limit=1", 200)
        try await asker.ask("readReferences", "\(law)/s3/references", 200)
        try await asker.ask("readReferences", "\(law)/s1/references?limit=0", 400)
        try await asker.ask("readReferences", "\(law)/s9/references", 404)
        try await asker.ask("compare", "/api/diff?source=given&from=1&to=2", 200)
        try await asker.ask("compare", "/api/diff?source=given&from=1&key=/g/t1/s3", 200)
        try await asker.ask("compare", "/api/diff?source=given", 400)
        try await asker.ask("compare", "/api/diff?source=given&from=9", 404)
        try await asker.ask("search", "/api/search?q=text&limit=1", 200)
        try await asker.ask("search", "/api/search?q=1%20G.C.%203", 200)
        try await asker.ask("search", "/api/search?q=text&limit=0", 400)
        try await asker.ask("search", "/api/search?q=", 422)
        try await asker.ask("export", "/api/export?source=given", 200)
        try await asker.ask("export", "/api/export?source=given&format=csv", 200)
        try await asker.ask("export", "/api/export", 400)
        try await asker.ask("export", "/api/export?source=given&at=9", 404)
    }

    // MARK: - Access, webhooks, health

    /// Rows as receivers leave them that do not answer: one that is tried again, in some years, and one given up.
    private func leaveDeliveries(of webhook: String, in fixture: GatewayFixture) async throws {
        for (id, givenUp) in [("waits", SQLValue.null), ("was-left", "2029-01-01T00:00:00.000Z")] {
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    """
                    INSERT INTO webhook_deliveries
                        (id, webhook_id, job_id, event, created_at, attempt, next_at, error, gave_up_at)
                    VALUES (?1, ?2, ?4, 'job.failed', '2029-01-01T00:00:00.000Z', 1, '2999-01-01T00:00:00.000Z',
                        'refused', ?3)
                    """,
                    [.text(id), .text(webhook), givenUp, .text(JobID.make().rawValue)]
                )
            )
        }
    }

    private func askForAccess(_ asker: Asker) async throws {
        let key = try await asker.ask(
            "createKey",
            "/api/keys",
            body: ["name": "n", "role": "viewer", "sources": ["probe"], "expires_in": 60],
            201
        ).json()
        try await asker.ask("createKey", "/api/keys", bytes: Array("{".utf8), 400)
        try await asker.ask("createKey", "/api/keys", body: ["role": "emperor"], 422)
        try await asker.ask("listKeys", "/api/keys?limit=1", 200)
        try await asker.ask("listKeys", "/api/keys?limit=0", 400)
        try await asker.ask("openSession", "/api/session", from: .nobody, body: ["key": key["key"] ?? .null], 200)
        try await asker.ask("openSession", "/api/session", from: .nobody, body: ["keys": 1], 422)
        try await asker.ask("openSession", "/api/session", from: .nobody, bytes: Array("{".utf8), 400)
        try await asker.ask("closeSession", "/api/session", 204)
        try await asker.ask("revokeKey", "/api/keys/\(key["id"]?.stringValue ?? "")", 200)
        try await asker.ask("revokeKey", "/api/keys/key_000000000000", 404)
        try await asker.ask("readAudit", "/api/audit?limit=1", 200)
        try await asker.ask("readAudit", "/api/audit?limit=500", 200)
        try await asker.ask("readAudit", "/api/audit?limit=0", 400)
        try await WebhookReceiver.with { receiver in
            let body: JSONValue = ["url": .string(try await receiver.url()), "sources": ["probe"]]
            let made = try await asker.ask("createWebhook", "/api/webhooks", body: body, 201).json()
            let path = "/api/webhooks/\(made["id"]?.stringValue ?? "")"
            try await asker.ask("createWebhook", "/api/webhooks", body: ["url": "ftp://x"], 422)
            try await asker.ask("listWebhooks", "/api/webhooks", 200)
            try await asker.ask("testWebhook", "\(path)/test", 200)
            try await asker.ask("testWebhook", "\(path)/test", 200)
            _ = try await asker.fixture.runProbe()
            try await leaveDeliveries(of: made["id"]?.stringValue ?? "", in: asker.fixture)
            try await asker.ask("listDeliveries", "\(path)/deliveries?limit=1", 200)
            try await asker.ask("listDeliveries", "\(path)/deliveries?limit=100", 200)
            try await asker.ask("listDeliveries", "\(path)/deliveries?limit=0", 400)
            try await asker.ask("deleteWebhook", path, 204)
            try await asker.ask("deleteWebhook", path, 404)
            try await asker.ask("listDeliveries", "\(path)/deliveries", 404)
            try await asker.ask("testWebhook", "\(path)/test", 404)
        }
        try await asker.ask("metrics", "/metrics", 200)
        try await asker.ask("health", "/healthz", from: .nobody, 200)
        try await asker.ask("readiness", "/readyz", from: .nobody, 200)
        try await asker.ask("openapi", "/openapi.yaml", from: .nobody, 200)
    }
}
