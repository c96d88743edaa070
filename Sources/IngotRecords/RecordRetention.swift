public import IngotCore

/// Deletes records that are kept no longer, with all that was kept of them.
public struct RecordRetention: Sendable {
    let database: any Database
    /// Records that one statement deletes.
    static let batch = 500

    public init(database: any Database) { self.database = database }

    /// Deletes what was seen for the last time before a moment; of the records that stay, the contents that were not
    /// seen since then.
    ///
    /// When a record was found to be gone does not count: that would keep it for longer than it was to be kept after it
    /// was fetched.
    ///
    /// - Parameters:
    ///   - scope: `nil`: of every scope.
    ///   - pause: between two batches, so that others get their turn.
    /// - Returns: how many records are deleted.
    /// - Throws: `DatabaseError`; `CancellationError`.
    @discardableResult
    public func delete(
        of source: String,
        scope: String? = nil,
        before moment: Timestamp,
        pause: Duration = .zero
    ) async throws -> Int {
        let isOld = """
            source = ?1 AND (?2 IS NULL OR scope = ?2) AND last_seen < ?3
            """
        let old = "SELECT key FROM records WHERE \(isOld) ORDER BY key LIMIT \(Self.batch)"
        let parameters: [SQLValue] = [.text(source), SQLValue(scope), .text(moment.description)]
        var deleted = 0
        while true {
            let results = try await database.batch(
                [
                    // First the history: it is found by the records that go next, also when only this was done.
                    Statement("DELETE FROM record_history WHERE source = ?1 AND key IN (\(old))", parameters),
                    Statement("DELETE FROM records WHERE source = ?1 AND key IN (\(old))", parameters),
                ],
                isIdempotent: true
            )
            let count = results.last?.changes ?? 0
            deleted += count
            if count < Self.batch { break }
            try await Task.sleep(for: pause)
        }
        try await database.run(
            Statement(
                """
                DELETE FROM record_history WHERE source = ?1 AND last_seen < ?3 AND NOT EXISTS (
                    SELECT 1 FROM records r WHERE r.source = record_history.source AND r.key = record_history.key
                        AND (r.content_hash = record_history.content_hash OR (?2 IS NOT NULL AND r.scope <> ?2)))
                """,
                parameters
            )
        )
        return deleted
    }

    /// Deletes one record with its history.
    ///
    /// - Returns: whether it was there.
    public func delete(_ key: String, of source: String) async throws -> Bool {
        let parameters: [SQLValue] = [.text(source), .text(key)]
        let results = try await database.batch(
            [
                Statement("DELETE FROM record_history WHERE source = ?1 AND key = ?2", parameters),
                Statement("DELETE FROM records WHERE source = ?1 AND key = ?2", parameters),
            ],
            isIdempotent: true
        )
        return results.last?.changes == 1
    }
}
