import IngotCore
import IngotTesting
import NIOCore
import Testing

@testable import IngotGateway
@testable import IngotRunner

@Suite("A runner that asks its gateway for permits", .timeLimit(.minutes(10)))
struct GatewayRequestBudgetTests {
    private static func budget(
        _ attempt: RunningAttempt,
        address: String? = nil,
        patience: Duration = .seconds(300)
    ) -> GatewayRequestBudget {
        var pace = GatewayRequestBudget.Pace()
        pace.patience = patience
        pace.retries.firstDelay = .milliseconds(5)
        pace.retries.maximumDelay = .milliseconds(50)
        return GatewayRequestBudget(
            gateway: address ?? attempt.fixture.address,
            job: attempt.id,
            token: attempt.token.secret,
            logger: GatewayFixture.quiet,
            pace: pace
        )
    }

    /// Waits until nothing of a host waits or is under way.
    private static func isAtRest(_ fixture: GatewayFixture) async throws {
        while fixture.gateway.hostBudgets.states.contains(where: { $0.underWay + $0.waiting > 0 }) {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("Two runners stay together within the limits and give everything back")
    func together() async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = HostLimitTable(standard: HostLimits(rate: 500, requests: 3))
            $0.permitPatience = .milliseconds(50)
        } _: { fixture, attempts in
            let gauge = Gauge()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for budget in attempts.map({ Self.budget($0) }) {
                    for _ in 0..<25 {
                        group.addTask {
                            let permit = try await budget.permit(toAsk: "h.example", minimumInterval: nil)
                            gauge.enter()
                            await Task.yield()
                            gauge.leave()
                            await budget.finish(permit, .served)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(gauge.most <= 3)
            try await Self.isAtRest(fixture)
        }
    }

    @Test("What a host tells one runner holds for the other")
    func throttling() async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = HostLimitTable(standard: HostLimits(rate: 1000, requests: 3))
        } _: { fixture, attempts in
            let first = Self.budget(attempts[0])
            let second = Self.budget(attempts[1])
            let permit = try await first.permit(toAsk: "h.example", minimumInterval: nil)
            await first.finish(permit, .throttled(retryAfter: .seconds(2)))
            while fixture.gateway.hostBudgets.states.first?.pauseLeft == nil {
                try #require(fixture.gateway.hostBudgets.states.first?.underWay == 1)
                await Task.yield()
            }
            let begin = ContinuousClock.now
            let left = try #require(fixture.gateway.hostBudgets.states.first?.pauseLeft)
            _ = try await second.permit(toAsk: "h.example", minimumInterval: nil)
            #expect(ContinuousClock.now - begin >= left - .milliseconds(1))
        }
    }

    @Test("The distance that a host wishes reaches the gateway")
    func interval() async throws {
        try await RunningAttempt.with(
            1,
            {
                $0.fetching = HostLimitTable(standard: HostLimits(rate: 1000, requests: 3))
            }
        ) { _, attempts in
            let budget = Self.budget(attempts[0])
            let begin = ContinuousClock.now
            for _ in 0..<3 { _ = try await budget.permit(toAsk: "h.example", minimumInterval: .milliseconds(300)) }
            #expect(ContinuousClock.now - begin >= .milliseconds(600))
        }
    }

    @Test("Whoever is cancelled while waiting leaves nothing at the gateway")
    func cancelling() async throws {
        try await RunningAttempt.with(
            1,
            {
                $0.fetching = HostLimitTable(standard: HostLimits(rate: 1000, requests: 1))
            }
        ) { fixture, attempts in
            let budget = Self.budget(attempts[0])
            let held = try await budget.permit(toAsk: "h.example", minimumInterval: nil)
            let waiting = (0..<10).map { _ in
                Task { try await budget.permit(toAsk: "h.example", minimumInterval: nil) }
            }
            while fixture.gateway.hostBudgets.states.first?.waiting == 0 { await Task.yield() }
            for task in waiting { task.cancel() }
            for task in waiting {
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            await budget.finish(held, .served)
            try await Self.isAtRest(fixture)
        }
    }

    @Test("A runner whose attempt is over is told so by a failure")
    func superseded() async throws {
        try await RunningAttempt.with(1) { _, attempts in
            try await attempts[0].progress.end(.cancelled)
            let budget = Self.budget(attempts[0])
            let failure = await #expect(throws: JobFailure.self) {
                try await budget.permit(toAsk: "h.example", minimumInterval: nil)
            }
            #expect(failure?.code == "attempt_superseded")
            #expect(await budget.robots(of: "https://h.example") == nil)
        }
    }

    @Test("A gateway that is away is waited for, and knows then what the runner still holds")
    func absence() async throws {
        try await ScratchFolder.with { folder in
            func configure(_ configuration: inout GatewayConfiguration) {
                configuration.fetching = HostLimitTable(standard: HostLimits(rate: 1000, requests: 2))
                // The runner is the test, which no recovery would find.
                configuration.takesUpEarlierJobs = false
            }
            var known: (GatewayRequestBudget, [RequestPermit], Int)?
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.begin(fixture)
                let budget = Self.budget(attempt)
                var permits: [RequestPermit] = []
                for _ in 0..<2 { permits.append(try await budget.permit(toAsk: "h.example", minimumInterval: nil)) }
                let port = try #require(fixture.address.split(separator: ":").last.flatMap { Int($0) })
                known = (budget, permits, port)
            }
            let (budget, permits, port) = try #require(known)
            // Nobody is there to take either.
            let asking = Task { try await budget.permit(toAsk: "h.example", minimumInterval: nil) }
            await budget.finish(permits[0], .throttled(retryAfter: .milliseconds(500)))
            try await GatewayFixture.with(folder: folder) {
                configure(&$0)
                $0.port = port
            } _: { fixture in
                let permit = try await asking.value
                #expect(permit.host == "h.example")
                #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [2])
                await budget.finish(permits[1], .served)
                await budget.finish(permit, .served)
                try await Self.isAtRest(fixture)
            }
        }
    }

