import FoundationEssentials
import IngotCore
import Logging
import NIOHTTP1
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

/// Keeps what is logged.
private struct KeepingLogHandler: LogHandler {
    let lines: Lines
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        lines.add("\(event.message) \(all)")
    }

    final class Lines: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String) { texts.withLock { $0.append(text) } }
        var all: String { texts.withLock { $0.joined(separator: "\n") } }
    }
}

@Suite("Secrets", .timeLimit(.minutes(10)))
struct SecretKeepingTests {
    @Test("Keys, cookies and values of queries are in no log, no row and no problem document")
    func kept() async throws {
        let lines = KeepingLogHandler.Lines()
        try await ScratchFolder.with { folder in
            try await GatewayFixture.with(
                folder: folder,
                {
                    var logger = Logger(label: "kept") { _ in KeepingLogHandler(lines: lines) }
                    logger.logLevel = .trace
                    $0.logger = logger
                }
            ) { fixture in
                let key = try await fixture.makeKey(.operator)
                let wrong = APIKeySecret().secret.revealed
                let planted = "planted-in-the-query"
                let session = try await fixture.send(.POST, "/api/session", from: .holder(key.key))
                let cookie = String(try #require(session.headers["set-cookie"].first).prefix { $0 != ";" })
                var answers: [Answer] = []
                for path in ["/api/sources", "/api/law/\(wrong)", "/api/keys/\(wrong)", "/\(wrong)", "/api/search"] {
                    for sender in [.holder(wrong), .holder(key.key), .nobody] as [GatewayFixture.Sender] {
                        for method in [.GET, .POST, .DELETE] as [HTTPMethod] {
                            answers.append(
                                try await fixture.send(
                                    method,
                                    path + "?status=\(planted)",
                                    from: sender,
                                    headers: [("Cookie", "\(cookie)x")]
                                )
                            )
                        }
                    }
                }
                let equals = try #require(cookie.firstIndex(of: "="))
                let sessionID = String(cookie[cookie.index(after: equals)...])
                try #require(sessionID.utf8.count >= 40)
                let secrets = [key.key, wrong, fixture.gateway.localKey.revealed, sessionID]
                let audit = try await fixture.get("/api/audit?limit=500").text
                #expect(audit.contains("/api/law/ingot_…"))
                let rows = try await Self.everyRow(of: fixture.gateway.parts.stores.database)
                #expect(rows.contains("/api/law/ingot_…"))
                for secret in secrets + [planted] {
                    #expect(!lines.all.contains(secret))
                    #expect(!audit.contains(secret))
                    #expect(!rows.contains(secret))
                }
                for answer in answers where answer.status >= 400 {
                    for secret in secrets { #expect(!answer.text.contains(secret), "\(answer.text)") }
                }
                #expect(lines.all.contains("/api/law/ingot_…"))
            }
        }
    }

    /// Every value of every table, a line each.
    private static func everyRow(of database: any Database) async throws -> String {
        let tables = try await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        let names = try tables.map { try $0.string("name") }
        #expect(Set(names).isSuperset(of: ["ingest_jobs", "audit_log", "api_keys"]), "\(names)")
        var lines: [String] = []
        for name in names where !name.hasPrefix("_cf_") && !name.hasPrefix("sqlite_") {
            for row in try await database.rows("SELECT * FROM \"\(name)\"") {
                for case .text(let text) in row.values { lines.append(text) }
            }
        }
        return lines.joined(separator: "\n")
    }
}
