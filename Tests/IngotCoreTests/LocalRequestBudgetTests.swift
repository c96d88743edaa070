import Synchronization
import Testing

@testable import IngotCore

/// How many are inside, and how many were at most.
private final class Gauge: Sendable {
    private let count = Mutex((now: 0, most: 0))

    var most: Int { count.withLock { $0.most } }

    func enter() {
        count.withLock { count in
            count.now += 1
            count.most = max(count.most, count.now)
        }
    }

    func leave() { count.withLock { $0.now -= 1 } }
}

@Suite("A budget that tasks wait for", .timeLimit(.minutes(5)))
struct LocalRequestBudgetTests {
    @Test("Many tasks stay together within the limits, and each gets its turn")
    func together() async throws {
        let budget = LocalRequestBudget(limits: HostLimitTable(standard: HostLimits(rate: 200, requests: 3)))
        let gauge = Gauge()
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    let permit = try await budget.permit(toAsk: "a.example", minimumInterval: nil)
                    gauge.enter()
                    try await Task.sleep(for: .milliseconds(2))
                    gauge.leave()
                    await budget.finish(permit, .served)
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.most <= 3)
        #expect(ContinuousClock.now - start >= .milliseconds(5 * 39))
    }

    @Test("Hosts do not wait for each other, and a pause of one is none of the other")
    func hosts() async throws {
        let budget = LocalRequestBudget(
            limits: HostLimitTable(rates: ["slow.example": 0.001], requests: ["slow.example": 1])
        )
        let first = try await budget.permit(toAsk: "slow.example", minimumInterval: nil)
        let other = try await budget.permit(toAsk: "fast.example", minimumInterval: nil)
        await budget.finish(first, .throttled(retryAfter: .seconds(600)))
        await budget.finish(other, .served)
        let again = try await budget.permit(toAsk: "fast.example", minimumInterval: nil)
        #expect(again.host == "fast.example")
    }

    @Test("Whoever stops waiting leaves nothing behind")
    func cancelling() async throws {
        let budget = LocalRequestBudget(limits: HostLimitTable(standard: HostLimits(rate: 1000, requests: 1)))
        let held = try await budget.permit(toAsk: "a.example", minimumInterval: nil)
        let waiting = (0..<20).map { _ in
            Task { try await budget.permit(toAsk: "a.example", minimumInterval: nil) }
        }
        for task in waiting { task.cancel() }
        for task in waiting {
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        await budget.finish(held, .served)
        // It would wait for ever if one of them had taken the place.
        _ = try await budget.permit(toAsk: "a.example", minimumInterval: nil)
    }

    @Test("A request that is asked for again takes over from who listened before")
    func askedAgain() async throws {
        let budgets = HostBudgets(limits: HostLimitTable(standard: HostLimits(rate: 1000, requests: 1)))
        let held = HostRequest(party: "a", id: "held")
        try await budgets.wait(toMake: held, to: "h", minimumInterval: nil)
        let request = HostRequest(party: "a", id: "1")
        let first = Task { try await budgets.wait(toMake: request, to: "h", minimumInterval: nil) }
        while budgets.states.first?.waiting == 0 { await Task.yield() }
        let second = Task { try await budgets.wait(toMake: request, to: "h", minimumInterval: nil) }
        // Either may come first; the later one has the place.
        let loser = await withTaskGroup(of: (any Error)?.self) { group in
            for task in [first, second] {
                group.addTask {
                    do { try await task.value } catch { return error }
                    return nil
                }
            }
            let error = await group.next()
            budgets.finish(held, to: "h", .served)
            return error.flatMap { $0 }
        }
        #expect(loser as? HostBudgetRefusal == .askedAgain)
        #expect(budgets.states.first?.underWay == 1)
    }

    @Test("Bounds of waiting requests and hosts are refusals, and idle hosts make room")
    func bounds() async throws {
        var bounds = HostBudgets.Bounds()
        bounds.hosts = 2
        bounds.waiting = 1
        let budgets = HostBudgets(
            limits: HostLimitTable(standard: HostLimits(rate: 1000, requests: 1)),
            bounds: bounds
        )
        func request(_ id: String) -> HostRequest { HostRequest(party: "a", id: id) }
        try await budgets.wait(toMake: request("1"), to: "h", minimumInterval: nil)
        let waiting = Task { try await budgets.wait(toMake: request("2"), to: "h", minimumInterval: nil) }
        while budgets.states.first?.waiting == 0 { await Task.yield() }
        await #expect(throws: HostBudgetRefusal.tooManyWaiting(limit: 1)) {
            try await budgets.wait(toMake: request("3"), to: "g", minimumInterval: nil)
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await budgets.wait(toMake: request("4"), to: "g", minimumInterval: nil)
        await #expect(throws: HostBudgetRefusal.tooManyHosts(limit: 2)) {
            try await budgets.wait(toMake: request("5"), to: "f", minimumInterval: nil)
        }
        budgets.end("a")
        while true {
            do {
                try await budgets.wait(toMake: request("6"), to: "f", minimumInterval: nil)
                break
            } catch HostBudgetRefusal.tooManyHosts {
                // Until the others have kept their distance.
                await Task.yield()
            }
        }
        #expect(budgets.states.map(\.host).contains("f"))
    }

    @Test("Whoever waits is told when the party ends")
    func partyEnd() async throws {
        let budgets = HostBudgets(limits: HostLimitTable(standard: HostLimits(rate: 0.001, requests: 1)))
        try await budgets.wait(toMake: HostRequest(party: "a", id: "1"), to: "h", minimumInterval: nil)
        let request = HostRequest(party: "a", id: "2")
        let waiting = Task { try await budgets.wait(toMake: request, to: "h", minimumInterval: nil) }
        while budgets.states.first?.waiting == 0 { await Task.yield() }
        budgets.end("a")
        await #expect(throws: HostBudgetRefusal.partyEnded) { try await waiting.value }
        #expect(budgets.states.first?.underWay == 0)
    }
}

