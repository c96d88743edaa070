import IngotCore

/// Writes one attempt's changes to the corpus.
///
/// Every statement is conditional on the attempt being the job's current one, so a superseded runner can change
/// nothing; it learns so by ``CorpusWriter/superseded``.
struct CorpusWriter: Sendable {
    let database: any Database
    let source: SourceDescription
    let job: JobID
    let attempt: Int

    /// The revision that readers see, and its label.
    struct Live: Equatable {
        var number: Int64
        var label: String?
    }

    /// What a job finds when it begins.
    struct Beginning {
        var live: Live
        /// The label of the revision that an earlier attempt of the job opened, if it is still open or was promoted:
        /// the job stays with it, because what the earlier attempt finished is of that state.
        var label: String?
    }

    /// Makes the tables and the source's own row, and says what readers see now and what the job has begun.
    ///
    /// - Throws: ``superseded`` when the source has no row, because this attempt was not let write one.
    func prepare() async throws -> Beginning {
        let row = Statement(
            """
            INSERT INTO sources (id, name, jurisdiction, region, doc_type) SELECT ?3, ?4, ?5, ?6, ?7
            WHERE \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, jurisdiction = excluded.jurisdiction,
                region = excluded.region, doc_type = excluded.doc_type
            WHERE name <> excluded.name OR jurisdiction <> excluded.jurisdiction OR region <> excluded.region
                OR doc_type <> excluded.doc_type
            """,
            [
                .text(job.rawValue), SQLValue(attempt), .text(source.id), .text(source.name),
                .text(source.jurisdiction), .text(source.region), .text(source.documentType),
            ]
        )
        let live = Statement(
            """
            SELECT s.live AS number, r.label AS label
            FROM sources s LEFT JOIN revisions r ON r.source_id = s.id AND r.number = s.live WHERE s.id = ?1
            """,
            [.text(source.id)]
        )
        let begun = Statement(
            """
            SELECT label FROM revisions WHERE source_id = ?1 AND job_id = ?2 AND status IN ('open', 'promoted')
            ORDER BY number DESC LIMIT 1
            """,
            [.text(source.id), .text(job.rawValue)]
        )
        let results = try await LawSchema.prepare(database, and: [row, live, begun]).suffix(2).map(\.named)
        guard let found = results.first?.first else { throw Self.superseded }
        return Beginning(
            live: Live(number: try found.integer("number"), label: try found.optionalString("label")),
            label: try results.last?.first?.string("label")
        )
    }

    /// The result that an earlier attempt committed with its promotion.
    func committedResult() async throws -> JSONValue? {
        let rows = try await database.rows("SELECT result_json FROM ingest_jobs WHERE id = ?1", [.text(job.rawValue)])
        return try rows.first?.optionalString("result_json").map { try JSONValue(parsing: $0.utf8) }
    }

    /// Another attempt has taken the job over, or the job has ended: this one must write no more.
    static let superseded = JobFailure(
        code: "attempt_superseded",
        message: "This attempt is no longer the job's current one; nothing of it was made visible."
    )
}
