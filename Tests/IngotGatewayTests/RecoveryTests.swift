import FoundationEssentials
import IngotCore
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

/// A launcher whose runners are the test: it says of each call what it was, and ends it when it is told to.
final class RecordingLauncher: Launcher {
    /// What a gateway has asked for.
    enum Call: Sendable, Equatable {
        case run(JobID, attempt: Int, JobLimits)
        case adopt(LeftoverRunner)
        case end(LeftoverRunner)
    }

    let name = "recording"
    let calls: AsyncStream<Call>
    private let told: AsyncStream<Call>.Continuation
    /// What ends the runner that is there; `nil` is that there is none.
    private let (exits, exit) = AsyncStream.makeStream(of: RunnerExit?.self)

    init() {
        (calls, told) = AsyncStream.makeStream(of: Call.self)
    }

    /// Ends a runner that runs or was adopted.
    func end(_ exit: RunnerExit?) { self.exit.yield(exit) }

    func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (String) async -> Void,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> RunnerExit {
        await started("runner of attempt \(assignment.attempt)")
        told.yield(.run(assignment.job, attempt: assignment.attempt, limits))
        for await exit in exits { return exit ?? RunnerExit(reason: "lost") }
        return RunnerExit(signal: 15)
    }

    func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async -> RunnerExit? {
        await output(Array("the runner wrote this while nobody listened\n".utf8))
        told.yield(.adopt(runner))
        for await exit in exits { return exit }
        return RunnerExit(signal: 15)
    }

    func leave(_ runner: LeftoverRunner) async {}

    func endLeftover(_ runner: LeftoverRunner) async -> Bool {
        told.yield(.end(runner))
        exit.yield(RunnerExit(signal: 9))
        return true
    }

    func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {}
}

/// A dispatcher on a store that an earlier gateway has used.
struct RestartFixture: Sendable {
    let store: JobStore
    let database: any IngotCore.Database
    let registry: ProgressRegistry
    let dispatcher: Dispatcher
    let launcher = RecordingLauncher()
    let monitor = LeaseMonitor()
    let folder: FilePath

    /// - Parameter wrap: puts something between the gateway and its database.
    static func with(
        slots: Int = 2,
        shutdown: ShutdownMode = .endRunners,
        wrap: (any IngotCore.Database) -> any IngotCore.Database = { $0 },
        _ body: (RestartFixture) async throws -> Void
    ) async throws {
        try await StoreFixture.with { fixture in
            try await ScratchFolder.with { folder in
                try await body(RestartFixture(wrap(fixture.database), folder, slots: slots, shutdown: shutdown))
            }
        }
    }

    private init(_ database: any IngotCore.Database, _ folder: FilePath, slots: Int, shutdown: ShutdownMode) {
        store = JobStore(database: database)
        self.database = database
        let retries = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(5))
        registry = ProgressRegistry(store: store, logger: GatewayFixture.quiet, retries: retries)
        dispatcher = Dispatcher(
            registry: registry,
            limits: QueueLimits(slots: slots),
            shutdown: shutdown,
            longestRetryDelay: retries.maximumDelay,
            searchInterval: .milliseconds(20),
            logger: GatewayFixture.quiet
        )
        self.folder = folder
    }

    /// A job that a gateway has left running.
    func leaveRunning(
        attempts: Int = 3,
        gateway: String? = "me",
        launcher: String = "recording",
        lease: Timestamp = .now(),
        token: AttemptToken = AttemptToken(),
        beforeStart: (JobID) async throws -> Void = { _ in }
    ) async throws -> JobID {
        let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now(), maxAttempts: attempts)
        _ = try await store.create(job, gateway: gateway)
        try await beforeStart(job.id)
        _ = try await store.begin(
            JobStore.Beginning(
                job: job.id,
                attempt: 1,
                tokenHash: token.hash,
                launcher: launcher,
                now: .now(),
                leaseExpiresAt: lease,
                sequence: 1
            )
        )
        try await store.recordHandle("runner of attempt 1", job: job.id, attempt: 1)
        return job.id
    }

    func recover(isWhereItWas: Bool = true) async throws -> Recovery.Found {
        try await recovery(isWhereItWas: isWhereItWas).run()
    }

    func recovery(isWhereItWas: Bool = true) -> Recovery {
        Recovery(
            store: store,
            registry: registry,
            launcher: launcher,
            gateway: "me",
            isWhereItWas: isWhereItWas,
            logger: GatewayFixture.quiet
        )
    }

    func open(_ found: Recovery.Found = Recovery.Found(), looksForLostJobs: Bool = false) async throws {
        var surroundings = AttemptSurroundings(
            launcher: launcher,
            gatewayAddress: "http://127.0.0.1:9",
            storage: try .ofNowhere(),
            origins: [:],
            jobsFolder: folder
        )
        surroundings.leases = monitor
        surroundings.gateway = "me"
        surroundings.patienceAtStop = .milliseconds(100)
        await dispatcher.open(
            surroundings,
            waiting: found.waiting,
            running: found.running,
            lookingForLostJobsWith: looksForLostJobs ? recovery() : nil
        )
    }

    func end(of id: JobID) async throws -> Job {
        try #require(
            try await registry.withProgress(id) { progress in
                await progress.waitForEnd()
                return await progress.job
            }
        )
    }
}

