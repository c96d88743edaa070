import IngotCore
import IngotGateway
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("The pages about the gateway itself", .timeLimit(.minutes(5)))
struct SystemPagesTests {
    private static let hostile = "<script>alert(1)</script>\"'&"
    private static let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;"

    @Test("The system page shows slots, what waits and why, and what the gateway stands on")
    func system() async throws {
        try await DashboardFixture.with {
            $0.slots = 1
        } _: { fixture in
            let empty = try await fixture.page("/system")
            #expect(empty.contains("No job waits."))
            #expect(empty.contains("No job has asked a host lately."))
            let running = try await fixture.start("probe", ["events": 100_000, "interval_ms": 100])
            let waiting = try await fixture.start("probe", ["events": 1])
            let page = try await fixture.page("/system")
            #expect(page.contains("All slots are taken."))
            #expect(page.contains("href=\"/jobs/\(waiting)\""))
            #expect(page.contains("processes of this machine"))
            #expect(page.contains("embedded: SQLite"))
            #expect(page.contains("Data folder"))
            for id in [waiting, running] {
                _ = try await fixture.send(.POST, "/api/ingest/jobs/\(id)/cancel")
            }
        }
    }

    @Test("What a reader may not see is said")
    func roles() async throws {
        try await DashboardFixture.with { fixture in
            let viewer = try await fixture.makeKey("viewer")
            for path in ["/system/keys", "/system/audit", "/system/webhooks"] {
                let page = try await fixture.page(path, key: viewer)
                #expect(page.contains("Only admins see this."), "\(path)")
                #expect(!page.contains("<table"), "\(path)")
                #expect(!page.contains("<dialog"), "\(path)")
                #expect(!(try await fixture.page(path)).contains("Only admins see this."), "\(path)")
            }
            let system = try await fixture.page("/system", key: viewer)
            #expect(system.contains("is shown to operators of all sources"))
            #expect(!system.contains("Data folder"))
            let overview = try await fixture.page("/", key: viewer)
            #expect(!overview.contains("Start a job"))
            #expect(try await fixture.page("/").contains("Start a job"))
        }
    }

    @Test("A source that a key does not open is in none of its pages")
    func scope() async throws {
        try await DashboardFixture.with {
            $0.slots = 1
        } _: { fixture in
            let key = try await fixture.makeKey("operator", sources: ["usc"])
            let running = try await fixture.start("probe", ["events": 100_000, "interval_ms": 100])
            let waiting = try await fixture.start("probe", ["events": 1])
            for path in ["/", "/sources", "/system", "/sources/usc"] {
                let page = try await fixture.page(path, key: key)
                #expect(!page.contains(waiting) && !page.contains(running), "\(path)")
                #expect(!page.contains("/sources/probe"), "\(path)")
            }
            #expect(try await fixture.send(.GET, "/sources/probe", key: key).status == 403)
            for id in [waiting, running] { _ = try await fixture.send(.POST, "/api/ingest/jobs/\(id)/cancel") }
        }
    }

    @Test("Names of keys, addresses of webhooks and what was asked are text")
    func hostileText() async throws {
        try await DashboardFixture.with { fixture in
            let name = JSONValue.string(Self.hostile)
            #expect(try await fixture.send(.POST, "/api/keys", body: ["role": "viewer", "name": name]).status == 201)
            let hook = "https://example.org/%22%3Cscript?\"><script>alert(1)</script>"
            _ = try await fixture.send(.POST, "/api/webhooks", body: ["url": .string(hook)])
            _ = try await fixture.send(.POST, "/api/webhooks", body: ["url": "https://example.org/?a=1&b=2"])
            _ = try await fixture.send(.POST, "/api/ingest/%3Cscript%3Ealert(1)%3C%2Fscript%3E", body: [:])
            let keys = try await fixture.page("/system/keys")
            #expect(keys.contains(Self.escaped))
            #expect(!keys.contains("<script>alert"))
            #expect(try await fixture.page("/system/webhooks").contains("https://example.org/?a=1&amp;b=2"))
            let query = "?caller=%3Cscript%3Ealert(1)&action=%22%3E%3Cscript%3Ealert(1)"
            for path in ["/system/audit", "/system/audit" + query, "/system/webhooks"] {
                #expect(!(try await fixture.page(path)).contains("<script>alert"), "\(path)")
            }
            #expect(try await fixture.page("/system/audit" + query).contains("Nothing fits."))
        }
    }

    @Test("The audit log is filtered by caller and action, and paged")
    func audit() async throws {
        try await DashboardFixture.with { fixture in
            let key = try await fixture.makeKey("operator")
            for _ in 0..<60 {
                _ = try await fixture.send(.POST, "/api/ingest/probe", key: key, body: ["events": "wrong"])
            }
            let all = try await fixture.page("/system/audit?action=POST%20/api/ingest/%7Bsource%7D")
            #expect(all.contains("rel=\"next\""))
            #expect(!all.contains("<code>POST /api/keys</code>"))
            let next = try #require(all.firstMatch(of: /href="([^"]+)" rel="next"/)).1
            let second = try await fixture.page(String(next).replacing("&amp;", with: "&"))
            #expect(second.contains("Newest"))
            #expect(second.contains("<code>POST /api/ingest/{source}</code>"))
            #expect(!second.contains("<code>POST /api/keys</code>"))
            #expect(
                try await fixture.page("/system/audit?action=POST%20/api/keys").contains("<code>POST /api/keys</code>")
            )
        }
    }

    @Test("The overview names what failed and draws the days")
    func overview() async throws {
        try await DashboardFixture.with { fixture in
            let empty = try await fixture.page("/")
            #expect(empty.contains("No job is running."))
            #expect(empty.contains("No job has failed."))
            #expect(empty.contains("No job has ended within the last 30 days."))
            _ = try await fixture.run("probe", ["events": 1])
            _ = try await fixture.run("probe", ["fail": "malformed_upstream"])
            let page = try await fixture.page("/")
            #expect(page.contains("1 succeeded, 1 failed"))
            #expect(page.contains("last job failed"))
            #expect(page.contains("<figure class=\"chart\">"))
        }
    }
}
