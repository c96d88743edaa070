import IngotCore
import IngotFetch

/// The captures of a corpus, for whoever plans a job.
struct CorpusCaptures: CaptureHistory {
    let database: any Database
    let objects: any ObjectStore

    func newestCaptures(of urls: [String]) async throws -> [String: KnownCapture] {
        let rows = try await database.rows(
            """
            SELECT url, sha256, etag, last_modified, object_key, MAX(fetched_at) FROM captures
            WHERE url IN (SELECT value FROM json_each(?1)) GROUP BY url
            """,
            [.text(JSONValue.array(urls.map(JSONValue.string)).canonicalText)]
        )
        return try Dictionary(
            rows.map { row in
                (
                    try row.string("url"),
                    KnownCapture(
                        sha256: try row.string("sha256"),
                        objectKey: try row.string("object_key"),
                        validators: CaptureValidators(
                            etag: try row.optionalString("etag"),
                            lastModified: try row.optionalString("last_modified")
                        )
                    )
                )
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func bytes(of capture: KnownCapture, limit: Int) async throws -> [UInt8] {
        let bytes = try await objects.get(capture.objectKey, range: nil, limit: limit)
        guard ContentHash(of: bytes).hexadecimal == capture.sha256 else {
            throw JobFailure(
                code: "capture_corrupted",
                message: "The object \(capture.objectKey) does not hold the bytes that were captured.",
                advice: "Look at what `ingot verify` says; remove the object and the row of the capture."
            )
        }
        return bytes
    }
}
