import IngotCore
import IngotRecords
import NIOHTTP1
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The routes of records", .timeLimit(.minutes(10)))
struct RecordRouteTests {
    /// Writes calls with every member there is, and a history.
    static func insert(_ keys: [String], into fixture: GatewayFixture, seen: Timestamp = .now()) async throws {
        let database = fixture.gateway.parts.stores.database
        for key in keys {
            let parameters: [SQLValue] = [.text(key), .text(seen.description)]
            _ = try await database.batch(
                [
                    Statement(
                        """
                        INSERT INTO records (source, key, kind, scope, content_hash, content_json, event_time, address,
                            latitude, longitude, located_by, first_seen, last_seen, gone_at)
                        VALUES ('p2c-calls', ?1, 'call', 'p2c.example', 'h', '{"nature":"ALARM"}',
                            '2026-01-10T14:30:00', '1 SAMPLE ST', 42.5, -90.5, 'source', ?2, ?2, ?2)
                        """,
                        parameters
                    ),
                    Statement(
                        """
                        INSERT INTO record_history (source, key, content_hash, content_json, first_seen, last_seen)
                        VALUES ('p2c-calls', ?1, 'h', '{"nature":"ALARM"}', ?2, ?2)
                        """,
                        parameters
                    ),
                ],
                isIdempotent: false
            )
        }
    }

    private static let keys = (1...7).map { "\($0)@p2c.example" }

    @Test("give pages by key, the kinds and times that are asked for, and single records")
    func reading() async throws {
        try await GatewayFixture.with { fixture in
            try await Self.insert(Self.keys, into: fixture)
            var read: [String?] = []
            var path: String? = "/api/records/p2c-calls?limit=3"
            while let next = path {
                let page = try await fixture.get(next).json()
                read += (page["records"]?.arrayValue ?? []).map { $0["key"]?.stringValue }
                path = page["next"]?.stringValue.map { "/api/records/p2c-calls?limit=3&cursor=\($0)" }
            }
            #expect(read == Self.keys)
            func count(_ query: String) async throws -> Int? {
                try await fixture.get("/api/records/p2c-calls?\(query)").json()["records"]?.arrayValue?.count
            }
            #expect(try await count("kind=inmate") == 0)
            #expect(try await count("since=2999-01-01T00:00:00.000Z") == 0)
            #expect(try await count("since=2020-01-01T00:00:00.000Z") == 7)
            #expect(try await fixture.get("/api/records/p2c-calls?limit=1001").status == 400)
            let record = try await fixture.get("/api/records/p2c-calls/1%40p2c.example").json()
            #expect(record["content"] == ["nature": "ALARM"])
            #expect(record["history"]?.arrayValue?.count == 1)
            #expect(try await fixture.get("/api/records/p2c-calls/8@p2c.example").status == 404)
        }
    }

    @Test("export for operators, delete for admins, and both are in the audit log")
    func audit() async throws {
        try await GatewayFixture.with { fixture in
            try await Self.insert(Self.keys, into: fixture)
            let viewer = try await fixture.makeKey(.viewer)
            let runner = try await fixture.makeKey(.operator)
            let export = "/api/records/p2c-calls/export"
            let record = "/api/records/p2c-calls/3@p2c.example"
            #expect(try await fixture.send(.GET, export, from: .holder(viewer.key)).status == 403)
            let lines = try await fixture.send(.GET, export, from: .holder(runner.key)).text.split(separator: "\n")
            #expect(try lines.map { try JSONValue(parsing: $0.utf8)["key"]?.stringValue } == Self.keys)
            #expect(try await fixture.send(.DELETE, record, from: .holder(runner.key)).status == 403)
            #expect(try await fixture.send(.DELETE, record).status == 204)
            #expect(try await fixture.get(record).status == 404)
            let left = try await fixture.gateway.parts.stores.database.rows(
                "SELECT COUNT(*) AS n FROM record_history WHERE key = '3@p2c.example'"
            )
            #expect(try left.first?.integer("n") == 0)
            let log = try await fixture.get("/api/audit").json()["entries"]?.arrayValue ?? []
            let entries = log.map { entry in
                ["caller", "action", "outcome"].map { entry[$0]?.stringValue ?? "" }.joined(separator: " | ")
            }
            #expect(entries.contains("\(viewer.id) | GET /api/records/{source}/export | 403 forbidden"))
            #expect(entries.contains("\(runner.id) | GET /api/records/{source}/export | 200"))
            #expect(entries.contains("\(runner.id) | DELETE /api/records/{source}/{key} | 403 forbidden"))
            #expect(entries.contains("local | DELETE /api/records/{source}/{key} | 204"))
        }
    }

    @Test("a sweep deletes records of sources that are not run any more")
    func sweep() async throws {
        try await GatewayFixture.with { fixture in
            let now = Timestamp.now()
            try await Self.insert(["old"], into: fixture, seen: now.advanced(by: .seconds(-31 * 86_400)))
            try await Self.insert(["young"], into: fixture, seen: now.advanced(by: .seconds(-29 * 86_400)))
            let parts = fixture.gateway.parts
            let sweep = RecordSweep(database: parts.stores.database, sources: parts.catalog.descriptions)
            // The gateway's own sweep at its start may have come before this one.
            _ = try await sweep.sweep(at: now, pause: .zero)
            let left = try await parts.stores.database.rows("SELECT key FROM records")
            #expect(try left.map { try $0.string("key") } == ["young"])
        }
    }

    @Test("definitions come with sources that can be run without more being said, under the names of the plan")
    func definitions() async throws {
        try await GatewayFixture.with { fixture in
            let definitions = fixture.gateway.parts.catalog.descriptions.flatMap(\.definitions)
            #expect(
                Set(definitions.map(\.name)) == [
                    "P2C-DubqueRecentCallsRip", "P2C-DailyBulletin", "P2C-Inmates", "Iowa-Corrections",
                    "Iowa-Registry", "Geocoding-Backfill",
                ]
            )
            #expect(definitions.allSatisfy { $0.retries == .endless(EndlessRetries()) })
            for source in fixture.gateway.parts.catalog.descriptions {
                let schema = try #require(fixture.gateway.parts.catalog.schema(of: source.id))
                for definition in source.definitions {
                    let violations = schema.violations(of: definition.parameters)
                    #expect(violations.isEmpty, "\(definition.name) cannot be run as it is")
                }
            }
            let bulletin = definitions.first { $0.name == "P2C-DailyBulletin" }
            #expect(bulletin?.parameters == ["days": 3, "workers": 7, "chunk_size": 7, "log_level": "INFO"])
        }
    }
}
