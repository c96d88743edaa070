import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("What all jobs together may ask a host", .timeLimit(.minutes(10)))
struct PermitRouteTests {
    private static func limits(rate: Double = 1000, requests: Int) -> HostLimitTable {
        HostLimitTable(standard: HostLimits(rate: rate, requests: requests))
    }

    @Test("Many requests of two jobs stay together within the host's rate and number")
    func together() async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = HostLimitTable(rates: ["h.example": 100], requests: ["h.example": 3])
        } _: { fixture, attempts in
            let gauge = Gauge()
            let begin = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for attempt in attempts {
                    for number in 0..<20 {
                        group.addTask {
                            while try await !attempt.isGranted("\(number)") {}
                            gauge.enter()
                            // What is under way is seen from both sides.
                            #expect(fixture.gateway.hostBudgets.states.first.map { $0.underWay <= 3 } == true)
                            gauge.leave()
                            try await attempt.end("\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(gauge.most <= 3)
            // 40 starts have 39 distances.
            #expect(ContinuousClock.now - begin >= .milliseconds(10) * 39)
            #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [0])
        }
    }

    @Test("A host that asks one job for fewer requests is left alone by the other, and other hosts are not")
    func sharedPause() async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = Self.limits(requests: 4)
            $0.permitPatience = .milliseconds(100)
        } _: { fixture, attempts in
            #expect(try await attempts[0].isGranted("1"))
            try await attempts[0].end("1", .throttled(retryAfter: .seconds(300)))
            #expect(try await !attempts[1].isGranted("1"))
            #expect(try await attempts[1].isGranted("2", host: "other.example"))
            let hosts = try await fixture.get("/api/hosts").json()["hosts"]?.arrayValue ?? []
            #expect(hosts.map { $0["host"] } == ["h.example", "other.example"])
            let until = try #require(hosts.first?["paused_until"]?.stringValue.flatMap { Timestamp($0) })
            #expect(until > Timestamp.now().advanced(by: .seconds(100)))
            #expect(until < Timestamp.now().advanced(by: .seconds(301)))
            #expect(hosts.last?["paused_until"] == nil)
            #expect(hosts.last?["in_flight"] == 1)
            #expect(hosts.first?["waiting"] == 1)
            #expect(hosts.first?["requests"] == 4)
        }
    }

    enum End: String, CaseIterable {
        case reported, cancelled, failed, requeued, superseded
    }

    @Test("An attempt that ends, however it does, frees what it holds at once", arguments: End.allCases)
    func attemptEnd(end: End) async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = Self.limits(requests: 1)
            $0.permitPatience = .seconds(60)
        } _: { fixture, attempts in
            #expect(try await attempts[0].isGranted("1"))
            async let next = attempts[1].isGranted("1")
            while fixture.gateway.hostBudgets.states.first?.waiting != 1 { await Task.yield() }
            let progress = attempts[0].progress
            switch end {
            case .reported:
                var event = RunnerEvent(sequence: 1, kind: .finished)
                event.outcome = .succeeded
                let report = try JSONText.encode(RunnerReport(attempt: 1, events: [event]))
                #expect(try await attempts[0].send(.POST, "progress", body: report).status == 200)
            case .cancelled: try await progress.end(.cancelled)
            case .failed: try await progress.end(.failed(JobFailure(code: "made_up", message: "It failed.")))
            case .requeued:
                try await fixture.gateway.parts.stores.database.run(
                    Statement(
                        "UPDATE ingest_jobs SET max_attempts = 3 WHERE id = ?1",
                        [.text(attempts[0].id.rawValue)]
                    )
                )
                let failure = JobFailure(code: "made_up", message: "It failed.", isTransient: true)
                try await progress.conclude(.failed(failure), ofAttempt: 1)
            case .superseded: await progress.leaveSupersededAttempt()
            }
            #expect(try await next)
            #expect(fixture.gateway.hostBudgets.states.first?.underWay == 1)
        }
    }

    @Test("An attempt that has ended gets no permit and no file, and leaves nothing behind")
    func ended() async throws {
        try await RunningAttempt.with(1) { fixture, attempts in
            try await attempts[0].progress.end(.cancelled)
            let ask = PermitAsk(
                request: RequestPermit(id: "1", host: "h.example"),
                holding: [RequestPermit(id: "2", host: "h.example")]
            )
            let answer = try await attempts[0].post(ask)
            #expect(answer.status == 409)
            #expect(try answer.json()["type"] == "/problems/job-ended")
            #expect(try await attempts[0].send(.GET, "robots?origin=https://h.example").status == 409)
            #expect(fixture.gateway.hostBudgets.states.isEmpty)
        }
    }

    @Test("Only the attempt's own token opens the route")
    func tokens() async throws {
        try await RunningAttempt.with(2) { fixture, attempts in
            let body = try JSONText.encode(PermitAsk(request: RequestPermit(id: "1", host: "h.example")))
            let path = "/api/ingest/jobs/\(attempts[0].id)/permits"
            let senders: [GatewayFixture.Sender] = [
                .nobody, .local, .holder("wrong"), .holder(attempts[1].token.secret.revealed),
            ]
            for sender in senders {
                #expect(try await fixture.send(.POST, path, from: sender, body: body).status == 401)
            }
            #expect(fixture.gateway.hostBudgets.states.isEmpty)
            #expect(try await attempts[0].isGranted("1"))
        }
    }

    @Test("A permit whose answer was lost is given once more under its name, and counts once")
    func lostAnswer() async throws {
        try await RunningAttempt.with(1, { $0.fetching = Self.limits(requests: 1) }) { fixture, attempts in
            for _ in 0..<3 { #expect(try await attempts[0].isGranted("1")) }
            #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [1])
            // So is an end that is told twice.
            for _ in 0..<2 { try await attempts[0].end("1") }
            #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [0])
            #expect(try await attempts[0].isGranted("2"))
            let late = try await attempts[0].post(PermitAsk(request: RequestPermit(id: "1", host: "h.example")))
            #expect(late.status == 422)
            #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [1])
        }
    }

    @Test("A request that is not granted in time keeps its place before those that come later")
    func place() async throws {
        try await RunningAttempt.with(1) {
            $0.fetching = Self.limits(requests: 1)
            $0.permitPatience = .milliseconds(100)
        } _: { fixture, attempts in
            #expect(try await attempts[0].isGranted("1"))
            #expect(try await !attempts[0].isGranted("2"))
            #expect(try await !attempts[0].isGranted("3"))
            #expect(fixture.gateway.hostBudgets.states.map(\.waiting) == [2])
            try await attempts[0].end("1")
            #expect(try await attempts[0].isGranted("2"))
        }
    }

    @Test("What a runner holds counts after the gateway's restart")
    func restart() async throws {
        try await ScratchFolder.with { folder in
            func configure(_ configuration: inout GatewayConfiguration) {
                configuration.fetching = Self.limits(requests: 1)
                configuration.permitPatience = .milliseconds(100)
                // The runner is the test, which no recovery would find.
                configuration.takesUpEarlierJobs = false
            }
            // Nothing else, as whatever holds the earlier gateway also holds its store.
            var earlier: (JobID, AttemptToken)?
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.begin(fixture)
                #expect(try await attempt.isGranted("1"))
                earlier = (attempt.id, attempt.token)
            }
            let (id, token) = try #require(earlier)
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.resume(fixture, id, token)
                let other = try await RunningAttempt.begin(fixture)
                #expect(try await !attempt.isGranted("2", holding: ["1"]))
                #expect(try await !other.isGranted("1"))
                try await attempt.end("1")
                #expect(try await attempt.isGranted("2"))
                for id in [id, other.id] { await fixture.gateway.registry.release(id) }
            }
        }
    }

    @Test("The distance that a host's terms want holds over the gateway's restart, and through any number of gateways")
    func termsOverRestart() async throws {
        try await ScratchFolder.with { folder in
            func configure(_ configuration: inout GatewayConfiguration) {
                configuration.fetching = Self.limits(requests: 8)
                configuration.permitPatience = .milliseconds(300)
                configuration.takesUpEarlierJobs = false
            }
            let terms = try #require(HostTerms(requestsPerHour: 50).minimumInterval)
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.begin(fixture)
                #expect(try await attempt.isGranted("1", minimumInterval: terms))
                try await attempt.end("1")
                #expect(try await !attempt.isGranted("2", minimumInterval: terms))
            }
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.begin(fixture)
                #expect(try await !attempt.isGranted("1", minimumInterval: terms))
                #expect(try await attempt.isGranted("1", host: "other.example", minimumInterval: terms))
                // It waits for the rest of the distance, and not for a whole one from now on.
                let database = fixture.gateway.parts.stores.database
                try await database.run(
                    Statement("UPDATE host_starts SET started_at_ms = started_at_ms - 72000 WHERE host = 'h.example'")
                )
                await fixture.gateway.registry.release(attempt.id)
            }
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                let attempt = try await RunningAttempt.begin(fixture)
                #expect(try await attempt.isGranted("1", minimumInterval: terms))
                await fixture.gateway.registry.release(attempt.id)
            }
        }
    }

    @Test(
        "What does not fit is refused and changes nothing",
        arguments: [
            ("{", 400), ("[]", 422), ("{\"host\":\"h.example\"}", 422), ("{\"request\":{\"id\":\"1\"}}", 422),
            ("{\"request\":{\"id\":\"1\",\"host\":\"H.EXAMPLE\"}}", 422),
            ("{\"request\":{\"id\":\"a b\",\"host\":\"h.example\"}}", 422),
            ("{\"request\":{\"id\":\"1\",\"host\":\"h.example\"},\"minimum_interval_ms\":-1}", 422),
            ("{\"request\":{\"id\":\"1\",\"host\":\"h.example\"},\"minimum_interval_ms\":1e300}", 422),
            ("{\"ended\":[{\"id\":\"1\",\"host\":\"h.example\",\"answer\":\"lost\"}]}", 422),
            ("{\"ended\":[{\"id\":\"1\",\"host\":\"h.example\"}]}", 422),
        ]
    )
    func bodies(body: String, status: Int) async throws {
        try await RunningAttempt.with(1) { fixture, attempts in
            let answer = try await attempts[0].send(.POST, "permits", body: Array(body.utf8))
            #expect(answer.status == status, "\(answer.text)")
            #expect(fixture.gateway.hostBudgets.states.isEmpty)
        }
    }

    @Test("Too large bodies and too many items are refused")
    func sizes() async throws {
        try await RunningAttempt.with(1) { fixture, attempts in
            let large = [UInt8](repeating: 0x20, count: PermitRoute.maximumBody + 1)
            let refused = try await attempts[0].send(.POST, "permits", body: large)
            #expect(refused.status == 413)
            let permits = (0...PermitRoute.maximumItems).map { RequestPermit(id: "\($0)", host: "h.example") }
            #expect(try await attempts[0].post(PermitAsk(holding: permits)).status == 422)
            #expect(try await attempts[0].post(PermitAsk(ended: permits.map { EndedRequest($0, nil) })).status == 422)
            // Whoever claims to hold more and more is not believed beyond the bound.
            for start in [0, 200, 400] {
                let some = (start..<start + 200).map { RequestPermit(id: "\($0)", host: "h.example") }
                #expect(try await attempts[0].post(PermitAsk(holding: some)).status == 200)
            }
            #expect(fixture.gateway.hostBudgets.states.map(\.underWay) == [PermitRoute.bounds.restored])
        }
    }

    @Test("Requests that wait, and hosts, are not without number")
    func bounds() async throws {
        try await RunningAttempt.with(2) {
            $0.fetching = Self.limits(requests: 1)
            $0.permitPatience = .milliseconds(50)
            $0.permitBounds.waiting = 1
            $0.permitBounds.hosts = 1
        } _: { _, attempts in
            let first = try await attempts[0].isGranted("1")
            let second = try await attempts[0].isGranted("2")
            #expect(first && !second)
            func refusal(_ attempt: RunningAttempt, _ host: String) async throws -> JSONValue? {
                let answer = try await attempt.post(PermitAsk(request: RequestPermit(id: "3", host: host)))
                #expect(answer.status == 429)
                #expect(answer.headers.contains(name: "retry-after"))
                return try answer.json()["type"]
            }
            #expect(try await refusal(attempts[0], "h.example") == "/problems/too-many-waiting")
            #expect(try await refusal(attempts[1], "other.example") == "/problems/too-many-hosts")
            // The other attempt has places of its own.
            #expect(try await !attempts[1].isGranted("1"))
        }
    }
}
