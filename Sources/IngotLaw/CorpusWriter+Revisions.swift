import IngotCore

/// A revision's life: opened, then promoted or swept.
extension CorpusWriter {
    /// Rows of one deleting or reopening statement; D1 wants large changes in pieces of about this size.
    private static let sweepRows = 10_000

    /// What the job's own revision is: a number to write with, or the counts of one that is already visible.
    enum OwnRevision: Equatable {
        case open(Int64)
        case promoted(Int64)
    }

    /// Opens the job's revision, or finds the one that an earlier attempt opened for the same label.
    ///
    /// What other jobs left open is swept first: its writers are gone, because only one job of a source runs.
    func openRevision(label: String, now: Timestamp) async throws -> OwnRevision {
        let leftovers = try await database.rows(
            "SELECT number, job_id, label, status FROM revisions WHERE source_id = ?1 AND (status = 'open' OR job_id = ?2)",
            [.text(source.id), .text(job.rawValue)]
        )
        for row in leftovers {
            let number = try row.integer("number")
            let isOwn = try row.string("job_id") == job.rawValue
            switch try row.string("status") {
            case "promoted" where isOwn: return .promoted(number)
            case "open" where try isOwn && row.string("label") == label: return .open(number)
            case "open": try await sweep(revision: number)
            default: break
            }
        }
        let fence = JobSchema.fence(jobPlaceholder: 3, attemptPlaceholder: 5)
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO revisions (source_id, number, label, job_id, status, created_at)
                    SELECT ?1, (SELECT COALESCE(MAX(number), 0) + 1 FROM revisions WHERE source_id = ?1),
                        ?2, ?3, 'open', ?4
                    WHERE \(fence) AND NOT EXISTS (
                        SELECT 1 FROM revisions WHERE source_id = ?1 AND job_id = ?3 AND status = 'open')
                    """,
                    [
                        .text(source.id), .text(label), .text(job.rawValue), .text(now.description),
                        SQLValue(attempt),
                    ]
                ),
                Statement(
                    "SELECT number FROM revisions WHERE source_id = ?1 AND job_id = ?2 AND status = 'open'",
                    [.text(source.id), .text(job.rawValue)]
                ),
            ],
            isIdempotent: true
        )
        guard let row = results.last?.named.first else { throw Self.superseded }
        return .open(try row.integer("number"))
    }

    /// Makes the revision visible, and commits the job's result with it, in one transaction.
    func promote(revision: Int64, over base: Int64, counts: JSONValue, result: JSONValue, now: Timestamp) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        let isOpen = """
            EXISTS (SELECT 1 FROM revisions WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER) AND status = 'open')
            """
        _ = try await database.batch(
            [
                Statement(
                    """
                    UPDATE sources SET live = ?4
                    WHERE id = ?3 AND live = CAST(?5 AS INTEGER) AND \(isOpen) AND \(fence)
                    """,
                    who + [.text(source.id), .integer(revision), .integer(base)]
                ),
                Statement(
                    """
                    UPDATE revisions SET status = 'promoted', promoted_at = ?5, counts_json = ?6
                    WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER) AND status = 'open' AND \(fence)
                        AND EXISTS (SELECT 1 FROM sources WHERE id = ?3 AND live = CAST(?4 AS INTEGER))
                    """,
                    who + [.text(source.id), .integer(revision), .text(now.description), .text(counts.canonicalText)]
                ),
                Statement(
                    """
                    UPDATE ingest_jobs SET result_json = ?5
                    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running' AND EXISTS (
                        SELECT 1 FROM revisions WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER)
                        AND status = 'promoted')
                    """,
                    who + [.text(source.id), .integer(revision), .text(result.canonicalText)]
                ),
            ],
            isIdempotent: true
        )
        // The batch may have been sent twice, so the state tells whether it took, not the number of changes.
        let live = try await database.rows("SELECT live FROM sources WHERE id = ?1", [.text(source.id)])
        guard try live.first?.integer("live") == revision else { throw Self.superseded }
    }

    /// Takes back everything that a revision wrote, unless it has become visible.
    func sweep(revision: Int64) async throws {
        let isOpen = """
            EXISTS (SELECT 1 FROM revisions WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'open')
            """
        let own: [SQLValue] = [.text(source.id), .integer(revision), .text(job.rawValue), SQLValue(attempt)]
        // A cancelled or failed job still cleans up after itself, so this fence does not ask for `running`.
        let fence = "EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?3 AND attempt = CAST(?4 AS INTEGER))"
        let deletion = LawSchema.deletion(
            ofNodes: """
                SELECT id FROM nodes WHERE source_id = ?1 AND valid_from = CAST(?2 AS INTEGER) AND \(isOpen) AND \(fence)
                ORDER BY id LIMIT \(Self.sweepRows)
                """,
            parameters: own
        )
        let reopening = Statement(
            """
            UPDATE nodes SET valid_to = NULL WHERE id IN (
                SELECT id FROM nodes WHERE source_id = ?1 AND valid_to = CAST(?2 AS INTEGER) LIMIT \(Self.sweepRows))
            AND \(isOpen) AND \(fence)
            """,
            own
        )
        while try await database.batch(deletion, isIdempotent: true).last?.changes ?? 0 > 0 {}
        while try await database.run(reopening).changes > 0 {}
        _ = try await database.batch(
            [
                Statement(
                    """
                    DELETE FROM revision_units
                    WHERE source_id = ?1 AND revision = CAST(?2 AS INTEGER) AND \(isOpen) AND \(fence)
                    """,
                    own
                ),
                Statement(
                    """
                    UPDATE revisions SET status = 'abandoned'
                    WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'open' AND \(fence)
                    """,
                    own
                ),
            ],
            isIdempotent: true
        )
    }
}
