public import IngotCore

/// Writes the records of one attempt.
///
/// Every write may run twice and leaves the same rows, also when a copy of it comes late, and none changes anything
/// once another attempt has taken the job over.
public struct RecordWriter: Sendable {
    let database: any Database
    let source: String
    /// Which part of the source the run asks: the host, and the search where there is one.
    ///
    /// Only what is of the same scope can be found to be gone.
    public let scope: String
    let job: JobID
    let attempt: Int

    public init(database: any Database, source: String, scope: String, job: JobID, attempt: Int) {
        self.database = database
        self.source = source
        self.scope = scope
        self.job = job
        self.attempt = attempt
    }

    static let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)

    var who: [SQLValue] { [.text(job.rawValue), SQLValue(attempt)] }

    /// Writes records as seen now.
    ///
    /// What a geocoder has found of a record stays for as long as its address does.
    ///
    /// - Throws: `JobFailure` `records_shape` for a key that is too long; `RowTooLarge`; `DatabaseError`.
    public func write(_ records: [Record], seenAt now: Timestamp = .now()) async throws {
        let shared = who + [.text(source), .text(scope), .text(now.description)]
        let write = BulkWrite(tables: [Self.columns]) { tables in
            tables[0].map { Self.statements($0, shared) } ?? []
        }
        try await database.write(records, by: write) { try Self.row($0) }
    }

    private static let columns = [
        "key", "kind", "content_hash", "content_json", "event_time", "address", "latitude", "longitude",
    ]

    private static func statements(_ rows: BulkTable, _ shared: [SQLValue]) -> [Statement] {
        [
            Statement(
                """
                INSERT INTO records (source, key, kind, scope, content_hash, content_json, event_time, address,
                    latitude, longitude, located_by, first_seen, last_seen)
                SELECT ?3, r.key, r.kind, ?4, r.content_hash, r.content_json, r.event_time, r.address, r.latitude,
                    r.longitude, CASE WHEN r.latitude IS NULL THEN NULL ELSE 'source' END, ?5, ?5
                FROM \(rows.expression(from: 6)) AS r WHERE \(fence)
                ON CONFLICT (source, key) DO UPDATE SET
                    kind = excluded.kind, scope = excluded.scope, content_hash = excluded.content_hash,
                    content_json = CASE WHEN content_hash = excluded.content_hash THEN content_json
                        ELSE excluded.content_json END,
                    event_time = excluded.event_time,
                    latitude = CASE WHEN excluded.latitude IS NULL AND address IS excluded.address
                        THEN latitude ELSE excluded.latitude END,
                    longitude = CASE WHEN excluded.latitude IS NULL AND address IS excluded.address
                        THEN longitude ELSE excluded.longitude END,
                    located_by = CASE WHEN excluded.latitude IS NULL AND address IS excluded.address
                        THEN located_by ELSE excluded.located_by END,
                    address = excluded.address,
                    last_seen = excluded.last_seen, gone_at = NULL
                WHERE excluded.last_seen >= records.last_seen
                """,
                shared + rows.parameters
            ),
            Statement(
                """
                INSERT INTO record_history (source, key, content_hash, content_json, first_seen, last_seen)
                SELECT ?3, r.key, r.content_hash, r.content_json, ?4, ?4
                FROM \(rows.expression(from: 5)) AS r WHERE \(fence)
                ON CONFLICT (source, key, content_hash) DO UPDATE SET
                    last_seen = MAX(last_seen, excluded.last_seen), first_seen = MIN(first_seen, excluded.first_seen)
                """,
                // Without the scope, as every parameter of a statement must be in it.
                Array(shared[..<3]) + [shared[4]] + rows.parameters
            ),
        ]
    }

    private static func row(_ record: Record) throws -> BulkRow {
        guard !record.key.isEmpty, record.key.utf8.count <= Record.maximumKeyBytes else {
            throw JobFailure(
                code: "records_shape",
                message: "A \(record.kind) has no key of 1 to \(Record.maximumKeyBytes) bytes.",
                advice: "Look at the site; if it has changed, its source must be adapted."
            )
        }
        let values: [SQLValue] = [
            .text(record.key), .text(record.kind), .text(record.contentHash), .text(record.content.canonicalText),
            SQLValue(record.eventTime), SQLValue(record.address),
            record.coordinates.map { .real($0.latitude) } ?? .null,
            record.coordinates.map { .real($0.longitude) } ?? .null,
        ]
        return BulkRow(name: record.key, records: [try JSONRows.record(values, row: record.key)])
    }

    /// Says of known records that they are still there, without their contents.
    public func touch(_ keys: [String], seenAt now: Timestamp = .now()) async throws {
        let shared = who + [.text(source), .text(now.description)]
        let write = BulkWrite(tables: [["key"]]) { tables in
            guard let rows = tables[0] else { return [] }
            return [
                Statement(
                    """
                    UPDATE records SET last_seen = ?4, gone_at = NULL
                    WHERE source = ?3 AND last_seen < ?4 AND \(Self.fence)
                        AND key IN (SELECT r.key FROM \(rows.expression(from: 5)) AS r)
                    """,
                    shared + rows.parameters
                )
            ]
        }
        try await database.write(keys, by: write) { key in
            BulkRow(name: key, records: [try JSONRows.record([.text(key)], row: key)])
        }
    }

    /// Marks the records of the scope that were not seen since then as gone.
    ///
    /// - Returns: how many records of the scope are marked with this time.
    public func markGone(notSeenSince begin: Timestamp, at now: Timestamp = .now()) async throws -> Int {
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE records SET gone_at = ?6
                    WHERE source = ?3 AND scope = ?4 AND last_seen < ?5 AND gone_at IS NULL AND \(Self.fence)
                    """,
                    who + [.text(source), .text(scope), .text(begin.description), .text(now.description)]
                ),
                Statement(
                    "SELECT COUNT(*) AS n FROM records WHERE source = ?1 AND scope = ?2 AND gone_at = ?3",
                    [.text(source), .text(scope), .text(now.description)]
                ),
            ],
            isIdempotent: true
        )
        return Int(try results.last?.named.first?.integer("n") ?? 0)
    }

    /// How many records of the scope are known and not gone.
    public func knownCount() async throws -> Int {
        let rows = try await database.rows(
            "SELECT COUNT(*) AS n FROM records WHERE source = ?1 AND scope = ?2 AND gone_at IS NULL",
            [.text(source), .text(scope)]
        )
        return Int(try rows.first?.integer("n") ?? 0)
    }
}
