import IngotCore
import IngotFetch

/// What is known of captured files.
extension CorpusWriter {
    /// The statement that writes a capture down.
    func recording(_ capture: Capture, objectKey: String) -> Statement {
        Statement(
            """
            INSERT INTO captures (url, fetched_at, etag, last_modified, sha256, size, object_key)
            SELECT ?3, ?4, ?5, ?6, ?7, CAST(?8 AS INTEGER), ?9
            WHERE \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
            ON CONFLICT (url, sha256) DO NOTHING
            """,
            [
                .text(job.rawValue), SQLValue(attempt), .text(capture.url), .text(capture.fetchedAt.description),
                SQLValue(capture.etag), SQLValue(capture.lastModified), .text(capture.sha256),
                .integer(capture.size), .text(objectKey),
            ]
        )
    }

    /// The statement that writes down what upstream says now of a file that it served before.
    func refreshing(_ capture: Capture) -> Statement {
        Statement(
            """
            UPDATE captures SET etag = ?3, last_modified = ?4 WHERE url = ?5 AND sha256 = ?6
            AND (etag IS NOT ?3 OR last_modified IS NOT ?4)
            AND \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
            """,
            [
                .text(job.rawValue), SQLValue(attempt), SQLValue(capture.etag), SQLValue(capture.lastModified),
                .text(capture.url), .text(capture.sha256),
            ]
        )
    }
}
