import IngotCore
import Synchronization
import Testing

@testable import IngotGateway

/// A real database that now and then does something wrong with a call, chosen by its first statement.
final class UnreliableDatabase: IngotCore.Database {
    enum Fault: Sendable {
        /// The call takes effect, and its answer is lost.
        case loseAnswer
        /// The call has no effect.
        case refuse
        /// This call and all later ones like it have no effect.
        case refuseForEver
        /// The call says that it has come, and then waits.
        case hold(come: OneValue<Void>, until: OneValue<Void>)
    }

    private let database: any IngotCore.Database
    private let faults: Mutex<[(text: String, fault: Fault)]>

    /// - Parameter faults: what happens, once each, to the next call whose first statement contains the text.
    init(_ database: any IngotCore.Database, _ faults: [(text: String, fault: Fault)]) {
        self.database = database
        self.faults = Mutex(faults)
    }

    /// How many of the faults have not come yet.
    var left: Int { faults.withLock { $0.count } }

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        let sql = statements.first?.sql ?? ""
        let fault = faults.withLock { faults in
            faults.firstIndex { sql.contains($0.text) }.map { index in
                if case .refuseForEver = faults[index].fault { return faults[index].fault }
                return faults.remove(at: index).fault
            }
        }
        let failure = DatabaseError(kind: .unavailable, message: "nobody answers")
        switch fault {
        case nil: return try await database.batch(statements, isIdempotent: isIdempotent)
        case .refuse, .refuseForEver: throw failure
        case .hold(let come, let until):
            come.succeed(())
            try await until.value
            return try await database.batch(statements, isIdempotent: isIdempotent)
        case .loseAnswer:
            _ = try await database.batch(statements, isIdempotent: isIdempotent)
            throw failure
        }
    }
}

@Suite("Changes of jobs whose writing fails or is not answered", .timeLimit(.minutes(5)))
struct UncertainWriteTests {
    private static let begin = "SET status = 'running'"
    private static let requeue = "THEN 'queued' ELSE 'succeeded'"
    private static let end = "result_json = COALESCE(result_json"
    private static let transient = JobFailure(code: "runner_killed", message: "It was killed.", isTransient: true)

    /// Runs `body` on a store where these faults come.
    private func with(
        _ faults: [(text: String, fault: UnreliableDatabase.Fault)] = [],
        shutdown: ShutdownMode = .endRunners,
        _ body: (RestartFixture) async throws -> Void
    ) async throws {
        try await RestartFixture.with(shutdown: shutdown, wrap: { UnreliableDatabase($0, faults) }, body)
    }

    private func insert(_ fixture: RestartFixture, attempts: Int = 3, key: String? = nil) async throws -> StoredJob {
        let job = Job(
            id: JobID.make(),
            source: "probe",
            parameters: [:],
            createdAt: .now(),
            maxAttempts: attempts,
            idempotencyKey: key
        )
        _ = try await fixture.store.create(job, gateway: "me")
        return try #require(try await fixture.store.job(job.id))
    }

    /// A job whose first attempt runs.
    private func running(_ fixture: RestartFixture) async throws -> JobProgress {
        let progress = try #require(try await fixture.registry.acquire(try await insert(fixture).job.id))
        _ = try #require(try await progress.begin(token: AttemptToken(), launcher: "recording") { [] })
        return progress
    }

    @Test("A start that was written without an answer is gone on with")
    func start() async throws {
        try await with([(Self.begin, .loseAnswer), (Self.begin, .loseAnswer)]) { fixture in
            let job = try await insert(fixture)
            try await fixture.open(Recovery.Found(waiting: [job]))
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .run(job.job.id, attempt: 1, _) = await calls.next() else {
                Issue.record("The runner was not started")
                return
            }
            fixture.launcher.end(RunnerExit(code: 2))
            #expect(try await fixture.end(of: job.job.id).error?.code == "runner_exited")
            #expect(try await fixture.store.attempts(of: job.job.id).count == 1)
        }
    }

