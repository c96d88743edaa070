import FoundationEssentials
import IngotCore
import IngotSamples
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

@testable import IngotDashboard
@testable import IngotGateway

@Suite("The reference of the API", .timeLimit(.minutes(10)))
struct ReferencePageTests {
    @Test("shows every operation and every shape of the document, and every link leads somewhere")
    func complete() async throws {
        let reference = try APIReference(OpenAPIDocument.text)
        let operations = reference.groups.flatMap(\.operations)
        try await DashboardFixture.with { fixture in
            let page = try await fixture.page("/reference")
            let documented = OpenAPIDocument.text.matches(of: /operationId: (\w+)/).map { String($0.1) }
            #expect(operations.map(\.id).sorted() == documented.sorted())
            let anchors = Set(page.matches(of: /\sid="([^"]+)"/).map { String($0.1) })
            for operation in operations { #expect(anchors.contains(operation.id)) }
            for shape in reference.shapes { #expect(anchors.contains("shape-\(shape.name)")) }
            let links = Set(page.matches(of: /href="#([^"]+)"/).map { String($0.1) })
            #expect(links.count > 100)
            #expect(links.subtracting(anchors) == [])
            #expect(!page.contains("<script type=\"module\" src=\"/assets/reference"))
            #expect(page.contains("$INGOT/api/law/us/usc/t1/s1"))
        }
    }

    @Test("describes what belongs to an operation")
    func operation() throws {
        let reference = try APIReference(OpenAPIDocument.text)
        let start = try #require(reference.groups.flatMap(\.operations).first { $0.id == "startJob" })
        #expect(start.parameters.contains { $0.name == "source" && $0.isRequired && $0.place == "path" })
        #expect(start.parameters.first { $0.name == "priority" }?.type.words == "integer, -100 to 100")
        #expect(start.parameters.contains { $0.name == "X-Request-Id" && $0.place == "header" })
        let accepted = try #require(start.answers.first { $0.status == "202" })
        #expect(accepted.headers.contains("Location"))
        #expect(accepted.contents.first?.shape.linkedShape == "Accepted")
        #expect(
            start.curl == """
                curl -sS -H "Authorization: Bearer $KEY" --json '{"titles":["1"]}' "$INGOT/api/ingest/usc"
                """
        )
        let node = try #require(reference.shapes.first { $0.name == "Node" })
        #expect(node.members.contains { $0.name == "breadcrumbs" } && node.members.contains { $0.name == "blocks" })
    }

    // MARK: - Examples

    /// What the examples' variables stand for.
    private struct Stage {
        let fixture: DashboardFixture
        let token: AttemptToken
        let attempted: JobID

        /// A job that has ended.
        func ended() async throws -> String { try await job(["events": 1], wait: true) }

        /// A job, running for a while unless it is waited for.
        func job(_ parameters: JSONValue, wait: Bool) async throws -> String {
            let headers = wait ? [("Prefer", "wait=100")] : []
            let answer = try await fixture.send(.POST, "/api/ingest/probe", headers: headers, body: parameters).json()
            return try #require((answer["id"] ?? answer["jobId"])?.stringValue)
        }

        func made(_ path: String, _ body: JSONValue) async throws -> String {
            try #require(try await fixture.send(.POST, path, body: body).json()["id"]?.stringValue)
        }

        func number(_ path: String, _ body: JSONValue, _ member: String) async throws -> Int64 {
            try #require(try await fixture.send(.POST, path, body: body).json()[member]?.integerValue)
        }

        /// The variables of one operation's example.
        func variables(_ operation: APIReference.Operation) async throws -> [String: String] {
            var variables = ["INGOT": fixture.address, "KEY": fixture.gateway.localKey.revealed]
            if operation.curl.contains("$TOKEN") {
                variables["TOKEN"] = token.secret.revealed
                variables["JOB"] = attempted.rawValue
            } else if operation.curl.contains("$JOB") {
                let isCancel = ["cancelJob", "stopRun"].contains(operation.id)
                variables["JOB"] = isCancel ? try await job(["sleep_ms": 60_000], wait: false) : try await ended()
            }
            if operation.curl.contains("$DEFINITION") || operation.curl.contains("$SCHEDULE") {
                let body: JSONValue = ["name": .string("example \(operation.id)"), "source": "probe"]
                let definition = try await number("/api/jobs", body, "job_id")
                variables["DEFINITION"] = "\(definition)"
                let schedule: JSONValue = ["job_id": .integer(definition), "timing": ["cron": "0 6 * * *"]]
                variables["SCHEDULE"] = "\(try await number("/api/schedules", schedule, "schedule_id"))"
            }
            if operation.curl.contains("$KEY_ID") {
                variables["KEY_ID"] = try await made("/api/keys", ["role": "viewer"])
            }
            if operation.curl.contains("$WEBHOOK") {
                variables["WEBHOOK"] = try await made("/api/webhooks", ["url": "http://127.0.0.1:9/"])
            }
            return variables
        }
    }

    /// A gateway with two labels of a made-up title 1, and a job whose runner is the test.
    private func withStage(_ body: (Stage) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try folder.write("sample/.keep", "")
        for (label, edition) in [("119-36", 1), ("119-59", 2)] {
            let title = SampleTitle(seed: 11, number: 1, sections: 40, edition: edition)
            try SampleRelease.write(label: label, titles: [title], toFolder: folder.path("sample"))
        }
        try await DashboardFixture.with {
            $0.origins = ["usc": folder.path("sample")]
        } _: { fixture in
            for label in ["119-36", "119-59"] {
                let answer = try await fixture.send(
                    .POST,
                    "/api/ingest/usc",
                    headers: [("Prefer", "wait=100")],
                    body: ["release": .string(label), "titles": ["1"]]
                )
                try #require(try answer.json()["status"] == "succeeded", "\(answer.text)")
            }
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    """
                    INSERT INTO records (source, key, kind, scope, content_hash, content_json, first_seen, last_seen)
                    VALUES ('usc', '26000001@p2c.example', 'call', 'p2c.example', 'h', '{}', ?1, ?1)
                    """,
                    [.text(Timestamp.now().description)]
                )
            )
            let store = JobStore(database: fixture.gateway.parts.stores.database)
            let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
            _ = try await store.create(job)
            let token = AttemptToken()
            let progress = try #require(try await fixture.gateway.registry.acquire(job.id))
            _ = try await progress.begin(token: token, launcher: "manual") { [] }
            try await body(Stage(fixture: fixture, token: token, attempted: job.id))
            await fixture.gateway.registry.release(job.id)
        }
    }

    @Test("has an example of every operation that a shell runs as it stands")
    func examples() async throws {
        let operations = try APIReference(OpenAPIDocument.text).groups.flatMap(\.operations)
        // The file is kept before it is asked for, and the label is compared before it is taken back.
        let last = ["keptRobots", "revertSource", "sweepSource", "report"]
        let ordered =
            operations.filter { !last.contains($0.id) }
            + last.compactMap { id in operations.first { $0.id == id } }
        #expect(ordered.count == operations.count)
        try await withStage { stage in
            for operation in ordered {
                let variables = try await stage.variables(operation)
                // Has no end of its own; curl says so with 28.
                let isEndless = operation.id == "streamJobs"
                // A robots.txt is kept for a day, and the one of the example is from a certain day.
                let curl = operation.curl.replacing(
                    /"fetched_at":"[^"]*"/,
                    with: "\"fetched_at\":\"\(Timestamp.now())\""
                )
                let result = try await run(
                    .path("/bin/bash"),
                    arguments: ["-c", curl + " --fail-with-body --max-time \(isEndless ? 2 : 60)"],
                    environment: .inherit.updating(
                        Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })
                    ),
                    output: .string(limit: 64 << 20),
                    error: .string(limit: 1 << 20)
                )
                #expect(
                    result.terminationStatus == .exited(isEndless ? 28 : 0),
                    "\(operation.curl): \(result.standardOutput.prefix(1000)) \(result.standardError)"
                )
            }
        }
    }
}
