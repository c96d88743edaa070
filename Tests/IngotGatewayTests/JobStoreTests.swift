import IngotCore
import IngotEmbedded
import SystemPackage
import Testing

@testable import IngotGateway

/// A store with its tables, on a file of its own.
struct StoreFixture {
    let database: EmbeddedDatabase
    let store: JobStore

    static func with(_ body: (StoreFixture) async throws -> Void) async throws {
        try await ScratchFolder.with { folder in
            let database = try EmbeddedDatabase(path: folder.appending("d1.sqlite").string)
            let store = JobStore(database: database)
            try await store.prepare()
            try await body(StoreFixture(database: database, store: store))
        }
    }

    /// A new job in the table.
    func insert(key: String? = nil, parameters: JSONValue = [:], source: String = "probe") async throws -> Job {
        let job = Job(
            id: JobID.make(),
            source: source,
            parameters: parameters,
            createdAt: .now(),
            idempotencyKey: key
        )
        guard case .created(let created) = try await store.create(job) else {
            throw DatabaseError(kind: .constraint, message: "not created")
        }
        return created
    }

    func begin(_ job: Job, attempt: Int = 1, token: String = "hash") async throws -> StoredJob? {
        try await store.begin(
            JobStore.Beginning(
                job: job.id,
                attempt: attempt,
                tokenHash: token,
                launcher: "process",
                now: .now(),
                leaseExpiresAt: .now(),
                sequence: 1
            )
        )
    }
}

