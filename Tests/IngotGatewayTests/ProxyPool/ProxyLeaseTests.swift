import IngotCore
import IngotEmbedded
import IngotTesting
import NIOHTTP1
import StandInProxies
import Testing

@testable import IngotGateway
@testable import IngotRunner

@Suite("Proxies that runners are lent", .timeLimit(.minutes(10)))
struct ProxyLeaseTests {
    private static func leasing(
        _ attempt: RunningAttempt,
        directAllowed: Bool? = nil,
        patience: Duration = .seconds(120)
    ) -> GatewayProxies {
        let questions = GatewayQuestions(
            gateway: attempt.fixture.address,
            job: attempt.id,
            token: attempt.token.secret,
            logger: GatewayFixture.quiet
        )
        return GatewayProxies(questions, directAllowed: directAllowed, patience: patience)
    }

    /// Runs `body` with attempts in front of a gateway with a pool of so many good proxies.
    private static func with(
        _ count: Int,
        attempts: Int = 1,
        _ configure: @Sendable (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (GatewayFixture, [RunningAttempt], StandInProxies, CountingSite) async throws -> Void
    ) async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite()
        proxies.set(0..<count, .good)
        site.set("/list", .init(200, proxies.list(0..<count)))
        try await RunningAttempt.with(attempts) {
            $0.proxyPool.sources = [ProxySource(name: "list", url: site.address("/list"))]
            configure(&$0)
        } _: { fixture, attempts in
            while await fixture.gateway.proxyPool.list.count < count { try await Task.sleep(for: .milliseconds(10)) }
            try await body(fixture, attempts, proxies, site)
        }
        try await proxies.close()
        try await site.close()
    }

    @Test("A hundred sessions over ten proxies use each, and none twice running")
    func rotation() async throws {
        try await Self.with(10, attempts: 2) { _, attempts, proxies, _ in
            let leasing = attempts.map { Self.leasing($0) }
            var lent: [String] = []
            for number in 0..<100 {
                let lease = try await leasing[number % 2].lease(forSession: "s\(number)", toAsk: "h.example")
                lent.append(try #require(lease.address).description)
            }
            #expect(Set(lent) == Set((0..<10).map { "http://\(proxies.address($0))" }))
            #expect(zip(lent, lent.dropFirst()).allSatisfy { $0 != $1 })
        }
    }

    @Test("A session keeps its proxy until it reports a failure; three failures take a proxy out for all")
    func reports() async throws {
        try await Self.with(2) { fixture, attempts, _, _ in
            let leasing = Self.leasing(attempts[0])
            let first = try await leasing.lease(forSession: "a", toAsk: "h.example")
            await leasing.report(.served, of: first)
            #expect(try await leasing.lease(forSession: "a", toAsk: "h.example") == first)
            await leasing.report(.failed, of: first)
            #expect(try await leasing.lease(forSession: "a", toAsk: "h.example").address != first.address)
            await leasing.report(.lied, of: try await leasing.lease(forSession: "a", toAsk: "h.example"))
            #expect(await fixture.gateway.proxyPool.list.count == 1)
            for _ in 0..<2 {
                await leasing.report(.failed, of: try await leasing.lease(forSession: "b", toAsk: "h.example"))
            }
            #expect(await fixture.gateway.proxyPool.list.count == 0)
            await leasing.report(.failed, of: .direct)
        }
    }

    @Test("What an attempt was lent ends with it")
    func end() async throws {
        try await Self.with(1) { fixture, attempts, _, _ in
            let leasing = Self.leasing(attempts[0])
            let lease = try await leasing.lease(forSession: "a", toAsk: "h.example")
            try await attempts[0].progress.end(.cancelled)
            let failure = await #expect(throws: JobFailure.self) {
                try await leasing.lease(forSession: "a", toAsk: "h.example")
            }
            #expect(failure?.code == "attempt_superseded")
            let other = try await RunningAttempt.begin(fixture)
            let next = try await Self.leasing(other).lease(forSession: "a", toAsk: "h.example")
            #expect(next.address == lease.address)
            #expect(next != lease)
            await fixture.gateway.registry.release(other.id)
        }
    }

