import IngotCore
import IngotTesting
import StandInProxies
import Testing

@testable import IngotGateway

@Suite("The pool in front of real proxies", .timeLimit(.minutes(10)), .fillsTheMachine)
struct ProxyPoolTests {
    /// Good ones among all.
    private static let good = Set((0..<400).filter { $0 % 8 < 3 })

    @Test("It reaches its target among mostly dead proxies, holds it, pauses while it is full, and refills")
    func filling() async throws {
        #expect(Self.good.count == 150)
        try await PoolFixture.with { fixture in
            fixture.proxies.set(Self.good, .good)
            fixture.list("list", 0..<400)
            var most = 0
            var before = 0
            repeat {
                before = await fixture.valid.count
                most = max(most, before)
            } while await fixture.pool.step() == .zero
            let full = await fixture.valid
            #expect(full.count >= 100)
            #expect(full.isSubset(of: Self.good))
            // No more than one batch above it, and no batch is larger than may be checked at once.
            #expect(full.count <= 100 + 250)
            #expect(fixture.proxies.mostOpen <= 250)
            #expect(await fixture.pool.status.validating == false)

            // Full: nobody is asked until the checks are too old.
            let asked = fixture.proxies.connectionCount
            for _ in 0..<4 {
                fixture.time.advance(by: .seconds(30))
                await fixture.settle()
            }
            #expect(fixture.proxies.connectionCount == asked)

            // Twenty die: found by their age, and replaced.
            let dead = Set(full.sorted().prefix(20))
            fixture.proxies.set(dead, .dead)
            fixture.time.advance(by: .seconds(300))
            let refilled = await fixture.settle()
            #expect(refilled.count >= 100)
            #expect(refilled.isDisjoint(with: dead))
        }
    }

    @Test("Only a proxy that brings back the right answer in time counts")
    func strictness() async throws {
        try await PoolFixture.with {
            $0.checkTimeout = 3
        } _: { fixture in
            let behaviours: [StandInProxies.Behaviour] = [
                .good, .slow, .dead, .refusing, .wrongStatus, .wrongBody, .captivePage,
            ]
            for (number, behaviour) in behaviours.enumerated() { fixture.proxies.set([number], behaviour) }
            fixture.list("list", 0..<behaviours.count)
            #expect(await fixture.settle() == [0])
            // What was asked for is what is set, through each of those that take a request at all.
            let port = fixture.site.port
            #expect(fixture.proxies.requests.allSatisfy { $0.target == "127.0.0.1:\(port)" })
            let lines = fixture.proxies.requests.map(\.line).filter { !$0.isEmpty }
            #expect(Set(lines) == ["GET \(ProxyRoutes.checkPath) HTTP/1.1"])
            #expect(fixture.site.requests.filter { $0.path == ProxyRoutes.checkPath }.map(\.from) == ["127.77.0.1"])
            #expect(await fixture.pool.status.churnStats.checked == 7)
        }
    }

    @Test("Another address and text are used at once, exactly as they are set")
    func otherCheck() async throws {
        try await PoolFixture.with { fixture in
            fixture.proxies.set(0..<4, .good)
            fixture.list("list", 0..<4)
            #expect(await fixture.settle().count == 4)
            let path = "/some/page?q=1%20a&x=%2F"
            fixture.site.set(path, .init(200, "before the word lantern and after"))
            let url = fixture.site.address(path)
            let change = try ProxyPoolChange(body: ["validation_url": .string(url), "validation_text": "lantern"])
            try await fixture.pool.configure(change)
            #expect(await fixture.settle().count == 4)
            #expect(fixture.site.count(path) == 4)
            // Another text that is not in the page: all fail.
            try await fixture.pool.configure(try ProxyPoolChange(body: ["validation_text": "anchor"]))
            #expect(await fixture.settle().count == 0)
        }
    }

    @Test("Without a text the answer must be what the gateway itself is given; a page that changes needs a text")
    func reference() async throws {
        try await PoolFixture.with { fixture in
            for (number, behaviour) in [StandInProxies.Behaviour.good, .wrongBody, .captivePage].enumerated() {
                fixture.proxies.set([number], behaviour)
            }
            fixture.list("list", 0..<3)
            fixture.site.set("/page", .init(200, "a page"))
            let url = fixture.site.address("/page")
            try await fixture.pool.configure(try ProxyPoolChange(body: ["test_url": .string(url)]))
            #expect(await fixture.settle() == [0])
            #expect(fixture.site.requests.filter { $0.path == "/page" && $0.from == "127.0.0.1" }.count == 2)
            let gone = fixture.site.address("/gone")
            try await fixture.pool.configure(try ProxyPoolChange(body: ["validation_url": .string(gone)]))
            await fixture.settle()
            #expect(await fixture.pool.status.checkError == "The answer has the status 404.")
        }
    }

