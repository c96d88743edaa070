public import IngotCore

/// Reads stored records.
public struct RecordReader: Sendable {
    private let database: any Database

    /// Records of a page at most.
    public static let maximumPage = 1000

    public init(database: any Database) { self.database = database }

    /// Makes the tables that are missing, so that a store without records reads as empty.
    ///
    /// - Throws: `DatabaseError`.
    public func prepareTables() async throws { try await RecordSchema.prepare(database) }

    /// Records of a source, by key.
    ///
    /// - Parameters:
    ///   - kind: only of this kind.
    ///   - since: only those that were seen then or later.
    ///   - key: those after this one.
    ///   - limit: at most ``maximumPage`` and one.
    /// - Throws: `DatabaseError`; `RowError`.
    public func page(
        of source: String,
        kind: String? = nil,
        since: Timestamp? = nil,
        after key: String? = nil,
        limit: Int
    ) async throws -> [StoredRecord] {
        try await database.rows(
            """
            SELECT * FROM records WHERE source = ?1 AND key > ?2 AND (?3 IS NULL OR kind = ?3)
                AND (?4 IS NULL OR last_seen >= ?4)
            ORDER BY key LIMIT CAST(?5 AS INTEGER)
            """,
            [
                .text(source), .text(key ?? ""), SQLValue(kind), SQLValue(since?.description),
                // One more tells whether another page follows.
                SQLValue(min(limit, Self.maximumPage + 1)),
            ]
        ).map(StoredRecord.init)
    }

    /// - Returns: `nil` when there is no such record.
    public func record(_ key: String, of source: String) async throws -> StoredRecord? {
        try await database.rows("SELECT * FROM records WHERE source = ?1 AND key = ?2", [.text(source), .text(key)])
            .first.map(StoredRecord.init)
    }

    /// The contents that a record has had, newest first, at most 100.
    public func history(of key: String, of source: String) async throws -> [RecordContent] {
        try await database.rows(
            """
            SELECT * FROM record_history WHERE source = ?1 AND key = ?2 ORDER BY last_seen DESC, content_hash LIMIT 100
            """,
            [.text(source), .text(key)]
        ).map(RecordContent.init)
    }
}