@Suite("The rows of jobs")
struct JobStoreTests {
    @Test("A job comes back as it went in")
    func roundTrip() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.insert(key: "k", parameters: ["titles": ["1", "5a"], "n": 3])
            #expect(try await fixture.store.job(job.id)?.job == job)
            #expect(job.status == .queued)
            #expect(job.parameters == ["titles": ["1", "5a"], "n": 3])
            #expect(try await fixture.store.job(JobID.make()) == nil)
        }
    }

    @Test("The tables can be made twice")
    func prepareAgain() async throws {
        try await StoreFixture.with { try await $0.store.prepare() }
    }

    @Test("An idempotency key gives the same job for the same request and a conflict for another")
    func idempotency() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.insert(key: "k", parameters: ["a": 1, "b": 2])
            func create(_ parameters: JSONValue, source: String = "probe") async throws -> JobStore.Creation {
                try await fixture.store.create(
                    Job(
                        id: JobID.make(),
                        source: source,
                        parameters: parameters,
                        createdAt: .now(),
                        idempotencyKey: "k"
                    )
                )
            }
            guard case .existing(let same) = try await create(["b": 2, "a": 1]) else {
                Issue.record("The same request made another job")
                return
            }
            #expect(same.id == first.id)
            for creation in [try await create(["a": 1]), try await create(["a": 1, "b": 2], source: "usc")] {
                guard case .conflict(first.id) = creation else {
                    Issue.record("Another request took the key")
                    return
                }
            }
        }
    }

    @Test("Concurrent requests with one key make one job")
    func concurrentKeys() async throws {
        try await StoreFixture.with { fixture in
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let job = Job(
                            id: JobID.make(),
                            source: "probe",
                            parameters: [:],
                            createdAt: .now(),
                            idempotencyKey: "one"
                        )
                        switch try await fixture.store.create(job) {
                        case .created(let job), .existing(let job): return job.id
                        case .conflict: throw DatabaseError(kind: .constraint, message: "conflict")
                        }
                    }
                }
                return try await group.reduce(into: Set<JobID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test("An attempt begins once, and each adds its token")
    func beginning() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.insert()
            let first = try #require(try await fixture.begin(job, token: "one"))
            #expect(first.job.status == .running)
            #expect(first.job.attempt == 1)
            #expect(first.job.startedAt != nil)
            #expect(first.tokenHashes == ["one"])
            #expect(try await fixture.begin(job, token: "two") == nil)
            #expect(try await fixture.begin(job, attempt: 2, token: "two") == nil)
            try await fixture.database.run(Statement("UPDATE ingest_jobs SET status = 'queued'"))
            #expect(try await fixture.begin(job, attempt: 2, token: "two")?.tokenHashes == ["one", "two"])
        }
    }

    @Test(
        "Each ending is written with what belongs to it",
        arguments: [
            JobEnding.succeeded(["rows": 3]), .failed(JobFailure(code: "x", message: "y")), .cancelled,
        ]
    )
    func endings(ending: JobEnding) async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            var job = try #require(try await fixture.begin(queued)).job
            job.progress = 40
            let ended = try await fixture.store.end(job, ending, at: .now(), sequence: 9).job
            #expect(ended.status == ending.status)
            #expect(ended.finishedAt != nil)
            #expect(ended.leaseExpiresAt == nil)
            #expect(ended.lastSequence == 9)
            switch ending {
            case .succeeded(let result):
                #expect(ended.result == result)
                #expect(ended.progress == 100)
            case .failed(let failure):
                #expect(ended.error == failure)
                #expect(ended.progress == 40)
            case .cancelled:
                #expect(ended.error == nil)
            }
        }
    }

    @Test("A unit that the runner was at ends with the job, with its reason", arguments: [true, false])
    func unitOfDeadRunner(isCommitted: Bool) async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let job = try #require(try await fixture.begin(queued)).job
            let result = isCommitted ? "'{}'" : "NULL"
            for statement in [
                """
                INSERT INTO ingest_job_units (job_id, unit, position, status, attempt)
                VALUES (?1, '1', 0, 'done', 1), (?1, '2', 1, 'running', 1), (?1, '3', 2, 'pending', 1)
                """,
                "UPDATE ingest_jobs SET result_json = \(result) WHERE id = ?1",
            ] { try await fixture.database.run(Statement(statement, [.text(job.id.rawValue)])) }
            let failure = JobFailure(code: "runner_killed", message: "The runner was killed.")
            _ = try await fixture.store.end(job, .failed(failure), at: .now(), sequence: 3)
            let units = try await fixture.store.units(of: job.id, offset: 0, limit: 10)
            #expect(units.map(\.status.rawValue) == ["done", isCommitted ? "running" : "failed", "pending"])
            #expect(units[1].error?.code == (isCommitted ? nil : "runner_killed"))
        }
    }

    @Test("A terminal state is never left, whatever is tried")
    func terminalAbsorbs() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            let ended = try await fixture.store.end(running, .cancelled, at: .now(), sequence: 5).job
            let endings: [JobEnding] = [.succeeded([:]), .failed(JobFailure(code: "x", message: "y")), .cancelled]
            for state in [queued, running, ended] {
                for ending in endings {
                    #expect(try await fixture.store.end(state, ending, at: .now(), sequence: 99).job == ended)
                }
                try await fixture.store.saveProgress(of: state, leaseExpiresAt: .now())
            }
            #expect(try await fixture.begin(queued) == nil)
            #expect(try await fixture.begin(queued, attempt: 2) == nil)
            #expect(try await fixture.store.job(queued.id)?.job == ended)
        }
    }

    @Test("A result that the attempt has committed is the truth, whatever became of the runner")
    func committedResult() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            let running = try #require(try await fixture.begin(queued)).job
            try await fixture.database.run(
                Statement(
                    "UPDATE ingest_jobs SET result_json = '{\"revision\":1}' WHERE id = ?1",
                    [.text(queued.id.rawValue)]
                )
            )
            #expect(try await fixture.store.job(queued.id)?.job.result == nil)
            let failure = JobEnding.failed(JobFailure(code: "runner_killed", message: "killed"))
            let ended = try await fixture.store.end(running, failure, at: .now(), sequence: 5).job
            #expect(ended.status == .succeeded)
            #expect(ended.result == ["revision": 1])
            #expect(ended.error == nil)
            #expect(ended.progress == 100)
        }
    }

    @Test("A saved snapshot never goes back, and another attempt cannot save one")
    func snapshots() async throws {
        try await StoreFixture.with { fixture in
            let queued = try await fixture.insert()
            var job = try #require(try await fixture.begin(queued)).job
            func save(progress: Int, sequence: Int64) async throws {
                job.progress = progress
                job.lastSequence = sequence
                try await fixture.store.saveProgress(of: job, leaseExpiresAt: .now())
            }
            try await save(progress: 50, sequence: 10)
            try await save(progress: 20, sequence: 8)
            #expect(try await fixture.store.job(job.id)?.job.progress == 50)
            job.attempt = 2
            try await save(progress: 70, sequence: 20)
            #expect(try await fixture.store.job(job.id)?.job.progress == 50)
        }
    }

    @Test("Pages go from the newest to the oldest, with filters")
    func pages() async throws {
        try await StoreFixture.with { fixture in
            let ids = JobIDSequence()
            var made: [JobID] = []
            for number in 0..<7 {
                let job = Job(
                    id: ids.next(at: .now()),
                    source: number % 2 == 0 ? "probe" : "usc",
                    parameters: [:],
                    createdAt: .now()
                )
                _ = try await fixture.store.create(job)
                made.insert(job.id, at: 0)
            }
            let first = try await fixture.store.page(status: nil, source: nil, before: nil, limit: 4)
            #expect(first.map(\.id) == Array(made[..<4]))
            let second = try await fixture.store.page(status: nil, source: nil, before: first.last?.id, limit: 4)
            #expect(second.map(\.id) == Array(made[4...]))
            let filtered = try await fixture.store.page(status: .queued, source: "usc", before: nil, limit: 10)
            #expect(filtered.map(\.source) == ["usc", "usc", "usc"])
            #expect(try await fixture.store.page(status: .failed, source: nil, before: nil, limit: 10).isEmpty)
            #expect(try await fixture.store.unfinished().map(\.job.id) == made.reversed())
        }
    }

    @Test("Ids of one process strictly increase")
    func increasingIDs() {
        let ids = JobIDSequence()
        let now = Timestamp.now()
        let made = (0..<1000).map { _ in ids.next(at: now).rawValue }
        #expect(made == made.sorted())
        #expect(Set(made).count == 1000)
    }
}
