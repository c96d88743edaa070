import IngotCore
import IngotTesting
import Synchronization
import Testing

@testable import IngotLaw

@Suite("The next attempt of a job")
struct ResumeTests {
    private static let first = [
        "1": "/o/1: one\n  /o/1/a: alpha\n  /o/1/b: beta", "2": "/o/2: two\n  /o/2/a: gamma", "3": "/o/3: three",
    ]
    private static let second = [
        "1": "/o/1: one\n  /o/1/b: beta\n  /o/1/a: alpha changed\n  /o/1/c: new",
        "2": "/o/2: two\n  /o/2/b: delta", "3": "/o/3: three",
    ]

    /// All that a reader of the corpus can tell apart, and the job's result.
    private struct Outcome: Equatable {
        var result: JSONValue
        var export: [UInt8]
        var rows: [String]

        init(_ corpus: Corpus, _ result: JSONValue) async throws {
            self.result = result
            export = []
            for label in ["1", "2"] {
                let view = try await corpus.reader.view(of: "outline", at: label)
                for try await piece in corpus.reader.export(view, format: .ndjson) { export += piece }
            }
            rows = try await corpus.database.rows(
                """
                SELECT key || ' ' || sort || ' ' || valid_from || ' ' || COALESCE(valid_to, '') AS line FROM nodes
                ORDER BY key, valid_from
                """
            ).map { try $0.string("line") }
        }
    }

