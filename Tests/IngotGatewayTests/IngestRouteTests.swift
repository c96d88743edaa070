import HTTPTypes
import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Taking requests for jobs", .timeLimit(.minutes(10)))
struct IngestRouteTests {
    private func expectProblem(
        _ answer: Answer,
        _ status: Int,
        _ type: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(
            answer.headers.first(name: "content-type") == "application/problem+json",
            sourceLocation: sourceLocation
        )
        let document = try answer.json()
        #expect(document["type"]?.stringValue == "/problems/\(type)", sourceLocation: sourceLocation)
        #expect(document["status"]?.integerValue == Int64(status), sourceLocation: sourceLocation)
        #expect(document["title"]?.stringValue?.isEmpty == false, sourceLocation: sourceLocation)
    }

    @Test("A request is answered with 202, its place and its id, and is in the store then")
    func accepted() async throws {
        try await GatewayFixture.with { fixture in
            let answer = try await fixture.post("/api/ingest/probe", [:])
            #expect(answer.status == 202)
            let id = try #require(try answer.json()["jobId"]?.stringValue)
            #expect(answer.headers.first(name: "location") == "/api/ingest/jobs/\(id)")
            #expect(answer.headers.first(name: "server") == nil)
            #expect(try await fixture.get("/api/ingest/jobs/\(id)").status == 200)
        }
    }

    @Test("What is wrong with a request is said in a problem document")
    func problems() async throws {
        try await GatewayFixture.with { fixture in
            try expectProblem(try await fixture.post("/api/ingest/nothing", [:]), 404, "unknown-source")
            try expectProblem(
                try await fixture.send(.POST, "/api/ingest/probe", body: Array("{\"events\":".utf8)),
                400,
                "malformed-json"
            )
            let invalid = try await fixture.post(
                "/api/ingest/probe",
                ["events": "many", "sleep_ms": -1, "colour": "red"]
            )
            try expectProblem(invalid, 422, "invalid-parameters")
            let pointers = try invalid.json()["errors"]?.arrayValue?.compactMap { $0["pointer"]?.stringValue }
            #expect(pointers == ["/colour", "/events", "/sleep_ms"])
            try expectProblem(try await fixture.post("/api/ingest/probe", [1]), 422, "invalid-parameters")
            try expectProblem(
                try await fixture.send(.POST, "/api/ingest/probe", body: Array(repeating: 0x20, count: (1 << 20) + 1)),
                413,
                "body-too-large"
            )
            try expectProblem(try await fixture.get("/nowhere"), 404, "not-found")
            try expectProblem(try await fixture.get("/api/ingest/jobs/\(JobID.make())"), 404, "unknown-job")
            try expectProblem(try await fixture.get("/api/ingest/jobs/17"), 404, "unknown-job")
            try expectProblem(try await fixture.get("/api/ingest/jobs/\(JobID.make())/events"), 404, "unknown-job")
            try expectProblem(try await fixture.post("/api/ingest/jobs/\(JobID.make())/cancel"), 404, "unknown-job")
            for query in ["limit=0", "limit=201", "limit=x", "status=lost", "cursor=1"] {
                try expectProblem(try await fixture.get("/api/ingest/jobs?\(query)"), 400, "invalid-query")
            }
            try expectProblem(
                try await fixture.post("/api/ingest/probe", [:], headers: [("Idempotency-Key", "ä")]),
                400,
                "invalid-header"
            )
        }
    }

    @Test("A wrong method is told which ones are right, and HEAD is answered like GET without a body")
    func methods() async throws {
        try await GatewayFixture.with { fixture in
            let deleted = try await fixture.send(.DELETE, "/api/ingest/jobs")
            try expectProblem(deleted, 405, "method-not-allowed")
            #expect(deleted.headers.first(name: "allow") == "GET, HEAD, POST")
            let posted = try await fixture.post("/healthz")
            try expectProblem(posted, 405, "method-not-allowed")
            #expect(posted.headers.first(name: "allow") == "GET, HEAD")
            let head = try await fixture.send(.HEAD, "/healthz")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            let id = try await fixture.startProbe()
            let events = try await fixture.send(.HEAD, "/api/ingest/jobs/\(id)/events")
            #expect(events.headers.first(name: "content-type") == "text/event-stream")
        }
    }

    @Test("No body at all means no parameters")
    func missingBody() async throws {
        try await GatewayFixture.with { fixture in
            let answer = try await fixture.send(.POST, "/api/ingest/probe")
            #expect(answer.status == 202)
        }
    }

    @Test("Concurrent requests with one idempotency key make one job; another request with it is refused")
    func idempotency() async throws {
        try await GatewayFixture.with { fixture in
            let headers = [("Idempotency-Key", "once")]
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let answer = try await fixture.post("/api/ingest/probe", ["events": 1], headers: headers)
                        #expect(answer.status == 202)
                        return try answer.json()["jobId"]?.stringValue ?? ""
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let other = try await fixture.post("/api/ingest/probe", ["events": 2], headers: headers)
            try expectProblem(other, 409, "idempotency-conflict")
            let page = try await fixture.get("/api/ingest/jobs").json()
            #expect(page["jobs"]?.arrayValue?.count == 1)
        }
    }

    @Test("Jobs are listed from the newest on, page by page")
    func listing() async throws {
        try await GatewayFixture.with { fixture in
            var made: [String] = []
            for _ in 0..<5 { made.insert(try await fixture.runProbe().id.rawValue, at: 0) }
            var listed: [String] = []
            var cursor: String?
            repeat {
                let path = "/api/ingest/jobs?limit=2&status=succeeded" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await fixture.get(path).json()
                listed += page["jobs"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
                cursor = page["next"]?.stringValue
            } while cursor != nil
            #expect(listed == made)
            let none = try await fixture.get("/api/ingest/jobs?source=usc").json()
            #expect(none["jobs"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test("Sources, health and readiness")
    func status() async throws {
        try await GatewayFixture.with { fixture in
            let sources = try await fixture.get("/api/sources").json()
            let probe = sources["sources"]?.arrayValue?.first { $0["id"] == "probe" }
            #expect(probe?["parameters"]?["properties"]?["events"] != nil)
            #expect(try await fixture.get("/healthz").json()["status"] == "ok")
            #expect(try await fixture.get("/readyz").json()["status"] == "ready")
            let id = try await fixture.runProbe().id
            let units = try await fixture.get("/api/ingest/jobs/\(id)/units").json()
            #expect(units["units"] == [])
        }
    }
}

@Suite("A path's methods")
struct AllowedMethodsTests {
    @Test(
        "Patterns match whole paths",
        arguments: [
            ("/a", ["GET"]), ("/a/b", ["POST"]), ("/a/b/c", nil), ("/law/us/usc/t1", ["GET"]), ("/law", ["GET"]),
            ("/", nil),
        ] as [(String, [String]?)]
    )
    func matching(path: String, expected: [String]?) {
        var methods = AllowedMethods()
        methods.add(.get, "/a")
        methods.add(.post, "/a/{id}")
        methods.add(.get, "/law/**")
        #expect(methods.methods(for: path) == expected)
    }
}
