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
            ON CONFLICT (url, sha256) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified
            """,
            [
                .text(job.rawValue), SQLValue(attempt), .text(capture.url), .text(capture.fetchedAt.description),
                SQLValue(capture.etag), SQLValue(capture.lastModified), .text(capture.sha256),
                .integer(capture.size), .text(objectKey),
            ]
        )
    }
}