    private func undisturbed() async throws -> (outcome: Outcome, calls: Int) {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.first))
        let counting = WatchedDatabase(corpus.database)
        let result = try await corpus.ingest(try corpus.release("2", Self.second), database: counting)
        return (try await Outcome(corpus, result), counting.calls)
    }

    /// What the units of a job are, of those that are done.
    private func done(_ corpus: Corpus, _ job: JobID) async throws -> Set<String> {
        Set(
            try await corpus.database.rows(
                "SELECT unit FROM ingest_job_units WHERE job_id = ?1 AND status = 'done'",
                [.text(job.rawValue)]
            ).map { try $0.string("unit") }
        )
    }

    @Test("goes on from the finished units, wherever the attempts before it broke off, and ends as one that did all")
    func resumes() async throws {
        let (expected, calls) = try await undisturbed()
        var resumed = 0
        for limit in 0..<calls {
            let corpus = try await Corpus()
            try await corpus.ingest(try corpus.release("1", Self.first))
            let origin = try corpus.release("2", Self.second)
            let job = try await corpus.job()
            // Two attempts break off, the second one a little later in what is left.
            for attempt in 1...2 {
                if attempt > 1 { try await corpus.begin(attempt, of: job) }
                let failure = await #expect(throws: (any Error).self) {
                    try await corpus.ingest(
                        origin,
                        job: job,
                        attempt: attempt,
                        maxAttempts: 3,
                        database: WatchedDatabase(corpus.database, limit: attempt == 1 ? limit : min(limit, 4))
                    )
                }
                let code = failure.map { JobFailure(describing: $0).code }
                #expect(code == "database_unavailable", "call \(limit)")
            }
            let finished = try await done(corpus, job)
            resumed += finished.count
            try await corpus.begin(3, of: job)
            let read = Mutex<[String]>([])
            let result = try await corpus.ingest(
                origin,
                job: job,
                attempt: 3,
                maxAttempts: 3,
                source: OutlineSource { unit in read.withLock { $0.append(unit) } }
            )
            #expect(finished.isDisjoint(with: read.withLock { $0 }), "call \(limit): \(finished) were finished")
            let outcome = try await Outcome(corpus, result)
            #expect(outcome == expected, "call \(limit)")
            try await corpus.expectWhole()
            #expect(try await corpus.reader.revisions(of: "outline").count == 2, "call \(limit)")
        }
        #expect(resumed > 3, "no unit was ever finished before an attempt broke off")
    }

    @Test("stays on the state that the first one began with, though upstream has a newer one by now")
    func label() async throws {
        let corpus = try await Corpus()
        let origin = try corpus.release("1", Self.first)
        let job = try await corpus.job()
        let counting = WatchedDatabase(corpus.database, limit: 13)
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(origin, job: job, maxAttempts: 2, database: counting)
        }
        #expect(try await !done(corpus, job).isEmpty)
        let name = origin.dropFirst(corpus.folder.path.count + 1)
        for (unit, text) in Self.second { try corpus.folder.write("\(name)/2-\(unit).txt", text) }
        try await corpus.begin(2, of: job)
        let result = try await corpus.ingest(origin, job: job, attempt: 2, maxAttempts: 2)
        #expect(result["label"] == "1")
        #expect(try await corpus.keys() == ["/o/1", "/o/1/a", "/o/1/b", "/o/2", "/o/2/a", "/o/3"])
        // A new job has the newer state.
        #expect(try await corpus.ingest(origin)["label"] == "2")
    }

    @Test(
        "comes only after a failure that can pass, and only if one is left: otherwise nothing is kept",
        arguments: [(true, 1, false), (true, 2, true), (false, 2, false)]
    )
    func keeping(canPass: Bool, maxAttempts: Int, isKept: Bool) async throws {
        let corpus = try await Corpus()
        var units = Self.first
        if !canPass { units["3"] = "/o/3: three\nboom" }
        // The objects fail and not the database, so that the rows could be taken back.
        let objects = WatchedObjects(corpus.objects) { call, key in
            if canPass, call == .put, key.hasSuffix("1-3.txt") {
                throw ObjectStoreError(kind: .unavailable, key: key, message: "broken off")
            }
        }
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("1", units), maxAttempts: maxAttempts, objects: objects)
        }
        #expect(failure?.isTransient == canPass)
        #expect(try await corpus.reader.revisions(of: "outline").map(\.status) == [isKept ? "open" : "abandoned"])
        #expect(try await (corpus.rowCount() > 0) == isKept)
    }

    @Test("finds its units after a sweep that came between")
    func sweepBetween() async throws {
        let (expected, _) = try await undisturbed()
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.first))
        let origin = try corpus.release("2", Self.second)
        let job = try await corpus.job()
        await #expect(throws: JobFailure.self) {
            let breaking = WatchedDatabase(corpus.database, limit: 10)
            try await corpus.ingest(origin, job: job, maxAttempts: 2, database: breaking)
        }
        let finished = try await done(corpus, job)
        #expect(!finished.isEmpty)
        try await corpus.setStatus("queued", of: job)
        _ = try await CorpusSweeper(database: corpus.database, objects: corpus.objects).sweep("outline")
        try await corpus.begin(2, of: job)
        let read = Mutex<[String]>([])
        let result = try await corpus.ingest(
            origin,
            job: job,
            attempt: 2,
            source: OutlineSource { unit in read.withLock { $0.append(unit) } }
        )
        #expect(finished.isDisjoint(with: read.withLock { $0 }))
        #expect(try await Outcome(corpus, result) == expected)
        try await corpus.expectWhole()
    }

    @Test("begins anew when another job has changed what is live meanwhile")
    func otherJobBetween() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.first))
        let origin = try corpus.release("3", Self.second)
        let job = try await corpus.job()
        await #expect(throws: JobFailure.self) {
            let breaking = WatchedDatabase(corpus.database, limit: 10)
            try await corpus.ingest(origin, job: job, maxAttempts: 2, database: breaking)
        }
        #expect(try await !done(corpus, job).isEmpty)
        try await corpus.setStatus("queued", of: job)
        try await corpus.ingest(
            try corpus.release("2", ["1": "/o/1: one\n  /o/1/a: omega", "4": "/o/4: four"]),
            parameters: ["allow_shrink": true]
        )
        try await corpus.begin(2, of: job)
        let result = try await corpus.ingest(origin, job: job, attempt: 2)
        #expect(result["units"] == ["1", "2", "3"])
        #expect(result["units_kept"] == ["4"])
        #expect(
            try await corpus.keys()
                == ["/o/1", "/o/1/b", "/o/1/a", "/o/1/c", "/o/2", "/o/2/b", "/o/3", "/o/4"]
        )
        try await corpus.expectWhole()
    }

    @Test("is not disturbed by calls of the one before it that come through late")
    func lateCalls() async throws {
        let (expected, calls) = try await undisturbed()
        var disturbed = 0
        for limit in [6, calls / 2, calls - 2] {
            for number in 0..<limit {
                let corpus = try await Corpus()
                try await corpus.ingest(try corpus.release("1", Self.first))
                let origin = try corpus.release("2", Self.second)
                let job = try await corpus.job()
                let recorded = RecordedCalls(corpus.database)
                await #expect(throws: JobFailure.self) {
                    let breaking = WatchedDatabase(recorded, limit: limit)
                    do {
                        try await corpus.ingest(origin, job: job, maxAttempts: 2, database: breaking)
                    } catch { throw JobFailure(describing: error) }
                }
                let late = recorded.calls[number]
                // It may be refused by then; nobody waits for its answer.
                let replay = { @Sendable in _ = try? await corpus.database.batch(late, isIdempotent: true) }
                await replay()
                try await corpus.begin(2, of: job)
                let result = try await corpus.ingest(
                    origin,
                    job: job,
                    attempt: 2,
                    database: WatchedDatabase(corpus.database) { await replay() }
                )
                #expect(try await Outcome(corpus, result) == expected, "broken off after \(limit), call \(number)")
                try await corpus.expectWhole()
                disturbed += 1
            }
        }
        #expect(disturbed > 20)
    }
}

/// Remembers the calls that went through it.
private final class RecordedCalls: Database {
    private let database: any Database
    private let made = Mutex<[[Statement]]>([])

    init(_ database: any Database) { self.database = database }

    var calls: [[Statement]] { made.withLock { $0 } }

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        made.withLock { $0.append(statements) }
        return try await database.batch(statements, isIdempotent: isIdempotent)
    }
}
