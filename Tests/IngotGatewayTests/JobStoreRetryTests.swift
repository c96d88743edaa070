import IngotCore
import IngotEmbedded
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The rows of attempts and retries")
struct JobStoreRetryTests {
    private let failure = JobFailure(code: "runner_killed", message: "The runner was killed.", isTransient: true)

    private func requeue(_ job: Job, _ fixture: StoreFixture, sequence: Int64 = 5) async throws -> StoredJob {
        try await fixture.store.requeue(
            JobStore.Requeuing(
                job: job,
                failure: failure,
                message: "attempt 1 failed",
                now: .now(),
                nextAttemptAt: .now().advanced(by: .seconds(3)),
                sequence: sequence
            )
        )
    }

    @Test("A failed attempt goes back into the queue with its reason and its time, and the next one begins")
    func roundTrip() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued, token: "one")).job
            try await fixture.store.recordHandle("17:4", job: queued.id, attempt: 1)
            let waiting = try await requeue(running, fixture).job
            #expect(waiting.status == .queued)
            #expect(waiting.attempt == 1)
            #expect(waiting.error == failure)
            #expect(waiting.nextAttemptAt != nil)
            #expect(waiting.leaseExpiresAt == nil)
            #expect(waiting.runnerHandle == nil)
            #expect(waiting.finishedAt == nil)
            #expect(waiting.lastSequence == 5)
            let second = try #require(try await fixture.begin(queued, attempt: 2, token: "two"))
            #expect(second.job.error == nil)
            #expect(second.job.nextAttemptAt == nil)
            #expect(second.tokenHashes == ["one", "two"])
            _ = try await fixture.store.end(second.job, .succeeded([:]), at: .now(), sequence: 9)
            let attempts = try await fixture.store.attempts(of: queued.id)
            #expect(attempts.map(\.attempt) == [1, 2])
            #expect(attempts.map(\.outcome) == [.failed, .succeeded])
            #expect(attempts[0].error == failure)
            #expect(attempts[0].runnerHandle == "17:4")
            #expect(attempts.allSatisfy { $0.finishedAt != nil && $0.launcher == "process" })
            #expect(attempts[1].error == nil)
        }
    }

    @Test("Of two that begin at the same time one begins, and writes one attempt")
    func twoBeginnings() async throws {
        try await StoreFixture.with { fixture in
            for _ in 0..<10 {
                let job = try await fixture.insert()
                async let first = fixture.begin(job, token: "first")
                async let second = fixture.begin(job, token: "second")
                let begun = try await [first, second].compactMap { $0 }
                #expect(begun.count == 1)
                #expect(try await fixture.store.attempts(of: job.id).count == 1)
                #expect(try await fixture.store.job(job.id)?.tokenHashes == begun.first?.tokenHashes)
            }
        }
    }

    @Test("Of an end and a return to the queue that come at the same time one takes place", arguments: 0..<10)
    func endAgainstRequeue(round: Int) async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            async let ended = fixture.store.end(running, .failed(failure), at: .now(), sequence: 5)
            async let requeued = requeue(running, fixture)
            let states = try await [ended.job.status, requeued.job.status]
            let final = try #require(try await fixture.store.job(queued.id)).job.status
            #expect([JobStatus.failed, .queued].contains(final))
            // Whoever came second sees what the first one did.
            #expect(states.contains(final))
            #expect(try await fixture.store.attempts(of: queued.id).map(\.outcome) == [.failed])
        }
    }

    @Test("A late copy of a return to the queue does not stop the next attempt")
    func lateCopy() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued, token: "one")).job
            _ = try await requeue(running, fixture)
            let second = try #require(try await fixture.begin(queued, attempt: 2, token: "two"))
            #expect(try await requeue(running, fixture, sequence: 50) == second)
            let ended = try await fixture.store.end(second.job, .cancelled, at: .now(), sequence: 60)
            #expect(try await requeue(second.job, fixture, sequence: 70) == ended)
        }
    }

    @Test("A result that the attempt has committed makes the job succeed instead of waiting")
    func committedResult() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            try await fixture.database.run(
                Statement("UPDATE ingest_jobs SET result_json = '{\"n\":1}' WHERE id = ?1", [.text(queued.id.rawValue)])
            )
            let ended = try await requeue(running, fixture).job
            #expect(ended.status == .succeeded)
            #expect(ended.result == ["n": 1])
            #expect(ended.error == nil)
            #expect(ended.nextAttemptAt == nil)
            #expect(ended.finishedAt != nil)
            #expect(ended.progress == 100)
            #expect(try await fixture.store.attempts(of: queued.id).map(\.outcome) == [.succeeded])
        }
    }

    @Test("A job that waits for its next attempt can be cancelled; the attempt before keeps how it failed")
    func cancelWhileWaiting() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            let waiting = try await requeue(running, fixture).job
            let ended = try await fixture.store.end(waiting, .cancelled, at: .now(), sequence: 9).job
            #expect(ended.status == .cancelled)
            #expect(ended.nextAttemptAt == nil)
            let attempts = try await fixture.store.attempts(of: queued.id)
            #expect(attempts.map(\.outcome) == [.failed])
            #expect(try await fixture.begin(queued, attempt: 2) == nil)
        }
    }

    @Test("A unit that the dead runner was at waits for the next one")
    func units() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            try await fixture.database.run(
                Statement(
                    """
                    INSERT INTO ingest_job_units (job_id, unit, position, status, attempt)
                    VALUES (?1, '1', 0, 'done', 1), (?1, '2', 1, 'running', 1)
                    """,
                    [.text(queued.id.rawValue)]
                )
            )
            _ = try await requeue(running, fixture)
            let units = try await fixture.store.units(of: queued.id, offset: 0, limit: 10)
            #expect(units.map(\.status) == [.done, .pending])
        }
    }

    @Test("Options are part of what an idempotency key stands for")
    func options() async throws {
        try await StoreFixture.with { fixture in
            func create(_ priority: Int, _ limits: JobLimits?, _ attempts: Int) async throws -> JobStore.Creation {
                try await fixture.store.create(
                    Job(
                        id: JobID.make(),
                        source: "probe",
                        parameters: [:],
                        createdAt: .now(),
                        maxAttempts: attempts,
                        idempotencyKey: "k",
                        priority: priority,
                        limits: limits
                    )
                )
            }
            let limits = JobLimits(wallSeconds: 5)
            guard case .created(let job) = try await create(-3, limits, 2) else {
                Issue.record("not created")
                return
            }
            #expect(job.priority == -3)
            #expect(job.limits == limits)
            guard case .existing(job) = try await create(-3, limits, 2) else {
                Issue.record("The same request made another job")
                return
            }
            for creation in [
                try await create(0, limits, 2), try await create(-3, nil, 2), try await create(-3, limits, 3),
            ] {
                guard case .conflict(job.id) = creation else {
                    Issue.record("Other options took the key")
                    return
                }
            }
        }
    }

    @Test("Only one of two gateways takes a dead gateway's job over, and none a job that has moved on")
    func takeOver() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            _ = try await fixture.begin(queued)
            try await fixture.database.run(Statement("UPDATE ingest_jobs SET gateway = 'dead'"))
            let stored = try #require(try await fixture.store.job(queued.id))
            async let first = fixture.store.takeOver(stored, for: "first")
            async let second = fixture.store.takeOver(stored, for: "second")
            #expect(try await [first, second].filter { $0 }.count == 1)
            #expect(try await !fixture.store.takeOver(stored, for: "third"))
            let other = try await fixture.insert()
            let running = try #require(try await fixture.begin(other))
            // Its gateway lives after all and has renewed the lease.
            try await fixture.store.saveProgress(
                of: running.job,
                leaseExpiresAt: .now().advanced(by: .seconds(20))
            )
            #expect(try await !fixture.store.takeOver(running, for: "first"))
        }
    }
}

