import HTTPTypes
import IngotCore
import IngotEmbedded
import NIOHTTP1
import SystemPackage
import Testing

@testable import IngotGateway

/// A launcher whose runner is the test: it hands out the assignment and ends when it is told to.
struct ManualLauncher: Launcher {
    let name = "manual"
    let assignments: AsyncStream<Assignment>
    private let hand: AsyncStream<Assignment>.Continuation
    let exits: AsyncStream<RunnerExit>
    let exit: AsyncStream<RunnerExit>.Continuation

    init() {
        (assignments, hand) = AsyncStream.makeStream(of: Assignment.self)
        (exits, exit) = AsyncStream.makeStream(of: RunnerExit.self)
    }

    func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (String) async -> Void,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> RunnerExit {
        await started("manual")
        hand.yield(assignment)
        for await exit in exits { return exit }
        return RunnerExit(signal: 15)
    }

    func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async -> RunnerExit? { nil }

    func leave(_ runner: LeftoverRunner) async {}

    func endLeftover(_ runner: LeftoverRunner) async -> Bool { true }

    func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {}
}

@Suite("What a runner may report", .timeLimit(.minutes(10)))
struct ReportRouteTests {
    /// A running job whose runner is the test itself, over a real gateway.
    private func withAttempt(
        _ body: (GatewayFixture, JobProgress, AttemptToken) async throws -> Void
    ) async throws {
        try await GatewayFixture.with { fixture in
            // The source does not exist in the dispatcher's queue: the row is made behind its back.
            let store = JobStore(database: fixture.gateway.parts.stores.database)
            let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
            _ = try await store.create(job)
            let token = AttemptToken()
            let progress = try #require(try await fixture.gateway.registry.acquire(job.id))
            _ = try await progress.begin(token: token, launcher: "manual") { [] }
            try await body(fixture, progress, token)
            await fixture.gateway.registry.release(job.id)
        }
    }

    private func report(
        _ fixture: GatewayFixture,
        _ id: JobID,
        token: String?,
        attempt: Int = 1,
        _ events: [RunnerEvent]
    ) async throws -> Answer {
        let body = try JSONText.encode(RunnerReport(attempt: attempt, events: events))
        let headers = token.map { [("Authorization", "Bearer \($0)")] } ?? []
        return try await fixture.send(.POST, "/api/ingest/jobs/\(id)/progress", headers: headers, body: body)
    }

    private func progressEvent(_ sequence: Int64, _ percent: Int) -> RunnerEvent {
        var event = RunnerEvent(sequence: sequence, kind: .progress)
        event.progress = percent
        event.message = "at \(percent)"
        return event
    }

    private func finished(_ sequence: Int64) -> RunnerEvent {
        var event = RunnerEvent(sequence: sequence, kind: .finished)
        event.outcome = .succeeded
        event.result = ["ok": true]
        return event
    }

    @Test("Only the attempt's own token opens the route")
    func tokens() async throws {
        try await withAttempt { fixture, progress, token in
            #expect(try await report(fixture, progress.id, token: nil, []).status == 401)
            #expect(try await report(fixture, progress.id, token: "wrong", []).status == 401)
            let wrong = try await report(fixture, progress.id, token: AttemptToken().secret.revealed, [])
            #expect(wrong.status == 401)
            #expect(wrong.headers.first(name: "www-authenticate") == "Bearer")
            let other = try await fixture.startProbe(["sleep_ms": 60_000])
            #expect(try await report(fixture, other, token: token.secret.revealed, []).status == 401)
            #expect(try await report(fixture, JobID.make(), token: token.secret.revealed, []).status == 401)
            #expect(try await report(fixture, progress.id, token: token.secret.revealed, []).status == 200)
        }
    }

    @Test("Whoever tries jobs gets no more answers than the limit allows, and a runner at work is not hindered")
    func lookups() async throws {
        try await GatewayFixture.with({
            $0.access.failureBurst = 3
            $0.access.failuresPerSecond = 0.001
        }) { fixture in
            let job = try await fixture.startProbe(["sleep_ms": 2000, "events": 20])
            for status in [401, 401, 401, 429, 429] {
                #expect(try await report(fixture, JobID.make(), token: "wrong", []).status == status)
            }
            #expect(try await fixture.end(of: job).status == .succeeded)
        }
    }

