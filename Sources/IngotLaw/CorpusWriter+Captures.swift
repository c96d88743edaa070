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

    /// Addresses that one statement asks for.
    private static let addressesPerCall = 500

    /// What was said of the files of units when they were captured last, by address: the site is asked with it whether
    /// they have changed since.
    func lastValidators(of units: [LawUnit], url: (UpstreamFile) -> String) async throws -> [String: CaptureValidators]
    {
        var validators: [String: CaptureValidators] = [:]
        for start in stride(from: 0, to: units.count, by: Self.addressesPerCall) {
            let units = units[start..<min(start + Self.addressesPerCall, units.count)]
            let names = JSONValue.array(units.map { .string($0.id) }).canonicalText
            let results = try await database.batch(
                [
                    Statement(
                        """
                        SELECT unit, capture_sha256 FROM revision_units u
                        WHERE source_id = ?1 AND unit IN (SELECT value FROM json_each(?2)) AND revision = (
                            SELECT MAX(revision) FROM revision_units WHERE source_id = ?1 AND unit = u.unit)
                        """,
                        [.text(source.id), .text(names)]
                    ),
                    Self.selection(ofCaptures: units.flatMap { $0.files.map(url) }),
                ],
                isIdempotent: true
            )
            var hashes: [String: [String]] = [:]
            for row in results[0].named {
                hashes[try row.string("unit")] = CaptureHashes.separate(try row.string("capture_sha256"))
            }
            let captures = try Self.captures(results[1].named)
            for unit in units {
                guard let known = hashes[unit.id], known.count == unit.files.count else { continue }
                for (file, hash) in zip(unit.files, known) {
                    if let found = captures[url(file)]?[hash] { validators[url(file)] = found }
                }
            }
        }
        return validators
    }

    static func selection(ofCaptures urls: [String]) -> Statement {
        Statement(
            "SELECT url, sha256, etag, last_modified FROM captures WHERE url IN (SELECT value FROM json_each(?1))",
            [.text(JSONValue.array(urls.map(JSONValue.string)).canonicalText)]
        )
    }

    /// Reads what ``selection(ofCaptures:)`` found, by address and hash.
    static func captures(_ rows: [Row]) throws -> [String: [String: CaptureValidators?]] {
        var captures: [String: [String: CaptureValidators?]] = [:]
        for row in rows {
            captures[try row.string("url"), default: [:]].updateValue(
                CaptureValidators(
                    etag: try row.optionalString("etag"),
                    lastModified: try row.optionalString("last_modified")
                ),
                forKey: try row.string("sha256")
            )
        }
        return captures
    }

    /// The statement that writes down what upstream says now of a file that it served before.
    func refreshing(_ capture: Capture) -> Statement {
        Statement(
            """
            UPDATE captures SET etag = ?3, last_modified = ?4, fetched_at = ?7 WHERE url = ?5 AND sha256 = ?6
            AND \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
            """,
            [
                .text(job.rawValue), SQLValue(attempt), SQLValue(capture.etag), SQLValue(capture.lastModified),
                .text(capture.url), .text(capture.sha256), .text(capture.fetchedAt.description),
            ]
        )
    }
}