@Suite("What a gateway does with the jobs that it finds", .timeLimit(.minutes(10)))
struct RecoveryTests {
    @Test("A runner that lives goes on as if its gateway had never been away")
    func adoption() async throws {
        try await RestartFixture.with { fixture in
            let token = AttemptToken()
            let id = try await fixture.leaveRunning(token: token)
            try await fixture.open(try await fixture.recover())
            #expect(await fixture.dispatcher.health.running == 1)
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .adopt(let runner) = await calls.next() else {
                Issue.record("The runner was not adopted")
                return
            }
            #expect(runner.job == id)
            #expect(runner.attempt == 1)
            #expect(runner.handle == "runner of attempt 1")
            let progress = try #require(try await fixture.registry.acquire(id))
            #expect(await progress.attempt(ofToken: token.secret.revealed) == 1)
            var event = RunnerEvent(sequence: 40, kind: .progress)
            event.progress = 60
            _ = try await progress.receive(RunnerReport(attempt: 1, events: [event]), fromAttempt: 1)
            // Numbers that the earlier gateway may have shown are not used again.
            #expect(await progress.job.lastSequence > ProgressLog.gapAfterLoss)
            var last = RunnerEvent(sequence: 41, kind: .finished)
            last.outcome = .succeeded
            last.result = ["by": "the adopted runner"]
            _ = try await progress.receive(RunnerReport(attempt: 1, events: [last]), fromAttempt: 1)
            fixture.launcher.end(RunnerExit(code: 0))
            let job = try await fixture.end(of: id)
            #expect(job.status == .succeeded)
            #expect(job.attempt == 1)
            #expect(job.result == ["by": "the adopted runner"])
            await fixture.dispatcher.waitForRunner(of: id, atMost: .seconds(60))
            let log = try FileContents.text(fixture.folder.appending(id.rawValue).appending("log"))
            #expect(log.contains("while nobody listened"))
            #expect(await fixture.dispatcher.health.running == 0)
        }
    }

