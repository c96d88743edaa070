import IngotCore

/// The revisions of a source that no reader will see again, `abandoned` and `reverted` ones, and what they wrote.
///
/// To take a revision back is to delete the rows that begin with it and to open again the rows that end with it. A
/// reader of an older revision sees the same before, between and after: rows that begin later are not its business,
/// and a row that ends later shows no end. A later revision would see the difference, so the job that opens one takes
/// back all dead ones first.
///
/// Dead is final. So any number may take the same revision back at once, in pieces and in any order, and who breaks
/// off leaves the rest to the next.
struct DeadRevisions: Sendable {
    let database: any Database
    let source: String

    /// Rows of one call; deleting a row also deletes its words, and a call must not last long.
    private static let rowsPerCall = 2000

    /// What was taken back.
    struct Outcome: Equatable {
        var revisions = 0
        /// Rows of `nodes` deleted.
        var rows = 0
    }

    /// Takes back all that is left of any dead revision.
    @discardableResult
    func takeBackAll() async throws -> Outcome {
        try await takeBack(all: try await database.run(unswept))
    }

    /// Takes back the revisions that ``unswept`` found.
    @discardableResult
    func takeBack(all found: StatementResult) async throws -> Outcome {
        var outcome = Outcome()
        for row in found.named {
            outcome.rows += try await takeBack(row.integer("number"))
            outcome.revisions += 1
        }
        return outcome
    }

    /// Finds the dead revisions of which something may be left, newest first.
    ///
    /// One that was swept is looked at again: a statement of its runner may have been on its way at that time.
    var unswept: Statement {
        Statement(
            """
            SELECT number FROM revisions r WHERE source_id = ?1 AND status IN ('abandoned', 'reverted') AND (
                swept_at IS NULL
                OR EXISTS (SELECT 1 FROM nodes WHERE source_id = ?1 AND valid_from = r.number)
                OR EXISTS (SELECT 1 FROM nodes WHERE source_id = ?1 AND valid_to = r.number)
                OR number IN (SELECT revision FROM revision_units WHERE source_id = ?1))
            ORDER BY number DESC
            """,
            [.text(source)]
        )
    }

    /// Takes back what a revision wrote; changes nothing when it is not dead.
    ///
    /// - Returns: how many rows of `nodes` were deleted.
    @discardableResult
    func takeBack(_ revision: Int64, now: Timestamp = .now()) async throws -> Int {
        let isDead = """
            EXISTS (SELECT 1 FROM revisions
                WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status IN ('abandoned', 'reverted'))
            """
        let which: [SQLValue] = [.text(source), .integer(revision)]
        let deletion = LawSchema.deletion(
            ofNodes: """
                SELECT id FROM nodes WHERE source_id = ?1 AND valid_from = CAST(?2 AS INTEGER) AND \(isDead)
                ORDER BY id LIMIT \(Self.rowsPerCall)
                """,
            parameters: which
        )
        let reopening = Statement(
            """
            UPDATE nodes SET valid_to = NULL WHERE id IN (
                SELECT id FROM nodes WHERE source_id = ?1 AND valid_to = CAST(?2 AS INTEGER) LIMIT \(Self.rowsPerCall))
            AND \(isDead)
            """,
            which
        )
        var deleted = 0
        while let count = try await database.batch(deletion, isIdempotent: true).last?.changes, count > 0 {
            deleted += count
            try Task.checkCancellation()
        }
        while try await database.run(reopening).changes > 0 { try Task.checkCancellation() }
        _ = try await database.batch(
            [
                Statement(
                    "DELETE FROM revision_units WHERE source_id = ?1 AND revision = CAST(?2 AS INTEGER) AND \(isDead)",
                    which
                ),
                Statement(
                    """
                    UPDATE revisions SET swept_at = ?3
                    WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status IN ('abandoned', 'reverted')
                    """,
                    which + [.text(now.description)]
                ),
            ],
            isIdempotent: true
        )
        return deleted
    }
}