@Suite("Tables of an earlier version")
struct JobSchemaTests {
    /// As the first version made it.
    private static let oldTable = """
        CREATE TABLE ingest_jobs (
            id TEXT PRIMARY KEY, source TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            progress INTEGER NOT NULL DEFAULT 0, message TEXT, params_json TEXT NOT NULL, created_at TEXT NOT NULL,
            started_at TEXT, updated_at TEXT NOT NULL, finished_at TEXT, result_json TEXT, error_json TEXT,
            attempt INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL DEFAULT 1, lease_expires_at TEXT,
            last_seq INTEGER NOT NULL DEFAULT 0, idempotency_key TEXT, launcher TEXT, runner_handle TEXT,
            token_hash TEXT
        ) WITHOUT ROWID
        """

    @Test("They get the columns that they lack, keep their rows, and may be prepared by several at a time")
    func migration() async throws {
        try await ScratchFolder.with { folder in
            let database = try EmbeddedDatabase(path: folder.appending("d1.sqlite").string)
            let id = JobID.make()
            try await database.run(Statement(JobSchemaTests.oldTable))
            try await database.run(
                Statement(
                    """
                    INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at)
                    VALUES (?1, 'probe', 'queued', '{}', ?2, ?2)
                    """,
                    [.text(id.rawValue), .text(Timestamp.now().description)]
                )
            )
            let store = JobStore(database: database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await store.prepare() } }
                try await group.waitForAll()
            }
            let stored = try #require(try await store.job(id))
            #expect(stored.job.priority == 0)
            #expect(stored.job.limits == nil)
            #expect(stored.gateway == nil)
            let begun = try await store.begin(
                JobStore.Beginning(
                    job: id,
                    attempt: 1,
                    tokenHash: "hash",
                    launcher: "process",
                    now: .now(),
                    leaseExpiresAt: .now(),
                    sequence: 1,
                    gateway: "me"
                )
            )
            #expect(begun?.gateway == "me")
            #expect(try await store.attempts(of: id).count == 1)
        }
    }
}
