import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("What the gateway tells of itself", .timeLimit(.minutes(5)))
struct SystemRouteTests {
    @Test("Where things are is told to operators of all sources only, and no secret to anybody")
    func system() async throws {
        try await GatewayFixture.with { fixture in
            let settings = fixture.gateway.parts.stores.settings
            var answers: [String: JSONValue] = [:]
            for (name, key) in [
                ("viewer", try await fixture.makeKey(.viewer)), ("operator", try await fixture.makeKey(.operator)),
                ("scoped", try await fixture.makeKey(.operator, sources: ["probe"])),
            ] {
                let answer = try await fixture.send(.GET, "/api/system", from: .holder(key.key))
                for secret in [settings.databaseToken, settings.secretAccessKey, fixture.gateway.localKey] {
                    #expect(!answer.text.contains(secret.revealed))
                }
                answers[name] = try answer.json()
            }
            #expect(answers["operator"]?["data_folder"]?.stringValue != nil)
            #expect(answers["operator"]?["database"]?["place"] != nil)
            for name in ["viewer", "scoped"] {
                #expect(answers[name]?["data_folder"] == nil)
                #expect(answers[name]?["database"] == ["kind": "embedded"])
            }
        }
    }

    @Test("Days are counted by how their jobs ended, for the sources that the caller may see")
    func outcomes() async throws {
        try await GatewayFixture.with { fixture in
            _ = try await fixture.runProbe()
            _ = try await fixture.runProbe(["fail": "malformed_upstream"])
            let old = try await fixture.runProbe()
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    "UPDATE ingest_jobs SET finished_at = '2001-01-01T00:00:00.000Z' WHERE id = ?1",
                    [.text(old.id.rawValue)]
                )
            )
            func sums(_ path: String, _ sender: GatewayFixture.Sender = .local) async throws -> [Int64] {
                let answer = try await fixture.send(.GET, path, from: sender)
                let days = try answer.json()["days"]?.arrayValue ?? []
                return ["succeeded", "failed", "cancelled"].map { name in
                    days.map { $0[name]?.integerValue ?? 0 }.reduce(0, +)
                } + [Int64(days.count)]
            }
            #expect(try await sums("/api/ingest/outcomes") == [1, 1, 0, 30])
            #expect(try await sums("/api/ingest/outcomes?days=2&source=usc") == [0, 0, 0, 2])
            let key = try await fixture.makeKey(.viewer, sources: ["usc"]).key
            #expect(try await sums("/api/ingest/outcomes?days=3", .holder(key)) == [0, 0, 0, 3])
        }
    }
}
