import IngotCore
import IngotTesting
import StandInProxies
import Testing

@testable import IngotGateway
@testable import IngotRunner

/// The pool as a part of a gateway that runs: nobody takes its steps but itself, and time is the machine's.
@Suite("The pool of a gateway that runs", .fillsTheMachine, .timeLimit(.minutes(10)))
struct ProxyServiceTests {
    private static let target = 10

    private static func status(
        _ fixture: GatewayFixture,
        until isReached: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        while true {
            let status = try await fixture.get("/api/proxies/status").json()
            if isReached(status) { return status }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func valid(_ fixture: GatewayFixture) async throws -> Set<String> {
        let list = try await fixture.get("/api/proxies/list").json()["proxies"]?.arrayValue ?? []
        return Set(list.compactMap(\.stringValue))
    }

    /// Waits until the pool has taken at least one whole step since: lists are fetched one step after the other.
    private static func passStep(_ fixture: GatewayFixture, _ lists: CountingSite) async throws {
        let before = lists.count("/list")
        while lists.count("/list") < before + 2 {
            #expect(try await fixture.post("/api/proxies/refresh").status == 200)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("Full, it checks nobody; what reports take out of it is replaced within ten seconds, without a call")
    func refilling() async throws {
        let proxies = try await StandInProxies()
        proxies.set(0..<40, .good)
        let lists = try await CountingSite(["/list": .init(200, proxies.list(0..<40))])
        try await RunningAttempt.with(1) {
            $0.proxyPool.sources = [ProxySource(name: "list", url: lists.address("/list"))]
            $0.proxyPool.targetCount = Self.target
            // So that it is full with the last check of a batch, and no more than that.
            $0.proxyPool.concurrency = Self.target
            $0.proxyPool.checkTimeout = 30
        } _: { fixture, attempts in
            _ = try await Self.status(fixture) { $0["total"]?.integerValue == Int64(Self.target) }
            try await Self.passStep(fixture, lists)
            #expect(try await Self.valid(fixture).count == Self.target)
            #expect(proxies.connectionCount == Self.target)
            try await Self.passStep(fixture, lists)
            #expect(proxies.connectionCount == Self.target)

            // Three sessions each have the same proxy, and report it as failed.
            let questions = GatewayQuestions(
                gateway: fixture.address,
                job: attempts[0].id,
                token: attempts[0].token.secret,
                logger: GatewayFixture.quiet
            )
            let leasing = GatewayProxies(questions)
            var leases: [String: [ProxyLease]] = [:]
            for number in 0..<(4 * Self.target) {
                let lease = try await leasing.lease(forSession: "s\(number)", toAsk: "h.example")
                leases[try #require(lease.address).description, default: []].append(lease)
            }
            let bad = leases.filter { $0.value.count >= 3 }.sorted { $0.key < $1.key }.prefix(3)
            #expect(bad.count == 3)
            for (_, leases) in bad {
                for lease in leases.prefix(3) { await leasing.report(.failed, of: lease) }
            }
            let begin = ContinuousClock.now
            let gone = Set(bad.map { String($0.key.dropFirst("http://".count)) })
            #expect(try await Self.valid(fixture).isDisjoint(with: gone))
            let status = try await Self.status(fixture) { $0["total"]?.integerValue ?? 0 >= Self.target }
            #expect(ContinuousClock.now - begin < .seconds(10))
            #expect(status["churn_stats"]?["checked"]?.integerValue ?? 0 > Self.target)

            // Full again, and at rest again.
            try await Self.passStep(fixture, lists)
            let valid = try await Self.valid(fixture)
            #expect(valid.count >= Self.target)
            #expect(valid.isDisjoint(with: gone))
            let asked = proxies.connectionCount
            try await Self.passStep(fixture, lists)
            #expect(proxies.connectionCount == asked)
        }
        try await proxies.close()
        try await lists.close()
    }
}