@Suite("Kept robots.txt files")
struct KeptRobotsTests {
    private let noon = Timestamp(millisecondsSinceEpoch: 1_750_000_000_000)

    private func file(_ text: String = "User-agent: *", at moment: Timestamp) -> RobotsFile {
        RobotsFile(status: 200, text: text, fetchedAt: moment)
    }

    @Test("One is kept for a day by its origin")
    func day() {
        var kept = KeptRobots()
        kept.keep(file(at: noon), of: "https://a.example", at: noon)
        #expect(kept.robots(of: "https://a.example", at: noon.advanced(by: .seconds(86_399))) == file(at: noon))
        #expect(kept.robots(of: "https://a.example", at: noon.advanced(by: .seconds(86_400))) == nil)
        #expect(kept.robots(of: "http://a.example", at: noon) == nil)
    }

    @Test("One from the future is as old as now, and none is believed after the clock was set back")
    func clock() {
        var kept = KeptRobots()
        kept.keep(file(at: noon.advanced(by: .seconds(9999))), of: "https://a.example", at: noon)
        #expect(kept.robots(of: "https://a.example", at: noon)?.fetchedAt == noon)
        #expect(kept.robots(of: "https://a.example", at: noon.advanced(by: .seconds(-1))) == nil)
    }

    @Test("One that is too large is not kept, and of too many the oldest go")
    func bounds() {
        var kept = KeptRobots()
        let large = String(repeating: "a", count: KeptRobots.maximumText)
        kept.keep(file(large + "a", at: noon), of: "https://a.example", at: noon)
        #expect(kept.count == 0)
        for number in 0..<100 {
            let moment = noon.advanced(by: .seconds(number))
            kept.keep(file(large, at: moment), of: "https://\(number).example", at: moment)
        }
        #expect(kept.count == KeptRobots.maximumBytes / KeptRobots.maximumText)
        let later = noon.advanced(by: .seconds(200))
        #expect(kept.robots(of: "https://99.example", at: later) != nil)
        #expect(kept.robots(of: "https://0.example", at: later) == nil)
        for number in 0...KeptRobots.maximumFiles {
            kept.keep(file(at: later), of: "https://small\(number).example", at: later)
        }
        #expect(kept.count <= KeptRobots.maximumFiles)
    }
}