    @Test("A gateway that stays away is given up, and the job may be tried again")
    func patience() async throws {
        try await RunningAttempt.with(1) { _, attempts in
            let budget = Self.budget(attempts[0], address: "http://127.0.0.1:9", patience: .milliseconds(30))
            let failure = await #expect(throws: JobFailure.self) {
                try await budget.permit(toAsk: "h.example", minimumInterval: nil)
            }
            #expect(failure?.code == "gateway_unreachable")
            #expect(failure?.isTransient == true)
        }
    }

    @Test("A gateway that has no room for another host says so in the end, and the job may be tried again")
    func noRoom() async throws {
        try await RunningAttempt.with(1, { $0.permitBounds.hosts = 1 }) { _, attempts in
            let budget = Self.budget(attempts[0], patience: .milliseconds(200))
            let held = try await budget.permit(toAsk: "h.example", minimumInterval: nil)
            let failure = await #expect(throws: JobFailure.self) {
                try await budget.permit(toAsk: "other.example", minimumInterval: nil)
            }
            #expect(failure?.code == "permits_exhausted")
            #expect(failure?.isTransient == true)
            #expect(failure?.message.contains("More than 1 hosts") == true)
            await budget.finish(held, .served)
        }
    }

    @Test("A permit whose answer came to nobody for too long is asked for as another one")
    func ended() async throws {
        try await RunningAttempt.with(1) { fixture, attempts in
            try await attempts[0].end("1", nil)
            let budget = Self.budget(attempts[0])
            let permit = try await budget.permit(toAsk: "h.example", minimumInterval: nil)
            #expect(permit.id == "2")
            await budget.finish(permit, .served)
            try await Self.isAtRest(fixture)
        }
    }

    @Test("A robots.txt that one runner keeps, another one finds")
    func robots() async throws {
        try await RunningAttempt.with(2) { _, attempts in
            let first = Self.budget(attempts[0])
            let second = Self.budget(attempts[1])
            #expect(await second.robots(of: "https://h.example:8443") == nil)
            let robots = RobotsFile(status: 404, text: "", fetchedAt: .now())
            await first.keep(robots, of: "https://h.example:8443")
            #expect(await second.robots(of: "https://h.example:8443") == robots)
        }
    }
}
