import IngotCore
import IngotTesting
import NIOHTTP1
import StandInProxies
import Testing

/// The pool of a real gateway from its first start to the one after a restart, before proxies most of which are dead.
@Suite("The life of a pool of proxies", .fillsTheMachine, .timeLimit(.minutes(20)))
struct ProxyPoolLifeTests {
    private static let target = 100
    private static let candidates = 0..<400
    private static let good = Set(candidates.filter { $0 % 8 < 3 })

    private static func status(
        _ gateway: RunningGateway,
        until isReached: (JSONValue) -> Bool = { _ in true }
    ) async throws -> JSONValue {
        while true {
            let status = try await gateway.send(.GET, "/api/proxies/status", nil).body
            if isReached(status) { return status }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func isFull(_ status: JSONValue) -> Bool {
        status["total"]?.integerValue ?? 0 >= target && status["validating"] == false
    }

    /// The numbers of the valid proxies.
    private static func valid(_ gateway: RunningGateway) async throws -> Set<Int> {
        let list = try await gateway.send(.GET, "/api/proxies/list", nil).body["proxies"]?.arrayValue ?? []
        return Set(
            list.compactMap {
                StandInProxies.number(of: ($0.stringValue ?? "").split(separator: ":").first.map(String.init))
            }
        )
    }

    /// Waits until the pool has taken at least one whole step since: lists are fetched one step after the other.
    private static func passStep(_ gateway: RunningGateway, _ lists: CountingSite) async throws {
        let before = lists.count("/list")
        while lists.count("/list") < before + 2 {
            #expect(try await gateway.send(.POST, "/api/proxies/refresh", [:]).status == 200)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func configure(_ gateway: RunningGateway, _ change: JSONValue) async throws {
        #expect(try await gateway.send(.POST, "/api/proxies/config", change).status == 200)
    }

    @Test("It reaches 100 of 400 candidates, pauses, fills up after deaths, and is there again after a restart")
    func life() async throws {
        #expect(Self.good.count == 150)
        let proxies = try await StandInProxies()
        proxies.set(Self.good, .good)
        let lists = try await CountingSite(["/list": .init(200, proxies.list(Self.candidates))])
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let arguments = ["--proxy-source", "mine=\(lists.address("/list"))"]
        let (kept, note) = AsyncStream.makeStream(of: Set<Int>.self)
        try await RunningGateway.run(data: data, arguments: arguments) { gateway in
            // A machine that is busy with other tests does not make a good proxy a bad one.
            try await Self.configure(gateway, ["check_timeout_seconds": 30])
            // Nobody has asked for more than that.
            let status = try await Self.status(gateway, until: Self.isFull)
            #expect(status["config"]?["target_count"] == .integer(Int64(Self.target)))
            try await Self.passStep(gateway, lists)
            let full = try await Self.valid(gateway)
            #expect(full.count >= Self.target)
            #expect(full.count <= Self.target + 250)
            #expect(full.isSubset(of: Self.good))
            #expect(proxies.mostOpen <= 250)

            // Full: its lists are fetched, and nobody on them is checked.
            let asked = proxies.connectionCount
            try await Self.passStep(gateway, lists)
            #expect(proxies.connectionCount == asked)
            #expect(try await Self.status(gateway)["validating"] == false)

            // So many die that some are missing; the checks by age find them.
            let dead = Set(full.sorted().prefix(full.count - 80))
            #expect(Self.good.subtracting(dead).count >= Self.target)
            proxies.set(dead, .dead)
            try await Self.configure(gateway, ["recheck_age_seconds": 5])
            while true {
                let valid = try await Self.valid(gateway)
                if valid.isDisjoint(with: dead), valid.count >= Self.target { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await Self.configure(gateway, ["recheck_age_seconds": 3600])
            _ = try await Self.status(gateway, until: Self.isFull)
            try await Self.passStep(gateway, lists)
            note.yield(try await Self.valid(gateway))
        }
        let before = try #require(await kept.first { _ in true })
        #expect(before.count >= Self.target)

        // The list is gone; the proxies are not, and only they are looked at again.
        lists.set("/list", .init(500, ""))
        let connections = proxies.connections
        try await RunningGateway.run(data: data, arguments: arguments) { gateway in
            #expect(try await Self.valid(gateway) == before)
            try await Self.passStep(gateway, lists)
            let status = try await Self.status(gateway, until: Self.isFull)
            #expect(status["config"]?["recheck_age_seconds"] == 3600)
            #expect(status["by_source"]?.arrayValue?.first?["error"] == "The answer has the status 500.")
            #expect(try await Self.valid(gateway) == before)
            let since = proxies.connections.mapValues { $0 }.filter { $0.value != connections[$0.key] }
            #expect(Set(since.keys) == before)
            #expect(since.allSatisfy { $0.value == (connections[$0.key] ?? 0) + 1 })
        }
        try await proxies.close()
        try await lists.close()
    }
}
