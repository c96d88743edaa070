import IngotCore
import IngotEmbedded
import IngotFetch
import IngotRecords
import IngotTesting
import Logging
import Synchronization

/// An embedded store, and jobs of records whose attempts run in this process.
final class RecordStore: Sendable {
    let folder: TemporaryFolder
    let database: any Database
    let objects: any ObjectStore

    init() async throws {
        folder = try TemporaryFolder()
        database = try EmbeddedDatabase(path: folder.path + "/records.sqlite")
        objects = try EmbeddedObjects(folder: folder.path + "/objects")
        try await JobSchema.prepare(database)
        try await RecordSchema.prepare(database)
    }

    /// A running job of one attempt.
    func job() async throws -> JobID {
        let id = JobID.make()
        try await database.run(
            Statement(
                """
                INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, attempt)
                VALUES (?1, 'records', 'running', '{}', ?2, ?2, 1)
                """,
                [.text(id.rawValue), .text(Timestamp.now().description)]
            )
        )
        return id
    }

    /// Runs one attempt of a job that has begun it.
    @discardableResult
    func attempt(
        _ source: any RecordSource,
        at origin: String?,
        _ parameters: JSONValue = [:],
        job given: JobID? = nil,
        attempt: Int = 1,
        isEndless: Bool = true,
        terms: HostTerms? = nil,
        budget: any RequestBudget = RecordingRequestBudget(),
        proxies: any ProxyLeasing = DirectOnly(),
        progress: any ProgressReporting = NoProgress()
    ) async throws -> JSONValue {
        let job: JobID
        if let given { job = given } else { job = try await self.job() }
        try await database.run(
            Statement(
                "UPDATE ingest_jobs SET attempt = CAST(?2 AS INTEGER) WHERE id = ?1",
                [.text(job.rawValue), SQLValue(attempt)]
            )
        )
        let ingestion = RecordIngestion(source) { [folder] _ in
            Fetcher(
                connections: UpstreamConnections(),
                captureFolder: folder.path,
                budget: budget,
                robots: KeptRobotsFiles.none,
                logger: .silent
            )
        }
        return try await ingestion.run(
            AttemptContext(
                job: job,
                attempt: attempt,
                parameters: parameters,
                origin: origin,
                database: database,
                objects: objects,
                progress: progress,
                workFolder: folder.path,
                requestBudget: budget,
                robotsCache: KeptRobotsFiles.none,
                proxies: proxies,
                hostTerms: terms,
                isRetriedEndlessly: isEndless
            )
        )
    }

    /// Runs attempts of one job, one after the other, as long as their failures can pass.
    ///
    /// - Returns: the result, and how many attempts it took.
    func attempts(
        of source: any RecordSource,
        at origin: String,
        _ parameters: JSONValue = [:],
        atMost limit: Int = 100,
        proxies: any ProxyLeasing = DirectOnly()
    ) async throws -> (result: JSONValue, count: Int) {
        let job = try await job()
        var count = 0
        while true {
            count += 1
            do {
                let result = try await attempt(
                    source,
                    at: origin,
                    parameters,
                    job: job,
                    attempt: count,
                    proxies: proxies
                )
                return (result, count)
            } catch let failure as JobFailure where failure.isTransient && count < limit {}
        }
    }

    // MARK: - What is stored

    func rows(_ condition: String = "1 = 1") async throws -> [Row] {
        try await database.rows("SELECT * FROM records WHERE \(condition) ORDER BY key")
    }

    func count(_ condition: String = "1 = 1") async throws -> Int { try await rows(condition).count }

    /// The contents by key.
    func contents(_ condition: String = "1 = 1") async throws -> [String: JSONValue] {
        try Dictionary(
            uniqueKeysWithValues: await rows(condition).map { row in
                (try row.string("key"), try JSONValue(parsing: row.string("content_json").utf8))
            }
        )
    }
}

/// Takes reports and keeps none.
struct NoProgress: ProgressReporting {
    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) {}
}

/// Keeps the lines of the log.
final class KeptLog: ProgressReporting {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) { kept.withLock { $0.append(line) } }
}
