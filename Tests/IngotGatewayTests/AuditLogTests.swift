import IngotCore
import IngotEmbedded
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The audit log", .timeLimit(.minutes(10)))
struct AuditLogTests {
    private func entries(_ fixture: GatewayFixture) async throws -> [JSONValue] {
        try await fixture.get("/api/audit?limit=500").json()["entries"]?.arrayValue ?? []
    }

    @Test("has one entry for each change and each attempt at one, with who, what, from where and what came of it")
    func changes() async throws {
        try await GatewayFixture.with { fixture in
            let viewer = try await fixture.makeKey(.viewer)
            let job = try await fixture.runProbe(["log_lines": 1])
            let denied = try await fixture.send(.POST, "/api/ingest/probe?secret=planted", from: .holder(viewer.key))
            #expect(denied.status == 403)
            #expect(try await fixture.post("/api/ingest/probe", ["unknown": "planted"]).status == 422)
            #expect(try await fixture.post("/api/ingest/jobs/\(job.id)/cancel").status == 409)
            #expect(try await fixture.send(.DELETE, "/api/keys/\(viewer.id)").status == 200)
            #expect(try await fixture.get("/api/sources").status == 200)
            let log = try await entries(fixture)
            let lines = log.map { entry in
                ["caller", "action", "target", "outcome"].map { entry[$0]?.stringValue ?? "" }.joined(separator: " | ")
            }
            #expect(
                lines == [
                    "local | DELETE /api/keys/{id} | /api/keys/\(viewer.id) | 200",
                    "local | POST /api/ingest/jobs/{id}/cancel | /api/ingest/jobs/\(job.id)/cancel | 409 job-ended",
                    "local | POST /api/ingest/{source} | /api/ingest/probe | 422 invalid-parameters",
                    "\(viewer.id) | POST /api/ingest/{source} | /api/ingest/probe | 403 forbidden",
                    "local | POST /api/ingest/{source} | /api/ingest/probe | 202",
                    "local | POST /api/keys | /api/keys | 201",
                ]
            )
            #expect(log.allSatisfy { $0["remote_address"] == "127.0.0.1" && $0["request_id"] != nil })
            #expect(log[3]["role"] == "viewer")
            #expect(log[4]["details"]?["job"] == .string(job.id.rawValue))
            #expect(log[5]["details"]?["location"] == .string("/api/keys/\(viewer.id)"))
            let text = try await fixture.get("/api/audit").text
            #expect(!text.contains("planted") && !text.contains(viewer.key))
        }
    }

    @Test("is read page by page, newest first")
    func pages() async throws {
        try await GatewayFixture.with { fixture in
            for _ in 0..<5 { _ = try await fixture.makeKey(.viewer) }
            let all = try await entries(fixture).map { $0["id"] }
            var read: [JSONValue?] = []
            var cursor: String? = ""
            while let next = cursor {
                let page = try await fixture.get("/api/audit?limit=2" + (next.isEmpty ? "" : "&cursor=\(next)")).json()
                read += (page["entries"]?.arrayValue ?? []).map { $0["id"] }
                cursor = page["next"]?.stringValue
            }
            #expect(read == all && all.count == 5)
            #expect(try await fixture.get("/api/audit?cursor=x").status == 400)
            #expect(try await fixture.get("/api/audit?limit=501").status == 400)
        }
    }

    @Test("Many changes at once are each in the log when they are answered")
    func groups() async throws {
        try await GatewayFixture.with { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { _ = try await fixture.makeKey(.viewer) } }
                try await group.waitForAll()
            }
            #expect(try await entries(fixture).count == 100)
        }
    }

    @Test("A job is in it as soon as it is made, however long its maker waits for the end")
    func waiting() async throws {
        try await GatewayFixture.with { fixture in
            async let ended = fixture.runProbe(["sleep_ms": 60_000])
            var made: [JSONValue] = []
            while made.isEmpty {
                try await Task.sleep(for: .milliseconds(5))
                made = try await fixture.get("/api/ingest/jobs?status=running").json()["jobs"]?.arrayValue ?? []
            }
            let id = try #require(made.first?["id"]?.stringValue)
            let log = try await entries(fixture)
            #expect(log.map { $0["outcome"] } == ["202"])
            #expect(log.first?["details"]?["job"] == .string(id))
            _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            #expect(try await ended.status == .cancelled)
            // Once only.
            #expect(try await entries(fixture).count == 2)
        }
    }

    @Test("Whoever is not recognised cannot fill it, whatever is wrong with the request")
    func strangers() async throws {
        try await GatewayFixture.with({
            $0.access.failureBurst = 4
            $0.access.failuresPerSecond = 0.001
        }) { fixture in
            let requests: [(String, [(String, String)], Int)] = [
                ("{}", [], 422), ("x", [], 400), (String(repeating: "a", count: 5000), [], 413),
                ("{}", [("Origin", "https://evil.example")], 403),
            ]
            func send(_ body: String, _ headers: [(String, String)]) async throws -> Int {
                try await fixture.send(.POST, "/api/session", from: .nobody, headers: headers, body: Array(body.utf8))
                    .status
            }
            for (body, headers, status) in requests { #expect(try await send(body, headers) == status) }
            for (body, headers, _) in requests { #expect(try await send(body, headers) == 429) }
            let count = AuditLog.failuresPerMinute + 40
            for _ in 0..<count { _ = try await send("{}", []) }
            _ = try await fixture.makeKey(.viewer)
            #expect(try await entries(fixture).count <= 2 * AuditLog.failuresPerMinute + 3)
        }
    }

    @Test("When it cannot be written, nothing more is changed until it can, and no entry is lost")
    func storeFails() async throws {
        try await GatewayFixture.with { fixture in
            let database = fixture.gateway.parts.stores.database
            try await database.run(Statement("ALTER TABLE audit_log RENAME TO hidden"))
            // What had been done when the write failed is answered as it is.
            _ = try await fixture.makeKey(.viewer)
            let refused = try await fixture.post("/api/keys", ["role": "viewer"])
            #expect(refused.status == 503)
            #expect(try refused.json()["type"] == "/problems/unavailable")
            #expect(refused.headers["retry-after"].first != nil)
            #expect(try await fixture.get("/api/keys").json()["keys"]?.arrayValue?.count == 1)
            try await database.run(Statement("ALTER TABLE hidden RENAME TO audit_log"))
            _ = try await fixture.makeKey(.viewer)
            #expect(try await entries(fixture).map { $0["outcome"] } == ["201", "201"])
        }
    }

    @Test("Failed authentications have entries up to a number a minute; the others are counted")
    func failures() async throws {
        try await ScratchFolder.with { folder in
            let database = try EmbeddedDatabase(path: folder.appending("d1.sqlite").string)
            try await APIKeyStore(database: database).prepare()
            let start = ContinuousClock.now
            let uptime = Mutex(start)
            let store = AuditStore(database: database)
            let log = AuditLog(
                store: store,
                logger: GatewayFixture.quiet,
                now: { .now() },
                uptime: { uptime.withLock { $0 } }
            )
            func entry() -> AuditEntry {
                AuditEntry(
                    id: log.nextID(at: .now()),
                    at: .now(),
                    remoteAddress: "203.0.113.5",
                    action: "GET /api/sources",
                    target: "/api/sources",
                    outcome: "401 key-unknown"
                )
            }
            let group = ServiceGroup(services: [log], logger: GatewayFixture.quiet)
            async let running: Void = group.run()
            for _ in 0..<1000 { log.noteFailure(entry()) }
            uptime.withLock { $0 = start.advanced(by: .seconds(61)) }
            log.noteFailure(entry())
            #expect(await log.record(entry()))
            let written = try await store.page(before: nil, limit: 500)
            #expect(written.filter { $0.action == "GET /api/sources" }.count == AuditLog.failuresPerMinute + 2)
            let summary = try #require(written.first { $0.action == "failed authentications" })
            #expect(summary.details == ["not_listed": .integer(Int64(1000 - AuditLog.failuresPerMinute))])
            for _ in 0..<100 { log.noteFailure(entry()) }
            await group.triggerGracefulShutdown()
            try await running
            // The end writes what waited, and says what was not listed.
            #expect(try await store.page(before: nil, limit: 500).first?.details["not_listed"] == 41)
            #expect(await log.record(entry()) == false)
        }
    }

    @Test("A failed authentication is recorded without the key that was tried")
    func failedAuthentication() async throws {
        try await GatewayFixture.with { fixture in
            let wrong = APIKeySecret().secret.revealed
            #expect(try await fixture.send(.GET, "/api/nothing/\(wrong)", from: .holder(wrong)).status == 404)
            #expect(try await fixture.send(.GET, "/api/law/\(wrong)", from: .holder(wrong)).status == 401)
            // Entries of failures are not waited for; one that is waited for comes after them.
            _ = try await fixture.makeKey(.viewer)
            let failed = try #require(try await entries(fixture).last)
            #expect(failed["outcome"] == "401 key-unknown")
            #expect(failed["caller"] == nil && failed["target"] == "/api/law/ingot_…")
        }
    }
}
