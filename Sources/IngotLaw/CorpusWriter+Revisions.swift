import IngotCore

/// A revision's life: opened, then promoted or swept.
extension CorpusWriter {
    /// What the job's own revision is: a number to write with, or the counts of one that is already visible.
    enum OwnRevision: Equatable {
        case open(Int64)
        case promoted(Int64)
    }

    /// Opens the job's revision, or finds the one that an earlier attempt opened for the same label.
    ///
    /// Dead revisions are taken back first: this job compares what it reads with the open rows, and a unit that it
    /// does not read must be as the live revision has it. What other jobs left open is dead, because only one job of a
    /// source runs.
    func openRevision(label: String, now: Timestamp) async throws -> OwnRevision {
        let who: [SQLValue] = [.text(source.id), .text(job.rawValue), SQLValue(attempt), .text(label)]
        let found = try await database.batch(
            [
                Statement(
                    """
                    UPDATE revisions SET status = 'abandoned'
                    WHERE source_id = ?1 AND status = 'open' AND (job_id <> ?2 OR label <> ?4)
                        AND \(JobSchema.fence(jobPlaceholder: 2, attemptPlaceholder: 3))
                    """,
                    who
                ),
                Statement(
                    """
                    SELECT number, status FROM revisions
                    WHERE source_id = ?1 AND job_id = ?2 AND status IN ('open', 'promoted')
                    """,
                    [.text(source.id), .text(job.rawValue)]
                ),
                deadRevisions.unswept,
            ],
            isIdempotent: true
        )
        if let dead = found.last { try await deadRevisions.takeBack(all: dead) }
        if let row = found.dropLast().last?.named.first {
            let number = try row.integer("number")
            return try row.string("status") == "promoted" ? .promoted(number) : .open(number)
        }
        let fence = JobSchema.fence(jobPlaceholder: 3, attemptPlaceholder: 5)
        let results = try await database.batch(
            [
                // What an earlier attempt planned for a revision that is dead by now does not count any more.
                Statement(
                    """
                    DELETE FROM ingest_job_units
                    WHERE job_id = ?1 AND \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)) AND NOT EXISTS (
                        SELECT 1 FROM revisions
                        WHERE source_id = ?3 AND job_id = ?1 AND status IN ('open', 'promoted'))
                    """,
                    [.text(job.rawValue), SQLValue(attempt), .text(source.id)]
                ),
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
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE sources SET live = CAST(?4 AS INTEGER)
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
                // The batch may have been sent twice, so the state tells whether it took, not the number of changes.
                Statement("SELECT live FROM sources WHERE id = ?1", [.text(source.id)]),
            ],
            isIdempotent: true
        )
        guard try results.last?.named.first?.integer("live") == revision else { throw Self.superseded }
    }

    /// Takes back everything that the job's own revision wrote, unless it has become visible.
    ///
    /// What cannot be taken back now, the next job or a sweep does: the revision is dead from the first statement on.
    func sweep(revision: Int64) async throws {
        // A cancelled or failed job still cleans up after itself, so this fence does not ask for `running`.
        try await database.run(
            Statement(
                """
                UPDATE revisions SET status = 'abandoned'
                WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'open'
                    AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?3 AND attempt = CAST(?4 AS INTEGER))
                """,
                [.text(source.id), .integer(revision), .text(job.rawValue), SQLValue(attempt)]
            )
        )
        try await deadRevisions.takeBack(revision)
    }

    /// Whether a row that was promoted refers to a pack, so that no sweep removes it while this job runs.
    func isKept(pack: String) async throws -> Bool {
        try await !database.rows(
            """
            SELECT 1 AS one FROM nodes n JOIN revisions r ON r.source_id = n.source_id AND r.number = n.valid_from
            WHERE n.source_id = ?1 AND n.pack = ?2 AND r.status = 'promoted' LIMIT 1
            """,
            [.text(source.id), .text(pack)]
        ).isEmpty
    }

    private var deadRevisions: DeadRevisions { DeadRevisions(database: database, source: source.id) }
}
