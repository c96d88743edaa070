import IngotCore
import IngotEmbedded
import IngotFetch
import IngotLaw
import IngotTesting
import Logging

/// An embedded store with the corpus of ``OutlineSource`` in it, and jobs that run in this process.
final class Corpus: Sendable {
    let folder: TemporaryFolder
    let database: any Database
    let objects: any ObjectStore
    let reader: CorpusReader

    init() async throws {
        folder = try TemporaryFolder()
        database = try EmbeddedDatabase(path: folder.path + "/corpus.sqlite")
        objects = try EmbeddedObjects(folder: folder.path + "/objects")
        reader = CorpusReader(database: database, objects: objects)
        _ = try await database.batch(JobSchema.statements, isIdempotent: true)
        try await reader.prepareTables()
    }

    /// Writes a release: units by name, each an outline.
    func release(_ label: String, _ units: [String: String]) throws -> String {
        let path = "release-\(JobID.make())"
        for (unit, text) in units { _ = try folder.write("\(path)/\(label)-\(unit).txt", text) }
        return folder.path + "/" + path
    }

    /// A running job of one attempt.
    func job(attempt: Int = 1) async throws -> JobID {
        let id = JobID.make()
        try await database.run(
            Statement(
                """
                INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, attempt)
                VALUES (?1, 'outline', 'running', '{}', ?2, ?2, ?3)
                """,
                [.text(id.rawValue), .text(Timestamp.now().description), SQLValue(attempt)]
            )
        )
        return id
    }

    /// Runs one attempt, and ends its job as the gateway would.
    @discardableResult
    func ingest(
        _ origin: String,
        job given: JobID? = nil,
        attempt: Int = 1,
        maxAttempts: Int = 1,
        parameters: JSONValue = [:],
        source: OutlineSource = OutlineSource(),
        objects: (any ObjectStore)? = nil,
        database: (any Database)? = nil
    ) async throws -> JSONValue {
        let job: JobID
        if let given { job = given } else { job = try await self.job() }
        let work = folder.path + "/work-\(job)-\(attempt)"
        _ = try folder.write("work-\(job)-\(attempt)/.keep", "")
        let ingestion = LawIngestion(source) { captures in
            Fetcher(
                connections: UpstreamConnections(),
                captureFolder: captures,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                logger: Logger(label: "test")
            )
        }
        let context = AttemptContext(
            job: job,
            attempt: attempt,
            parameters: parameters,
            origin: origin,
            database: database ?? self.database,
            objects: objects ?? self.objects,
            progress: SilentProgress(),
            workFolder: work,
            maxAttempts: maxAttempts
        )
        do {
            let result = try await ingestion.run(context)
            try await end(job, "succeeded")
            return result
        } catch {
            try await end(job, "failed")
            throw error
        }
    }

    /// Lets the next attempt of a job begin, as the gateway would.
    func begin(_ attempt: Int, of job: JobID) async throws {
        try await database.run(
            Statement(
                "UPDATE ingest_jobs SET status = 'running', attempt = CAST(?2 AS INTEGER) WHERE id = ?1",
                [.text(job.rawValue), SQLValue(attempt)]
            )
        )
    }

    private func end(_ job: JobID, _ status: String) async throws {
        try await database.run(
            Statement(
                "UPDATE ingest_jobs SET status = ?2 WHERE id = ?1 AND status = 'running'",
                [.text(job.rawValue), .text(status)]
            )
        )
    }

    /// The keys of a state in document order.
    func keys(at label: String? = nil) async throws -> [String] { try await nodes(at: label).map(\.key) }

    /// The keys and texts of a state in document order, as the export has them.
    func nodes(at label: String? = nil) async throws -> [(key: String, text: String)] {
        let view = try await reader.view(of: "outline", at: label)
        var bytes: [UInt8] = []
        for try await piece in reader.export(view, format: .ndjson) { bytes += piece }
        return try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            let node = try JSONValue(parsing: line)
            return (node["key"]?.stringValue ?? "", node["text"]?.stringValue ?? "")
        }
    }

    /// Rows of `nodes`, all versions.
    func rowCount(_ condition: String = "1 = 1") async throws -> Int64 {
        try await database.rows("SELECT COUNT(*) AS n FROM nodes WHERE \(condition)").first?.integer("n") ?? -1
    }
}

/// Takes reports and keeps none.
struct SilentProgress: ProgressReporting {
    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) {}
}

/// Whole text of a small file.
func readWholeFile(_ path: String) throws -> String { try WholeFile.text(path) }