    @Test("A source that fails or serves no list leaves the others' proxies, and says why")
    func failingSource() async throws {
        try await PoolFixture.with(sources: ["well", "broken", "malformed"]) { fixture in
            fixture.proxies.set(0..<6, .good)
            fixture.list("well", 0..<3)
            fixture.list("broken", 3..<5)
            fixture.list("malformed", 5..<6)
            #expect(await fixture.settle().count == 6)
            fixture.site.set("/broken", .init(500, "out of order"))
            fixture.site.set("/malformed", .init(200, "<html>no list</html>"))
            await fixture.pool.refresh()
            #expect(await fixture.settle().count == 6)
            let status = await fixture.pool.status
            #expect(status.bySource.map(\.name) == ["well", "broken", "malformed"])
            #expect(
                status.bySource.map(\.error) == [
                    nil, "The answer has the status 500.", "The answer holds no proxy.",
                ]
            )
            #expect(status.bySource.map(\.valid) == [3, 2, 1])
        }
    }

    @Test("A refresh fetches each list once more; two at once are one")
    func refresh() async throws {
        try await PoolFixture.with(sources: ["a", "b"]) { fixture in
            fixture.proxies.set(0..<2, .good)
            fixture.list("a", 0..<1)
            fixture.list("b", 1..<2)
            await fixture.settle()
            #expect([fixture.site.count("/a"), fixture.site.count("/b")] == [1, 1])
            await fixture.pool.refresh()
            await fixture.pool.refresh()
            await fixture.settle()
            #expect([fixture.site.count("/a"), fixture.site.count("/b")] == [2, 2])
            fixture.time.advance(by: .seconds(600))
            await fixture.settle()
            #expect([fixture.site.count("/a"), fixture.site.count("/b")] == [3, 3])
        }
    }

    @Test("A refresh while lists are fetched because somebody asked adds nothing; otherwise it is one fetch more")
    func refreshWhileFetching() async throws {
        try await PoolFixture.with {
            $0.sourceTimeout = 60
        } _: { fixture in
            fixture.proxies.set(0..<2, .good)
            fixture.list("list", 0..<2)
            // What goes on is the fetch of the start, whose answer may be from before the question.
            await fixture.step(whileHolding: "/list") {
                await fixture.pool.refresh()
                await fixture.pool.refresh()
            }
            #expect(fixture.site.count("/list") == 1)
            await fixture.settle()
            #expect(fixture.site.count("/list") == 2)
            await fixture.pool.refresh()
            await fixture.step(whileHolding: "/list") {
                await fixture.pool.refresh()
                await fixture.pool.refresh()
            }
            await fixture.settle()
            #expect(fixture.site.count("/list") == 3)
            #expect(await fixture.valid == [0, 1])
        }
    }

    @Test("A proxy that dies leaves at the check by age, or at once after three reports")
    func dying() async throws {
        try await PoolFixture.with { fixture in
            fixture.proxies.set(0..<4, .good)
            fixture.list("list", 0..<4)
            #expect(await fixture.settle().count == 4)
            fixture.proxies.set([2], .dead)
            fixture.time.advance(by: .seconds(299))
            #expect(await fixture.settle().count == 4)
            fixture.time.advance(by: .seconds(1))
            #expect(await fixture.settle() == [0, 1, 3])
            var fallen: [String: Int] = [:]
            while !fallen.values.contains(3) {
                let session = ProxyLoans.Session(party: "job/1", name: "s")
                let answer = try await fixture.pool.lease(to: session, patience: .zero)
                let proxy = try #require(answer.proxy)
                fallen[proxy, default: 0] += 1
                let report = ProxyAsk.Report(lease: try #require(answer.lease), outcome: .failed)
                await fixture.pool.take([report], of: "job/1")
            }
            #expect(await fixture.valid.count == 2)
        }
    }

    @Test("A restart keeps the pool, its settings and what it has learnt, and checks it before anything else")
    func restart() async throws {
        try await PoolFixture.with {
            $0.targetCount = 10
        } _: { fixture in
            fixture.proxies.set(0..<12, .good)
            fixture.list("list", 0..<60)
            let before = await fixture.settle()
            try await fixture.pool.configure(
                try ProxyPoolChange(body: ["target_pool_size": 12, "recheck_age_seconds": 60])
            )
            await fixture.settle()
            fixture.time.advance(by: ProxyPool.writeInterval)
            let full = await fixture.settle()
            #expect(full.count == 12)
            #expect(full.isSuperset(of: before))
            // The list is gone, and one has died meanwhile.
            fixture.site.set("/list", .init(503, ""))
            fixture.proxies.set([5], .dead)
            var settings = ProxyPoolSettings()
            settings.targetCount = 10
            settings.checkTimeout = 10
            settings.sources = [ProxySource(name: "list", url: fixture.site.address("/list"))]
            let asked = fixture.proxies.connectionCount
            let other = try await PoolFixture.pool(on: fixture.database, settings, fixture.site, fixture.time)
            #expect(await other.list.count == 12)
            let status = await other.status
            #expect(status.config.targetCount == 12)
            #expect(status.config.recheckAge == 60)
            await other.step()
            #expect(fixture.proxies.connectionCount == asked + 12)
            #expect(await other.list.count == 11)
            let rows = try await fixture.database.rows(
                "SELECT COUNT(*) AS n, COUNT(DISTINCT address) AS d FROM proxies"
            )
            #expect(try rows[0].integer("n") == rows[0].integer("d"))
            #expect(try rows[0].integer("n") >= 12)
        }
    }

    @Test("Two gateways on one database each keep a pool, and a proxy has one row")
    func twoGateways() async throws {
        try await PoolFixture.with {
            $0.targetCount = 20
        } _: { fixture in
            fixture.proxies.set(0..<20, .good)
            fixture.list("list", 0..<40)
            var settings = ProxyPoolSettings()
            settings.targetCount = 20
            settings.checkTimeout = 10
            settings.sources = [ProxySource(name: "list", url: fixture.site.address("/list"))]
            let other = try await PoolFixture.pool(on: fixture.database, settings, fixture.site, fixture.time)
            for _ in 0..<6 {
                async let mine = fixture.pool.step()
                async let theirs = other.step()
                _ = await (mine, theirs)
                fixture.time.advance(by: .seconds(31))
            }
            #expect(await fixture.valid.count == 20)
            #expect(await other.list.count == 20)
            let rows = try await fixture.database.rows("SELECT valid FROM proxies")
            #expect(rows.count <= 40)
            #expect(try rows.filter { try $0.bool("valid") }.count == 20)
            try await fixture.pool.configure(try ProxyPoolChange(body: ["target_count": 5]))
            try await other.configure(try ProxyPoolChange(body: ["target_count": 6]))
            let third = try await PoolFixture.pool(on: fixture.database, settings, fixture.site, fixture.time)
            #expect(await third.status.config.targetCount == 6)
        }
    }

    @Test("Without sources nobody is asked, and with the settings that hold at first nobody but this machine")
    func atRest() async throws {
        try await PoolFixture.with(sources: []) { fixture in
            #expect(await fixture.pool.step() == nil)
            await fixture.pool.refresh()
            #expect(await fixture.pool.step() == nil)
            #expect(fixture.site.requests.isEmpty)
            let status = await fixture.pool.status
            #expect(status.isActive == false)
            #expect(status.sources.isEmpty)
            #expect(status.config.validationURL == fixture.site.address(ProxyRoutes.checkPath))
        }
        let settings = ProxyPoolSettings()
        #expect(settings.sources.isEmpty)
        #expect(settings.validationURL == nil)
    }

    @Test("A list is bounded, and one of the public Internet cannot name proxies of private networks")
    func trust() async throws {
        try await PoolFixture.with { fixture in
            fixture.site.set("/list", .init(200, String(repeating: "#", count: ProxyList.maximumBytes + 1)))
            await fixture.settle()
            #expect(await fixture.pool.status.bySource[0].error?.hasPrefix("The answer is larger than") == true)
            fixture.site.set("/list", .init(302, "", ["location": "/elsewhere"]))
            await fixture.pool.refresh()
            await fixture.settle()
            #expect(await fixture.pool.status.bySource[0].error == "The answer has the status 302.")
            #expect(fixture.site.count("/elsewhere") == 0)
        }
        let list = [ProxyEndpoint("127.0.0.1:80"), ProxyEndpoint("10.0.0.1:80"), ProxyEndpoint("8.8.8.8:80")]
            .compactMap { $0 }
        #expect(ProxyConnections.allowed(list, fromPublicList: true).map(\.host) == ["8.8.8.8"])
        #expect(ProxyConnections.allowed(list, fromPublicList: false).count == 3)
    }
}