    @Test("A start without an answer can be cancelled")
    func cancelledStart() async throws {
        try await with([(Self.begin, .loseAnswer)]) { fixture in
            let id = try await insert(fixture).job.id
            let progress = try #require(try await fixture.registry.acquire(id))
            await #expect(throws: DatabaseError.self) {
                try await progress.begin(token: AttemptToken(), launcher: "recording") { [] }
            }
            await progress.requestStop(.cancelled)
            #expect(try await progress.end(.cancelled).status == .cancelled)
            #expect(try await fixture.store.job(id)?.job.status == .cancelled)
        }
    }

    @Test("An attempt that went back to the queue is not failed by its own dead runner")
    func deadRunner() async throws {
        try await with { fixture in
            let progress = try await running(fixture)
            try await progress.conclude(.failed(Self.transient), ofAttempt: 1)
            #expect(await progress.job.status == .queued)
            try await progress.conclude(.failed(JobFailure(code: "x", message: "y")), ofAttempt: 1)
            #expect(await progress.job.status == .queued)
            #expect(try await fixture.store.job(progress.id)?.job.status == .queued)
        }
    }

    @Test("A lease that runs out late does not keep the next attempt from starting")
    func lateExpiry() async throws {
        try await with { fixture in
            let progress = try await running(fixture)
            try await progress.conclude(.failed(Self.transient), ofAttempt: 1)
            #expect(await !progress.requestStop(.leaseExpired, ofAttempt: 1))
            let second = try await progress.begin(token: AttemptToken(), launcher: "recording") { [] }
            #expect(second?.attempt == 2)
            #expect(await progress.requestStop(.leaseExpired, ofAttempt: 2))
        }
    }

    @Test("A job that went back to the queue without an answer can be cancelled")
    func cancelledReturn() async throws {
        try await with([(Self.requeue, .loseAnswer)]) { fixture in
            let progress = try await running(fixture)
            await #expect(throws: DatabaseError.self) {
                try await progress.conclude(.failed(Self.transient), ofAttempt: 1)
            }
            #expect(try await fixture.store.job(progress.id)?.job.status == .queued)
            await progress.requestStop(.cancelled)
            try await progress.conclude(.cancelled, ofAttempt: 1)
            #expect(await progress.job.status == .cancelled)
            #expect(try await fixture.store.job(progress.id)?.job.status == .cancelled)
        }
    }

    @Test("A cancellation holds when the gateway is gone before the runner is", arguments: [true, false])
    func cancelledBefore(isWhereItWas: Bool) async throws {
        try await RestartFixture.with { fixture in
            let left = try await fixture.leaveRunning()
            let waiting = try await insert(fixture).job.id
            for id in [left, waiting] {
                #expect(try await fixture.store.requestCancel(id, at: .now())?.cancelRequestedAt != nil)
            }
            try await fixture.open(try await fixture.recover(isWhereItWas: isWhereItWas))
            for id in [left, waiting] {
                #expect(try await fixture.end(of: id).status == .cancelled)
                #expect(try await fixture.store.job(id)?.job.status == .cancelled)
            }
            #expect(try await fixture.store.attempts(of: left).count == 1)
            #expect(try await fixture.store.attempts(of: waiting).isEmpty)
        }
    }

    @Test("A cancelled job whose end the store does not take ends as soon as it does")
    func failedCancel() async throws {
        try await with([(Self.end, .refuse), (Self.end, .loseAnswer)]) { fixture in
            try await fixture.open()
            let id = try await insert(fixture).job.id
            #expect(try await fixture.dispatcher.cancel(id)?.status == .queued)
            #expect(try await fixture.end(of: id).status == .cancelled)
            #expect((fixture.database as? UnreliableDatabase)?.left == 0)
            // The end is seen a moment before it is known that nothing waits to be written any more.
            for _ in 0..<2000 where await fixture.dispatcher.health.unwritten > 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(await fixture.dispatcher.health.unwritten == 0)
        }
    }

    @Test("A gateway whose store takes nothing stops all the same, and leaves the attempt to its next start")
    func stopWithoutStore() async throws {
        try await with([(Self.end, .refuseForEver), (Self.requeue, .refuseForEver)]) { fixture in
            let job = try await insert(fixture)
            try await fixture.open(Recovery.Found(waiting: [job]))
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            let service = Task { await fixture.dispatcher.run() }
            service.cancel()
            await service.value
            #expect(try await fixture.store.job(job.job.id)?.job.status == .running)
        }
    }

    @Test("An attempt whose start is being written when its gateway leaves has its runner before that has left")
    func leftWhileStarting() async throws {
        let (come, until) = (OneValue<Void>(), OneValue<Void>())
        let hold = [(text: Self.begin, fault: UnreliableDatabase.Fault.hold(come: come, until: until))]
        try await with(hold, shutdown: .drain(atMost: .zero)) { fixture in
            let job = try await insert(fixture)
            try await fixture.open(Recovery.Found(waiting: [job]))
            try await come.value
            let hasLeft = OneValue<Void>()
            let service = Task {
                await fixture.dispatcher.run()
                hasLeft.succeed(())
            }
            service.cancel()
            while await fixture.dispatcher.takesJobs { await Task.yield() }
            // Long enough for one that does not wait.
            for _ in 0..<20 where hasLeft.ifThere == nil { try await Task.sleep(for: .milliseconds(10)) }
            #expect(hasLeft.ifThere == nil)
            until.succeed(())
            await service.value
            // Its handle is there, so the next gateway takes it over.
            let stored = try #require(try await fixture.store.job(job.job.id))
            #expect(stored.job.status == .running)
            #expect(stored.job.runnerHandle == "runner of attempt 1")
            fixture.launcher.end(RunnerExit(code: 0))
        }
    }

    @Test("A waiting job that only the store knows is found, started and counted")
    func lostJob() async throws {
        try await with { fixture in
            try await fixture.open(looksForLostJobs: true)
            let id = try await insert(fixture).job.id
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .run(id, attempt: 1, _) = await calls.next() else {
                Issue.record("The job was not started")
                return
            }
            let health = await fixture.dispatcher.health
            #expect(health.violations == 1)
            #expect(health.status == .failing)
            fixture.launcher.end(RunnerExit(code: 2))
            #expect(try await fixture.end(of: id).status == .failed)
        }
    }

    @Test("A repeated request queues the job that the first one has made and nobody has queued")
    func repeatedRequest() async throws {
        try await with { fixture in
            try await fixture.open()
            let id = try await insert(fixture, key: "k").job.id
            let intake = JobIntake(
                store: fixture.store,
                dispatcher: fixture.dispatcher,
                feed: JobFeed(),
                ids: JobIDSequence(),
                gateway: "me",
                maximumAttempts: 3,
                host: { _ in nil },
                now: { .now() }
            )
            var request = JobIntake.Request(source: "probe", parameters: [:])
            request.idempotencyKey = "k"
            #expect(try await intake.take(request).id == id)
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .run(id, attempt: 1, _) = await calls.next() else {
                Issue.record("The job was not started")
                return
            }
            fixture.launcher.end(RunnerExit(code: 2))
            #expect(try await fixture.end(of: id).status == .failed)
        }
    }

    @Test("The runner of an attempt that has ended is known to be dismissed")
    func endedBeforeAdoption() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            let stored = try #require(try await fixture.store.job(id))
            _ = try await fixture.store.end(stored.job, .succeeded([:]), at: .now(), sequence: 9)
            let progress = try #require(try await fixture.registry.acquire(id))
            _ = await progress.resume(lease: AttemptLease()) { [] }
            // Returns at once, and not only with the test's time.
            await progress.waitForAttemptEnd()
            #expect(await progress.isEnded)
        }
    }

    @Test("A runner's handle that was not saved is saved later")
    func handle() async throws {
        try await with([("SET runner_handle", .refuse)]) { fixture in
            let progress = try await running(fixture)
            await progress.runnerStarted(handle: "17:4")
            #expect(try await fixture.store.job(progress.id)?.job.runnerHandle == nil)
            let saver = Task { await progress.saveContinuously() }
            while try await fixture.store.job(progress.id)?.job.runnerHandle == nil { await Task.yield() }
            #expect(try await fixture.store.job(progress.id)?.job.runnerHandle == "17:4")
            saver.cancel()
            await saver.value
        }
    }

    @Test("A gateway that is stopped before it is ready starts nothing")
    func stoppedBeforeOpening() async throws {
        try await with { fixture in
            let job = try await insert(fixture)
            let service = Task { await fixture.dispatcher.run() }
            service.cancel()
            await service.value
            try await fixture.open(Recovery.Found(waiting: [job]))
            let health = await fixture.dispatcher.health
            #expect(health.waiting + health.running + health.retrying == 0)
            #expect(try await fixture.store.job(job.job.id)?.job.status == .queued)
        }
    }
}
