import IngotCore

/// What is known of captured files.
extension CorpusWriter {
    /// The object that holds these bytes already, if any.
    func storedCapture(sha256: String, url: String) async throws -> String? {
        try await database.rows(
            "SELECT object_key FROM captures WHERE url = ?1 AND sha256 = ?2",
            [.text(url), .text(sha256)]
        ).first?.string("object_key")
    }

    func recordCapture(
        url: String,
        fetchedAt: Timestamp,
        etag: String?,
        sha256: String,
        size: Int64,
        objectKey: String
    ) async throws {
        try await database.run(
            Statement(
                """
                INSERT INTO captures (url, fetched_at, etag, sha256, size, object_key)
                SELECT ?3, ?4, ?5, ?6, CAST(?7 AS INTEGER), ?8
                WHERE \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
                ON CONFLICT (url, sha256) DO NOTHING
                """,
                [
                    .text(job.rawValue), SQLValue(attempt), .text(url), .text(fetchedAt.description), SQLValue(etag),
                    .text(sha256), .integer(size), .text(objectKey),
                ]
            )
        )
    }
}