    @Test("A runner that is gone is a lost attempt, and the next one follows")
    func gone() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            try await fixture.open(try await fixture.recover())
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            fixture.launcher.end(nil)
            guard case .run(id, attempt: 2, _) = await calls.next() else {
                Issue.record("No second attempt")
                return
            }
            let attempts = try await fixture.store.attempts(of: id)
            #expect(attempts.map(\.attempt) == [1, 2])
            #expect(attempts[0].error?.code == "runner_lost")
            fixture.launcher.end(RunnerExit(code: 2))
            let job = try await fixture.end(of: id)
            #expect(job.error?.code == "runner_exited")
            #expect(job.error?.attempts == 2)
        }
    }

    @Test("A runner that is gone but had committed its result has succeeded")
    func committed() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            try await fixture.database.run(Statement("UPDATE ingest_jobs SET result_json = '{\"n\":1}'"))
            try await fixture.open(try await fixture.recover())
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            fixture.launcher.end(nil)
            let job = try await fixture.end(of: id)
            #expect(job.status == .succeeded)
            #expect(job.result == ["n": 1])
        }
    }

    @Test("An adopted runner can be cancelled")
    func cancelAdopted() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            try await fixture.open(try await fixture.recover())
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            #expect(try await fixture.dispatcher.cancel(id)?.status == .running)
            let job = try await fixture.end(of: id)
            #expect(job.status == .cancelled)
            #expect(try await fixture.dispatcher.cancel(id)?.status == .cancelled)
        }
    }

    @Test("An adopted runner that stays silent loses its lease")
    func silentAdopted() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning(attempts: 1)
            try await fixture.open(try await fixture.recover())
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            for expired in fixture.monitor.look(at: .now + .seconds(21)) { await expired() }
            guard case .end(let runner) = await calls.next() else {
                Issue.record("The runner was not killed")
                return
            }
            #expect(runner.job == id)
            let job = try await fixture.end(of: id)
            #expect(job.error?.code == "runner_lost")
            #expect(job.error?.exit?.signal == 9)
        }
    }

    @Test("An adopted runner takes a slot: what waits, waits")
    func slots() async throws {
        try await RestartFixture.with(slots: 1) { fixture in
            let id = try await fixture.leaveRunning()
            let waiting = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
            _ = try await fixture.store.create(waiting, gateway: "me")
            let found = try await fixture.recover()
            #expect(found.waiting.map(\.job.id) == [waiting.id])
            #expect(found.running.map(\.job.id) == [id])
            try await fixture.open(found)
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            let health = await fixture.dispatcher.health
            #expect(health.running == 1)
            #expect(health.waiting == 1)
            fixture.launcher.end(RunnerExit(code: 2))
            guard case .run(waiting.id, attempt: 1, .standard) = await calls.next() else {
                Issue.record("The waiting job did not start")
                return
            }
            fixture.launcher.end(RunnerExit(code: 2))
            _ = try await fixture.end(of: waiting.id)
        }
    }

    @Test("A gateway at another address ends the runners that cannot find it")
    func otherAddress() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            let last = try await fixture.leaveRunning(attempts: 1)
            let found = try await fixture.recover(isWhereItWas: false)
            #expect(found.running.isEmpty)
            #expect(found.waiting.map(\.job.id) == [id])
            let job = try #require(try await fixture.store.job(last)).job
            #expect(job.status == .failed)
            #expect(job.error?.message.contains("another address") == true)
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .end(let runner) = await calls.next() else {
                Issue.record("The runner was not ended")
                return
            }
            #expect(runner.job == id)
        }
    }

    @Test("While it runs, it takes over what gateways that are gone have left, and nothing else")
    func gatewaysGone() async throws {
        try await RestartFixture.with { fixture in
            let later = Timestamp.now().advanced(by: .seconds(660))
            let running = try await fixture.leaveRunning(gateway: "gone")
            let kept = try await fixture.leaveRunning(gateway: "busy", lease: later.advanced(by: .seconds(10)))
            func leaveQueued(_ gateway: String?, createdAt: Timestamp = .now()) async throws -> JobID {
                let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: createdAt)
                _ = try await fixture.store.create(job, gateway: gateway)
                return job.id
            }
            let waiting = try await leaveQueued("gone")
            let left = [
                try await leaveQueued("busy"), try await leaveQueued("gone", createdAt: later),
                try await leaveQueued("me"), kept,
            ]
            var recovery = fixture.recovery()
            try await recovery.takeOverOthers { Issue.record("Too early: \($0.job.id)") }
            recovery.now = { later }
            var taken: [JobID] = []
            try await recovery.takeOverOthers { taken.append($0.job.id) }
            #expect(taken == [running, waiting])
            for id in taken {
                let stored = try #require(try await fixture.store.job(id))
                #expect(stored.gateway == "me")
                #expect(stored.job.status == .queued)
            }
            for id in left { #expect(try await fixture.store.job(id)?.job.error == nil) }
            #expect(try await fixture.store.job(left[0])?.gateway == "busy")
            #expect(try await fixture.store.job(left[1])?.gateway == "gone")
            #expect(try await fixture.store.job(kept)?.job.status == .running)
        }
    }

    @Test("A job that was taken over, and whose lost attempt could not be ended at once, does not run for ever")
    func takenOverOnly() async throws {
        let requeue: [(text: String, fault: UnreliableDatabase.Fault)] = [("THEN 'queued' ELSE 'succeeded'", .refuse)]
        try await RestartFixture.with(wrap: { UnreliableDatabase($0, requeue) }) { fixture in
            let dead = Timestamp.now().advanced(by: .seconds(-90))
            let id = try await fixture.leaveRunning(gateway: "gone", launcher: "another", lease: dead)
            await #expect(throws: DatabaseError.self) {
                try await fixture.recovery().takeOverOthers { Issue.record("Too early: \($0.job.id)") }
            }
            let stored = try #require(try await fixture.store.job(id))
            #expect(stored.gateway == "me")
            #expect(stored.job.status == .running)
            // Nothing is left for it to take over.
            try await fixture.recovery().takeOverOthers { Issue.record("It is this one's: \($0.job.id)") }
            try await fixture.open(looksForLostJobs: true)
            var calls = fixture.launcher.calls.makeAsyncIterator()
            guard case .run(id, attempt: 2, _) = await calls.next() else {
                Issue.record("No second attempt")
                return
            }
            #expect(try await fixture.store.attempts(of: id)[0].error?.code == "runner_lost")
            fixture.launcher.end(RunnerExit(code: 2))
            #expect(try await fixture.end(of: id).status == .failed)
        }
    }

    @Test("A job that somebody watched before its attempt began is taken over all the same")
    func takenOverWhileWatched() async throws {
        try await RestartFixture.with { fixture in
            let dead = Timestamp.now().advanced(by: .seconds(-90))
            let id = try await fixture.leaveRunning(gateway: "gone", lease: dead) { id in
                let watched = try #require(try await fixture.registry.acquire(id))
                #expect(await watched.job.status == .queued)
            }
            var taken: [JobID] = []
            try await fixture.recovery().takeOverOthers { taken.append($0.job.id) }
            #expect(taken == [id])
            let stored = try #require(try await fixture.store.job(id))
            #expect(stored.job.status == .queued)
            #expect(stored.job.error?.code == "runner_lost")
        }
    }

    @Test("Who watches a job that another gateway has taken over sees what that one makes of it")
    func superseded() async throws {
        try await RestartFixture.with { fixture in
            let id = try await fixture.leaveRunning()
            let progress = try #require(try await fixture.registry.acquire(id))
            try await fixture.open(try await fixture.recover())
            var calls = fixture.launcher.calls.makeAsyncIterator()
            _ = await calls.next()
            // While this gateway stood still.
            try await fixture.database.run(
                Statement("UPDATE ingest_jobs SET gateway = 'other', attempt = 2, token_hash = token_hash || ' h'")
            )
            fixture.launcher.end(RunnerExit(code: 2))
            await fixture.dispatcher.waitForRunner(of: id, atMost: .seconds(60))
            #expect(await progress.job.attempt == 2)
            let stored = try #require(try await fixture.store.job(id))
            #expect(stored.job.status == .running)
            _ = try await fixture.store.end(stored.job, .succeeded([:]), at: .now(), sequence: 9)
            try await progress.refresh()
            #expect(await progress.job.status == .succeeded)
        }
    }

    @Test("A gateway keeps its name, and makes another only where there is none")
    func name() async throws {
        try await ScratchFolder.with { folder in
            let first = try GatewayIdentity(folder: folder).id
            #expect(try GatewayIdentity(folder: folder).id == first)
            // It is there and cannot be read: jobs would be lost under another name.
            let file = folder.appending("gateway.id")
            try FileManager.default.removeItem(atPath: file.string)
            try FileManager.default.createDirectory(atPath: file.string, withIntermediateDirectories: false)
            #expect(throws: GatewayError.self) { try GatewayIdentity(folder: folder) }
        }
    }

    @Test("Another gateway's jobs are its own, until it has not renewed a lease for a minute")
    func foreign() async throws {
        try await RestartFixture.with { fixture in
            let living = try await fixture.leaveRunning(gateway: "other", lease: .now().advanced(by: .seconds(15)))
            let late = try await fixture.leaveRunning(gateway: "other", lease: .now().advanced(by: .seconds(-30)))
            let dead = try await fixture.leaveRunning(gateway: "other", lease: .now().advanced(by: .seconds(-90)))
            let queued = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
            _ = try await fixture.store.create(queued, gateway: "other")
            let found = try await fixture.recover()
            #expect(found.running.isEmpty)
            #expect(found.waiting.map(\.job.id) == [dead])
            for id in [living, late] {
                let stored = try #require(try await fixture.store.job(id))
                #expect(stored.gateway == "other")
                #expect(stored.job.status == .running)
            }
            let taken = try #require(try await fixture.store.job(dead))
            #expect(taken.gateway == "me")
            #expect(taken.job.status == .queued)
            #expect(taken.job.error?.code == "runner_lost")
        }
    }
}