    @Test("Repeated and late events are dropped by their number")
    func redelivery() async throws {
        try await withAttempt { fixture, progress, token in
            let secret = token.secret.revealed
            let first = try await report(
                fixture,
                progress.id,
                token: secret,
                [progressEvent(1, 10), progressEvent(2, 20)]
            )
            #expect(try first.decoded(ReportAnswer.self) == ReportAnswer(accepted: 2, stop: false))
            let before = await progress.job.lastSequence
            let again = try await report(
                fixture,
                progress.id,
                token: secret,
                [progressEvent(1, 10), progressEvent(2, 20)]
            )
            #expect(try again.decoded(ReportAnswer.self).accepted == 2)
            #expect(await progress.job.lastSequence == before)
            _ = try await report(fixture, progress.id, token: secret, [progressEvent(2, 5), progressEvent(3, 30)])
            #expect(await progress.job.progress == 30)
            #expect(await progress.job.lastSequence == before + 1)
        }
    }

    @Test("The end is in the store before it is acknowledged, and nothing comes after it")
    func terminal() async throws {
        try await withAttempt { fixture, progress, token in
            let answer = try await report(fixture, progress.id, token: token.secret.revealed, [finished(1)])
            #expect(answer.status == 200)
            let store = JobStore(database: fixture.gateway.parts.stores.database)
            let stored = try await store.job(progress.id)
            #expect(stored?.job.status == .succeeded)
            #expect(stored?.job.result == ["ok": true])
            for events in [[progressEvent(2, 1)], [finished(1)], []] {
                let late = try await report(fixture, progress.id, token: token.secret.revealed, events)
                #expect(late.status == 409)
                #expect(try late.json()["type"] == "/problems/job-ended")
            }
            #expect(try await store.job(progress.id) == stored)
        }
    }