    @Test("A runner that finds an empty pool has the lists fetched, waits, and is lent what turns up")
    func waiting() async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite()
        proxies.set([0], .good)
        let time = SettableTime()
        try await withEmbeddedCloud { cloud in
            var settings = ProxyPoolSettings()
            settings.sources = [ProxySource(name: "list", url: site.address("/list"))]
            settings.validationURL = site.address("/page")
            settings.validationText = "lantern"
            site.set("/list", .init(200, "# none yet"))
            site.set("/page", .init(200, "lantern"))
            let pool = try await PoolFixture.pool(on: cloud.database, settings, site, time)
            while await pool.step() == .zero {}
            #expect(site.count("/list") == 1)
            site.set("/list", .init(200, proxies.list([0])))
            // Too soon for another fetch by age, but not for somebody who waits.
            time.advance(by: .seconds(10))
            async let answer = pool.lease(to: ProxyLoans.Session(party: "j/1", name: "s"), patience: .seconds(120))
            while await pool.list.isEmpty {
                await pool.step()
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try await answer.proxy == "http://\(proxies.address(0))")
            #expect(site.count("/list") == 2)
        }
        try await proxies.close()
        try await site.close()
    }

    @Test("Without a proxy the fallback holds: direct where it is allowed, never where it is forbidden")
    func fallback() async throws {
        let site = try await CountingSite(["/list": .init(500, "")])
        try await RunningAttempt.with(1) {
            $0.proxyPool.sources = [ProxySource(name: "list", url: site.address("/list"))]
            $0.proxyPatience = .milliseconds(50)
        } _: { fixture, attempts in
            func lease(_ directAllowed: Bool?) async throws -> ProxyLease {
                try await Self.leasing(attempts[0], directAllowed: directAllowed, patience: .milliseconds(120))
                    .lease(forSession: "a", toAsk: "h.example")
            }
            for forbidden in [nil, false] as [Bool?] {
                let failure = await #expect(throws: JobFailure.self) { try await lease(forbidden) }
                #expect(failure?.code == "proxies_unavailable")
                #expect(failure?.isTransient == true)
            }
            #expect(try await lease(true) == .direct)
            // The pool's own word, unless the job has one.
            _ = try await fixture.post("/api/proxies/config", ["direct_allowed": true])
            #expect(try await lease(nil) == .direct)
            await #expect(throws: JobFailure.self) { try await lease(false) }
        }
        try await site.close()
    }

    @Test("Without sources nobody waits")
    func noSources() async throws {
        try await RunningAttempt.with(1) {
            $0.proxyPatience = .seconds(600)
        } _: { _, attempts in
            let failure = await #expect(throws: JobFailure.self) {
                try await Self.leasing(attempts[0]).lease(forSession: "a", toAsk: "h.example")
            }
            #expect(failure?.code == "proxies_unavailable")
        }
    }

    @Test("Only the attempt's token opens it, and what does not fit is refused")
    func refusals() async throws {
        try await RunningAttempt.with(1) { fixture, attempts in
            let path = "/api/ingest/jobs/\(attempts[0].id)/proxies"
            let body = try JSONText.encode(ProxyAsk())
            #expect(try await fixture.send(.POST, path, body: body).status == 401)
            let bodies: [JSONValue] = [
                ["lease": ["session": "", "host": "h"]], ["lease": ["session": "s", "host": "H /"]],
                ["lease": ["session": .string(String(repeating: "s", count: 201)), "host": "h"]],
                ["reports": [["lease": "p1", "outcome": "fine"]]],
                ["reports": [["lease": "../p", "outcome": "failed"]]],
                ["reports": .array(Array(repeating: ["lease": "p1", "outcome": "served"], count: 257))], ["more": 1],
            ]
            for body in bodies {
                let answer = try await attempts[0].send(.POST, "proxies", body: body.canonicalBytes)
                #expect(answer.status == 422, "\(answer.text)")
            }
            // A loan that nobody knows is no matter.
            let report = ProxyAsk(reports: [ProxyAsk.Report(lease: "p99", outcome: .failed)])
            let answer = try await attempts[0].send(.POST, "proxies", body: try JSONText.encode(report))
            #expect(answer.status == 200)
        }
    }

    @Test("A host is asked no more often through ten proxies than through one")
    func hostBudget() async throws {
        try await Self.with(10, attempts: 2) {
            $0.fetching = HostLimitTable(standard: HostLimits(rate: 20, requests: 1))
        } _: { fixture, attempts, proxies, site in
            site.set("/page", .init(200, "page"))
            let url = site.address("/page")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for attempt in attempts {
                    let questions = GatewayQuestions(
                        gateway: fixture.address,
                        job: attempt.id,
                        token: attempt.token.secret,
                        logger: GatewayFixture.quiet
                    )
                    let budget = GatewayRequestBudget(questions)
                    let leasing = GatewayProxies(questions)
                    for number in 0..<10 {
                        group.addTask {
                            let lease = try await leasing.lease(forSession: "s\(number)", toAsk: "127.0.0.1")
                            let address = try #require(lease.address).description
                            let proxy = try #require(ProxyEndpoint(address.dropFirst("http://".count)))
                            let permit = try await budget.permit(toAsk: "127.0.0.1", minimumInterval: nil)
                            let check = ProxyCheck(url: url, expectation: .holding("page"))
                            #expect(await ProxyConnections().check(proxy, check, timeout: .seconds(60)) == .passed)
                            await budget.finish(permit, .served)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let requests = site.requests.filter { $0.path == "/page" }
            #expect(requests.count == 20)
            #expect(Set(requests.map(\.from)) == Set((0..<10).map(StandInProxies.ipAddress)))
            // 20 starts have 19 distances of a twentieth of a second.
            let first = try #require(requests.first?.at)
            let last = try #require(requests.last?.at)
            #expect(last - first >= .milliseconds(50) * 17)
        }
    }

    @Test("A runner's requests arrive through the pool's proxies, for one attempt's sessions through different ones")
    func runner() async throws {
        try await Self.with(4) { fixture, _, _, site in
            site.set("/page", .init(200, "page"))
            let job = try await fixture.runProbe([
                "use_proxies": true, "ask_url": .string(site.address("/page")), "ask_times": 8,
            ])
            #expect(job.status == .succeeded, "\(String(describing: job.error))")
            let from = site.requests.filter { $0.path == "/page" }.map(\.from)
            #expect(from.count == 8)
            #expect(Set(from) == Set((0..<4).map(StandInProxies.ipAddress)))
            // Whoever does not ask for proxies has none.
            let direct = try await fixture.runProbe(["ask_url": .string(site.address("/page"))])
            #expect(direct.status == .succeeded)
            #expect(site.requests.last?.from == "127.0.0.1")
        }
    }

    @Test("Ten failing attempts use different proxies of the pool")
    func failingAttempts() async throws {
        try await Self.with(3) {
            $0.maximumAttempts = 10
            $0.retries = RetryPolicy(
                maximumAttempts: .max,
                firstDelay: .milliseconds(1),
                maximumDelay: .milliseconds(5)
            )
        } _: { fixture, _, _, site in
            site.set("/page", .init(503, "busy"))
            let job = try await fixture.runProbe(["use_proxies": true, "ask_url": .string(site.address("/page"))])
            #expect(job.error?.code == "upstream_status")
            let from = site.requests.filter { $0.path == "/page" }.map(\.from)
            #expect(from.count == 10)
            #expect(Set(from) == Set((0..<3).map(StandInProxies.ipAddress)))
            #expect(zip(from, from.dropFirst()).allSatisfy { $0 != $1 })
        }
    }

    @Test("Ten failing attempts use different proxies of the job's own list")
    func ownList() async throws {
        let proxies = try await StandInProxies()
        proxies.set(0..<3, .good)
        let site = try await CountingSite(["/page": .init(503, "busy")])
        try await GatewayFixture.with {
            $0.maximumAttempts = 10
            $0.retries = RetryPolicy(
                maximumAttempts: .max,
                firstDelay: .milliseconds(1),
                maximumDelay: .milliseconds(5)
            )
        } _: { fixture in
            let job = try await fixture.runProbe([
                "proxies": .array((0..<3).map { .string(proxies.address($0)) }),
                "ask_url": .string(site.address("/page")),
            ])
            #expect(job.status == .failed)
            #expect(job.error?.code == "upstream_status")
            let from = site.requests.filter { $0.path == "/page" }.map(\.from)
            #expect(from == (0..<10).map { StandInProxies.ipAddress($0 % 3) })
        }
        try await proxies.close()
        try await site.close()
    }
}
