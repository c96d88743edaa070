import IngotCore
import IngotEmbedded
import IngotFetch
import IngotLaw
import IngotTesting
import IngotUSCode
import Logging
import Testing

@Suite(
    "What real titles cost in calls to the database",
    .fillsTheMachine,
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout"),
    .timeLimit(.minutes(10))
)
struct CallCountTests {
    @Test("Calls grow with units and bytes, not with sections", arguments: ["data/usc-olrc/rp-119-36"])
    func release(_ path: String) async throws {
        let origin = try #require(SharedFolder.item(path))
        let folder = try TemporaryFolder()
        let real = try EmbeddedDatabase(path: folder.path("d1.sqlite"))
        _ = try await real.batch(JobSchema.statements, isIdempotent: true)
        let job = JobID.make()
        try await real.run(
            Statement(
                """
                INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, attempt)
                VALUES (?1, 'usc', 'running', '{}', ?2, ?2, 1)
                """,
                [.text(job.rawValue), .text(Timestamp.now().description)]
            )
        )
        let database = NarrowDatabase(real)
        _ = try folder.write("work/.keep", "")
        let context = AttemptContext(
            job: job,
            attempt: 1,
            parameters: [:],
            origin: origin,
            database: database,
            objects: try EmbeddedObjects(folder: folder.path("objects")),
            progress: NoProgress(),
            workFolder: folder.path("work")
        )
        let result = try await LawIngestion(USCodeSource()) { captures in
            Fetcher(
                connections: UpstreamConnections(),
                captureFolder: captures,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                logger: .silent
            )
        }.run(context)
        let units = try #require(result["units"]?.arrayValue?.count)
        let sections = try #require(result["counts"]?["sections"]?.integerValue)
        let bytes = database.calls.reduce(0) { $0 + $1.bytes }
        let calls = database.calls.count
        #expect(units > 10 && sections > 1000)
        // Six for the job, three for each unit, and one more for each further 1,800,000 bytes of rows.
        #expect(calls <= 6 + 3 * units + bytes / JSONRows.bytesPerChunk, "\(calls) calls for \(bytes) bytes")
        #expect(database.calls.allSatisfy { $0.bytes < 2_000_000 && $0.statements <= 100 })
    }
}

private struct NoProgress: ProgressReporting {
    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) {}
}