    @Test("A superseded attempt is told so and changes nothing")
    func superseded() async throws {
        try await withAttempt { fixture, first, oldToken in
            // The attempt is taken back into the queue and begun again, as a retry will do.
            let database = fixture.gateway.parts.stores.database
            try await database.run(
                Statement("UPDATE ingest_jobs SET status = 'queued' WHERE id = ?1", [.text(first.id.rawValue)])
            )
            let store = JobStore(database: database)
            let registry = ProgressRegistry(store: store, logger: GatewayFixture.quiet)
            let second = try #require(try await registry.acquire(first.id))
            let newToken = AttemptToken()
            _ = try await second.begin(token: newToken, launcher: "manual") { [] }
            #expect(await second.attempt(ofToken: oldToken.secret.revealed) == 1)
            #expect(await second.attempt(ofToken: newToken.secret.revealed) == 2)
            await #expect(throws: ReportRefusal.superseded(current: 2)) {
                try await second.receive(RunnerReport(attempt: 1, events: [progressEvent(1, 99)]), fromAttempt: 1)
            }
            // The old actor's writes are fenced in SQL as well.
            _ = try await first.receive(RunnerReport(attempt: 1, events: [progressEvent(1, 99)]), fromAttempt: 1)
            let before = try await store.job(first.id)
            await #expect(throws: ReportRefusal.superseded(current: 2)) { try await first.end(.succeeded([:])) }
            #expect(try await store.job(first.id) == before)
            #expect(before?.job.status == .running)
            // A report that claims an attempt which its token is not of.
            let claimed = try await report(
                fixture,
                first.id,
                token: oldToken.secret.revealed,
                attempt: 2,
                [progressEvent(1, 99)]
            )
            #expect(claimed.status == 409)
        }
    }

    @Test("Malformed and oversized reports are refused")
    func malformed() async throws {
        try await withAttempt { fixture, progress, token in
            let headers = [("Authorization", "Bearer \(token.secret.revealed)")]
            let path = "/api/ingest/jobs/\(progress.id)/progress"
            let broken = try await fixture.send(.POST, path, headers: headers, body: Array("{".utf8))
            #expect(broken.status == 400)
            let large = [UInt8](repeating: 0x20, count: ReportRoute.maximumBody + 1)
            #expect(try await fixture.send(.POST, path, headers: headers, body: large).status == 413)
        }
    }

    @Test("A cancelled job's next report is answered with stop")
    func stop() async throws {
        try await withAttempt { fixture, progress, token in
            await progress.requestStop(.cancelled)
            let answer = try await report(fixture, progress.id, token: token.secret.revealed, [progressEvent(1, 1)])
            #expect(try answer.decoded(ReportAnswer.self).stop)
        }
    }

    @Test("A runner that reports that it was cancelled ends the job only with its process")
    func cancelledOutcome() async throws {
        try await withAttempt { fixture, progress, token in
            var event = RunnerEvent(sequence: 1, kind: .finished)
            event.outcome = .cancelled
            let answer = try await report(fixture, progress.id, token: token.secret.revealed, [event])
            #expect(try answer.decoded(ReportAnswer.self).accepted == 1)
            #expect(await progress.job.status == .running)
            #expect(await progress.reportedCancelled)
        }
    }

    @Test("A full store is a problem of its own")
    func fullStore() {
        let problem = Problem.from(DatabaseError(kind: .full, message: "full", advice: "make room"))
        #expect(problem.status.code == 507)
        #expect(problem.type == "store-full")
        #expect(problem.detail == "make room")
    }

    @Test("An end that the store does not take shows in the health until it is written")
    func unwrittenEnd() async throws {
        try await GatewayFixture.with { fixture in
            func unwritten(_ count: Int64) async throws {
                while try await fixture.get("/healthz").json()["unwritten"] != .integer(count) {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            let database = fixture.gateway.parts.stores.database
            try await database.run(
                Statement(
                    """
                    CREATE TRIGGER no_end BEFORE UPDATE ON ingest_jobs WHEN NEW.status = 'succeeded'
                    BEGIN SELECT RAISE(ABORT, 'not now'); END
                    """
                )
            )
            let id = try await fixture.startProbe([:])
            try await unwritten(1)
            #expect(try await fixture.job(id).status == .running)
            #expect(try await fixture.get("/healthz").json()["status"] == "degraded")
            #expect(try await fixture.get("/readyz").status == 503)
            try await database.run(Statement("DROP TRIGGER no_end"))
            #expect(try await fixture.end(of: id).status == .succeeded)
            try await unwritten(0)
        }
    }
}

@Suite("One attempt under a launcher", .timeLimit(.minutes(10)))
struct AttemptRunTests {
    @Test("A runner that stays after its job has ended is ended")
    func lingering() async throws {
        try await StoreFixture.with { fixture in
            try await ScratchFolder.with { folder in
                let job = try await fixture.insert()
                let registry = ProgressRegistry(store: fixture.store, logger: GatewayFixture.quiet)
                let launcher = ManualLauncher()
                var surroundings = AttemptSurroundings(
                    launcher: launcher,
                    gatewayAddress: "http://127.0.0.1:9",
                    storage: try .ofNowhere(),
                    origins: ["probe": "/somewhere"],
                    jobsFolder: folder
                )
                surroundings.farewell = .milliseconds(10)
                let progress = try #require(try await registry.acquire(job.id))
                let run = AttemptRun(
                    surroundings: surroundings,
                    progress: progress,
                    stop: AttemptStop(),
                    logger: GatewayFixture.quiet
                )
                async let running = run.run()
                var iterator = launcher.assignments.makeAsyncIterator()
                let assignment = try #require(await iterator.next())
                #expect(assignment.origin == "/somewhere")
                #expect(assignment.token != nil)
                var event = RunnerEvent(sequence: 1, kind: .finished)
                event.outcome = .succeeded
                _ = try await progress.receive(RunnerReport(attempt: 1, events: [event]), fromAttempt: 1)
                // The launcher's run is cancelled although no exit was ever handed to it.
                #expect(try await running == .over)
                #expect(await progress.job.status == .succeeded)
            }
        }
    }
}
