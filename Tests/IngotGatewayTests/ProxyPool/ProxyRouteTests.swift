import IngotCore
import IngotTesting
import NIOHTTP1
import StandInProxies
import Testing

@testable import IngotGateway

@Suite("The pool over the API", .timeLimit(.minutes(10)))
struct ProxyRouteTests {
    /// Runs `body` in front of a gateway with one source of four good proxies.
    private static func with(
        _ configure: @Sendable (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (GatewayFixture, StandInProxies, CountingSite) async throws -> Void
    ) async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite()
        proxies.set(0..<4, .good)
        site.set("/list", .init(200, proxies.list(0..<6)))
        try await GatewayFixture.with {
            $0.proxyPool.sources = [ProxySource(name: "list", url: site.address("/list"))]
            configure(&$0)
        } _: { fixture in
            try await body(fixture, proxies, site)
        }
        try await proxies.close()
        try await site.close()
    }

    private static func status(_ fixture: GatewayFixture, until condition: (JSONValue) -> Bool) async throws
        -> JSONValue
    {
        while true {
            let status = try await fixture.get("/api/proxies/status").json()
            if condition(status) { return status }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func isFull(_ status: JSONValue) -> Bool {
        status["total"]?.integerValue == 4 && status["validating"]?.boolValue == false
    }

    @Test("It fills by itself at the start, and its status and list say so")
    func status() async throws {
        try await Self.with { fixture, proxies, site in
            let status = try await Self.status(fixture, until: Self.isFull)
            #expect(status["sources"] == ["list"])
            #expect(status["active_proxies"] == 4)
            #expect(status["is_active"] == true)
            #expect(status["churn_stats"]?["success"] == 4)
            #expect(status["config"]?["target_count"] == 100)
            #expect(status["config"]?["validation_url"] == .string(fixture.address + "/api/proxies/check"))
            #expect(status["by_source"]?.arrayValue?.first?["valid"] == 4)
            let list = try await fixture.get("/api/proxies/list").json()
            #expect(list == ["proxies": .array((0..<4).map { .string(proxies.address($0)) })])
            #expect(site.count("/list") == 1)
        }
    }

    @Test("A refresh answers at once and fetches each list once more, however many ask meanwhile")
    func refresh() async throws {
        try await Self.with {
            $0.proxyPool.sourceTimeout = 60
            // With none missing, no list is fetched before its time.
            $0.proxyPool.targetCount = 4
        } _: { fixture, _, site in
            _ = try await Self.status(fixture, until: Self.isFull)
            site.hold("/list")
            func ask() async throws {
                let answer = try await fixture.post("/api/proxies/refresh")
                #expect(answer.status == 200)
                #expect(try answer.json() == ["status": "Refresh started"])
            }
            try await ask()
            while site.count("/list") < 2 { try await Task.sleep(for: .milliseconds(5)) }
            async let first: Void = ask()
            async let second: Void = ask()
            _ = try await (first, second)
            site.release("/list")
            // Two more steps, each with a list of its own: a third fetch of the first one would have come before them.
            var sources: [JSONValue] = [["name": "list", "url": .string(site.address("/list"))]]
            for name in ["other", "another"] {
                sources.append(["name": .string(name), "url": .string(site.address("/\(name)"))])
                let change: JSONValue = ["sources": .array(sources)]
                #expect(try await fixture.post("/api/proxies/config", change).status == 200)
                while site.count("/\(name)") < 1 { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(site.count("/list") == 2)
        }
    }

    @Test("Settings hold at once and after a restart; one alone leaves the others; old names are taken")
    func settings() async throws {
        try await ScratchFolder.with { folder in
            let site = try await CountingSite(["/page": .init(200, "a lantern")])
            let url = site.address("/page")
            try await GatewayFixture.with(folder: folder) { fixture in
                let first = try await fixture.post(
                    "/api/proxies/config",
                    ["target_count": 7, "validation_url": .string(url)]
                )
                #expect(first.status == 200, "\(first.text)")
                #expect(try first.json()["config"]?["target_count"] == 7)
                let second = try await fixture.post("/api/proxies/config", ["target_pool_size": 9])
                #expect(try second.json()["config"]?["target_count"] == 9)
                #expect(try second.json()["config"]?["validation_url"] == .string(url))
                let third = try await fixture.post(
                    "/api/proxies/config",
                    ["sources": [["name": "mine", "url": .string(site.address("/list"))]], "direct_allowed": true]
                )
                #expect(try third.json()["sources"] == ["mine"])
            }
            try await GatewayFixture.with(folder: folder) { fixture in
                let config = try await fixture.get("/api/proxies/status").json()["config"]
                #expect(config?["target_count"] == 9)
                #expect(config?["validation_url"] == .string(url))
                #expect(config?["direct_allowed"] == true)
                let answer = try await fixture.post("/api/proxies/config", ["test_url": .string(url + "?2")])
                #expect(try answer.json()["config"]?["validation_url"] == .string(url + "?2"))
                // Back to the gateway's own.
                let last = try await fixture.post("/api/proxies/config", ["validation_url": .null])
                #expect(
                    try last.json()["config"]?["validation_url"] == .string(fixture.address + "/api/proxies/check")
                )
                let audit = try await fixture.get("/api/audit").text
                #expect(audit.contains("POST /api/proxies/config"))
            }
            try await site.close()
        }
    }

    @Test("What cannot be is refused and changes nothing")
    func refusals() async throws {
        let long = "http://h.example/" + String(repeating: "a", count: 2000)
        let bodies: [JSONValue] = [
            ["target_count": -1], ["target_count": 0], ["target_count": 10_001], ["target_count": "many"],
            ["target_count": .number(1.5)], ["validation_url": "not a URL"], ["validation_url": "ftp://h.example/"],
            ["validation_url": "file:///etc/passwd"], ["validation_url": ""], ["validation_url": 5],
            ["validation_url": "http://me:secret@h.example/"], ["validation_url": .string(long)],
            ["validation_url": "http:///path"], ["test_url": "javascript:alert(1)"], ["unknown": 1],
            ["target_count": 5, "target_pool_size": 6], ["concurrency": 251], ["check_timeout_seconds": 0],
            ["sources": [["name": "a", "url": "gopher://h.example"]]], ["sources": [["name": "a"]]],
            ["sources": [["name": "a b", "url": "http://h.example"]]],
            ["sources": [["name": "a", "url": "http://h.example"], ["name": "a", "url": "http://i.example"]]],
            ["sources": .array((0..<21).map { ["name": .string("s\($0)"), "url": "http://h.example"] })],
            // One wrong member keeps the others from being set.
            ["target_count": 50, "validation_url": "nowhere"],
        ]
        try await GatewayFixture.with { fixture in
            let before = try await fixture.get("/api/proxies/status").json()
            for body in bodies {
                let answer = try await fixture.post("/api/proxies/config", body)
                #expect(answer.status == 422, "\(body.canonicalText.prefix(200)): \(answer.text)")
            }
            #expect(try await fixture.get("/api/proxies/status").json() == before)
        }
    }

    @Test("Whoever may see only some sources may not set what is for all; the route for checks is open")
    func access() async throws {
        try await GatewayFixture.with { fixture in
            let scoped = try await fixture.makeKey(.operator, sources: ["probe"])
            let viewer = try await fixture.makeKey(.viewer)
            for path in ["/api/proxies/refresh", "/api/proxies/config"] {
                let body = JSONValue.object(["target_count": 5]).canonicalBytes
                #expect(try await fixture.send(.POST, path, from: .holder(scoped.key), body: body).status == 403)
                #expect(try await fixture.send(.POST, path, from: .holder(viewer.key), body: body).status == 403)
                #expect(try await fixture.send(.POST, path, from: .nobody, body: body).status == 401)
            }
            #expect(try await fixture.send(.GET, "/api/proxies/status", from: .holder(viewer.key)).status == 200)
            // A query may hold a key, which is not for everybody who may look.
            let change: JSONValue = [
                "validation_url": "http://h.example/page?key=hunter22",
                "sources": [["name": "paid", "url": "http://127.0.0.1:9/list?key=hunter22"]],
            ]
            #expect(try await fixture.post("/api/proxies/config", change).status == 200)
            #expect(try await fixture.get("/api/proxies/status").text.contains("hunter22"))
            let seen = try await fixture.send(.GET, "/api/proxies/status", from: .holder(viewer.key))
            #expect(seen.text.contains("http://h.example/page?…"))
            #expect(!seen.text.contains("hunter22"))
            let check = try await fixture.send(.GET, "/api/proxies/check", from: .nobody)
            #expect(check.text == ProxyRoutes.checkText)
        }
    }
}
