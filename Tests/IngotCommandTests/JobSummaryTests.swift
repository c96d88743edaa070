import IngotCore
import Testing

@testable import ingot

@Suite("Job summary")
struct JobSummaryTests {
    private func job() throws -> Job {
        let start = try #require(Timestamp("2026-03-01T09:30:00.000Z"))
        let id = try #require(JobID("01a1fc90-8354-77d2-9ffc-cf9d132e02a5"))
        var job = Job(id: id, source: "usc", parameters: [:], createdAt: start)
        job.attempt = 1
        job.startedAt = start
        job.finishedAt = start.advanced(by: .milliseconds(2310))
        return job
    }

    @Test("says what a job has done")
    func succeeded() throws {
        var job = try job()
        job.status = .succeeded
        job.result = ["label": "119-36", "revision": 3, "counts": ["nodes": 43, "added": 2, "rows_written": 2]]
        #expect(
            JobSummary(job).text == """
                job 01a1fc90-8354-77d2-9ffc-cf9d132e02a5 of usc: succeeded
                  took      2.3 s, attempt 1
                  label     119-36, revision 3
                  counts    43 nodes, 2 added, 2 rows written
                """
        )
    }

    @Test("says why a job failed, where, and what to do")
    func failed() throws {
        var job = try job()
        job.status = .failed
        var failure = JobFailure(
            code: "xml_malformed",
            message: "The document is broken.",
            unit: "42",
            place: SourcePlace(file: "usc42.xml", line: 7, column: 3),
            advice: "Look at it."
        )
        failure.logTail = ["reading"]
        job.error = failure
        #expect(
            JobSummary(job).text == """
                job 01a1fc90-8354-77d2-9ffc-cf9d132e02a5 of usc: failed
                  took      2.3 s, attempt 1
                  error     xml_malformed: The document is broken.
                  unit      42
                  place     usc42.xml line 7, column 3
                  advice    Look at it.
                  log       reading
                """
        )
    }
}
