import IngotCore
import NIOHTTP1
import ServiceLifecycle
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Whom a gateway lets in", .timeLimit(.minutes(10)))
struct AccessStartTests {
    /// Why a gateway does not start; `nil` when it served and ended.
    private func refusal(_ configure: (inout GatewayConfiguration) -> Void) async throws -> GatewayError? {
        try await ScratchFolder.with { folder in
            var configuration = GatewayFixture.configuration(folder)
            configure(&configuration)
            do {
                let gateway = try await Gateway(configuration: configuration)
                try await ServiceGroup(services: [gateway], logger: GatewayFixture.quiet).run()
                return nil
            } catch let error as GatewayError {
                return error
            }
        }
    }

    @Test("An address that others can reach is refused without a key besides the local one")
    func openAddress() async throws {
        let error = try #require(try await refusal { $0.host = "0.0.0.0" })
        #expect(error.code == .accessUnusable)
        #expect(error.advice?.contains("ingot keys create --data '/") == true)
        try await ScratchFolder.with { folder in
            let made = OneValue<(id: String, key: String)>()
            try await GatewayFixture.with(folder: folder) { made.succeed(try await $0.makeKey(.admin)) }
            let key = try await made.value
            try await GatewayFixture.with(folder: folder, { $0.host = "0.0.0.0" }) { fixture in
                let port = fixture.address.split(separator: ":").last ?? ""
                let loopback = GatewayFixture(
                    gateway: fixture.gateway,
                    address: "http://127.0.0.1:\(port)",
                    client: fixture.client
                )
                let opened = try await loopback.send(.GET, "/api/sources", from: .holder(key.key))
                #expect(opened.status == 200)
                let closed = try await loopback.send(.GET, "/api/sources", from: .nobody)
                #expect(closed.status == 401)
                let revoked = try await loopback.send(.DELETE, "/api/keys/\(key.id)")
                #expect(revoked.status == 200)
            }
            // A key that was revoked is none.
            var configuration = GatewayFixture.configuration(folder)
            configuration.host = "0.0.0.0"
            let gateway = try await Gateway(configuration: configuration)
            await #expect(throws: GatewayError.self) {
                try await ServiceGroup(services: [gateway], logger: GatewayFixture.quiet).run()
            }
        }
    }

    @Test("A role for everybody is for loopback only, without a proxy in between")
    func anonymousElsewhere() async throws {
        let open = try await refusal {
            $0.host = "0.0.0.0"
            $0.access.anonymousRole = .viewer
        }
        #expect(open?.code == .accessUnusable)
        let proxied = try await refusal {
            $0.access.anonymousRole = .viewer
            $0.access.trustedProxies = ["10.0.0.7"]
        }
        #expect(proxied?.code == .accessUnusable)
        #expect(try await refusal { $0.access.trustedProxies = ["proxy"] }?.code == .accessUnusable)
    }

    @Test("A role for everybody opens its routes, but not to pages of other sites; a wrong key stays wrong")
    func anonymous() async throws {
        try await GatewayFixture.with({ $0.access.anonymousRole = .operator }) { fixture in
            func start(_ headers: [(String, String)] = []) async throws -> Answer {
                try await fixture.send(.POST, "/api/ingest/probe", from: .nobody, headers: headers)
            }
            #expect(try await fixture.send(.GET, "/api/sources", from: .nobody).status == 200)
            #expect(try await start().status == 202)
            #expect(try await start([("Origin", fixture.address)]).status == 202)
            #expect(try await start([("Origin", "https://evil.example")]).status == 403)
            #expect(try await start([("Sec-Fetch-Site", "cross-site")]).status == 403)
            // What a proxy hands on may come from anywhere.
            for header in [("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=203.0.113.5"), ("Via", "1.1 p")] {
                #expect(try await start([header]).status == 401, "\(header)")
            }
            #expect(try await fixture.send(.GET, "/api/keys", from: .nobody).status == 403)
            #expect(try await fixture.send(.GET, "/api/sources", from: .holder("wrong")).status == 401)
            let log = try await fixture.get("/api/audit").json()["entries"]?.arrayValue ?? []
            #expect(log.first { $0["outcome"] == "403 cross-site" }?["caller"] == "anonymous")
        }
    }

    @Test("Another name than the gateway's own is answered with 421, whatever the key")
    func hostNames() async throws {
        try await GatewayFixture.with({ $0.access.allowedHosts = ["ingot.example"] }) { fixture in
            for (host, status) in [
                ("ingot.example", 200), ("localhost:1", 200), ("evil.example", 421), ("ingot.example.evil", 421),
            ] {
                let answer = try await fixture.get("/api/sources", headers: [("Host", host)])
                #expect(answer.status == status, "\(host)")
                if status == 421 { #expect(try answer.json()["type"] == "/problems/wrong-host") }
            }
        }
    }

    @Test("Where the local key lies is told to this machine only")
    func advice() async throws {
        try await GatewayFixture.with { fixture in
            let here = try await fixture.send(.GET, "/api/sources", from: .nobody).json()
            #expect(here["detail"]?.stringValue?.contains("local.key") == true)
            let elsewhere = try await fixture.send(
                .GET,
                "/api/sources",
                from: .nobody,
                headers: [("X-Forwarded-For", "203.0.113.5")]
            ).json()
            let detail = try #require(elsewhere["detail"]?.stringValue)
            #expect(!detail.contains("local.key") && detail.contains("ingot keys create"))
        }
    }

    @Test("Too many failures from one address are answered with 429, while good keys go on")
    func failures() async throws {
        try await GatewayFixture.with({
            $0.access.failureBurst = 3
            $0.access.failuresPerSecond = 0.001
        }) { fixture in
            for _ in 0..<3 { #expect(try await fixture.send(.GET, "/api/sources", from: .nobody).status == 401) }
            let refused = try await fixture.send(.GET, "/api/sources", from: .holder("wrong"))
            #expect(refused.status == 429)
            #expect(try refused.json()["type"] == "/problems/too-many-failures")
            #expect((refused.headers["retry-after"].first.flatMap { Int($0) } ?? 0) > 0)
            #expect(try await fixture.get("/api/sources").status == 200)
        }
    }

    @Test("Too many requests with one key are answered with 429, while others go on")
    func requests() async throws {
        try await GatewayFixture.with({
            $0.access.requestBurst = 3
            $0.access.requestsPerSecond = 0.001
        }) { fixture in
            let busy = try await fixture.makeKey(.viewer)
            let other = try await fixture.makeKey(.viewer)
            func status(_ key: String) async throws -> Int {
                try await fixture.send(.GET, "/api/sources", from: .holder(key)).status
            }
            for _ in 0..<3 { #expect(try await status(busy.key) == 200) }
            let refused = try await fixture.send(.GET, "/api/sources", from: .holder(busy.key))
            #expect(refused.status == 429)
            #expect(try refused.json()["type"] == "/problems/too-many-requests")
            #expect(refused.headers["retry-after"].first != nil)
            #expect(try await status(other.key) == 200)
            #expect(try await fixture.get("/api/sources").status == 200)
        }
    }
}
