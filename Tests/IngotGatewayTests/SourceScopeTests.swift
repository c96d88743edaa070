import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("A key for one source", .timeLimit(.minutes(10)))
struct SourceScopeTests {
    @Test("sees its own source and jobs in lists, and nobody else's")
    func lists() async throws {
        try await GatewayFixture.with { fixture in
            let own = try await fixture.makeKey(.viewer, sources: ["probe"])
            let other = try await fixture.makeKey(.viewer, sources: ["usc"])
            let job = try await fixture.runProbe()
            func list(_ path: String, _ key: String, _ name: String) async throws -> [JSONValue] {
                let answer = try await fixture.send(.GET, path, from: .holder(key))
                try #require(answer.status == 200, "\(answer.text)")
                return try answer.json()[name]?.arrayValue ?? []
            }
            let jobs = try await list("/api/ingest/jobs", own.key, "jobs")
            #expect(jobs.map { $0["id"] } == [.string(job.id.rawValue)])
            #expect(try await list("/api/ingest/jobs", other.key, "jobs").isEmpty)
            #expect(try await list("/api/sources", own.key, "sources").map { $0["id"] } == ["probe"])
            #expect(try await list("/api/sources", other.key, "sources").map { $0["id"] } == ["usc"])
        }
    }

    @Test("reads the law of its source; of another one there is none for it")
    func law() async throws {
        let folder = try TemporaryFolder()
        // A key can only be made for a source that the runner knows, so the catalog has the given one too.
        let catalog = try SourceCatalog(
            descriptions: ["given", "usc"].map { id in
                SourceDescription(
                    id: id,
                    name: id,
                    jurisdiction: "test",
                    region: "test",
                    documentType: "statute",
                    parameters: ["type": "object"],
                    defaultOrigin: nil,
                    isExclusive: true
                )
            }
        )
        try await GatewayFixture.with(catalog: catalog) { fixture in
            try await fixture.ingest(GivenLaw(label: "1", nodes: GivenLaw.chapter(3)), into: folder)
            let own = try await fixture.makeKey(.viewer, sources: ["given"])
            let other = try await fixture.makeKey(.viewer, sources: ["usc"])
            func status(_ path: String, _ key: String) async throws -> Int {
                try await fixture.send(.GET, path, from: .holder(key)).status
            }
            let cursor = try await fixture.get("/api/law/g/t1/ch1/children?limit=1").json()["next"]?.stringValue ?? ""
            for path in [
                "/api/law/g/t1/s1", "/api/law/g/t1/ch1/children", "/api/law/g/t1/s1/history",
                "/api/law/g/t1/s1/references",
            ] {
                #expect(try await status(path, own.key) == 200, "\(path)")
                #expect(try await status(path, other.key) == 404, "\(path)")
            }
            #expect(try await status("/api/law/g/t1/ch1/children?cursor=\(cursor)", own.key) == 200)
            #expect(try await status("/api/law/g/t1/ch1/children?cursor=\(cursor)", other.key) == 400)
            func hits(_ key: String) async throws -> Int {
                let answer = try await fixture.send(.GET, "/api/search?q=text", from: .holder(key))
                return try answer.json()["hits"]?.arrayValue?.count ?? -1
            }
            #expect(try await hits(own.key) == 3)
            #expect(try await hits(other.key) == 0)
            for path in [
                "/api/export?source=given", "/api/diff?source=given&from=1", "/api/search?q=text&source=given",
            ] {
                #expect(try await status(path, own.key) == 200, "\(path)")
                #expect(try await status(path, other.key) == 403, "\(path)")
            }
        }
    }

    @Test("learns nothing of another source's job from an idempotency key")
    func idempotency() async throws {
        try await GatewayFixture.with { fixture in
            let header = [("Idempotency-Key", "once")]
            let made = try await fixture.post("/api/ingest/probe", [:], headers: header)
            let id = try #require(try made.json()["jobId"]?.stringValue)
            for (sources, isTold) in [(["usc"], false), (["usc", "probe"], true)] {
                let key = try await fixture.makeKey(.operator, sources: sources)
                let answer = try await fixture.send(
                    .POST,
                    "/api/ingest/usc",
                    from: .holder(key.key),
                    headers: header,
                    body: Array("{}".utf8)
                )
                #expect(answer.status == 409, "\(answer.text)")
                #expect(answer.text.contains(id) == isTold)
            }
        }
    }

    @Test("cannot be made for an admin, nor for a source that there is not")
    func limits() async throws {
        try await GatewayFixture.with { fixture in
            let bodies: [JSONValue] = [
                ["role": "admin", "sources": ["probe"]], ["role": "viewer", "sources": ["nowhere"]],
                ["role": "viewer", "sources": []], ["role": "root"], ["name": "x"],
                ["role": "viewer", "expires_in": 0], ["role": "viewer", "key": "mine"],
                ["role": "viewer", "name": .string(String(repeating: "n", count: 101))],
            ]
            for body in bodies {
                let answer = try await fixture.post("/api/keys", body)
                #expect(answer.status == 422, "\(body) \(answer.text)")
            }
            #expect(try await fixture.get("/api/keys").json()["keys"] == [])
        }
    }
}
