import IngotCore

/// How many jobs ended on one day, and how.
struct DayOutcomes: Sendable, Encodable, Equatable {
    /// In UTC, as `2026-03-01`.
    var day: String
    var succeeded = 0
    var failed = 0
    var cancelled = 0
}

extension JobStore {
    /// The indexes that lists for people are read by; only a gateway needs them, so runners do not make them.
    static let indexes: [Statement] = [
        Statement(
            """
            CREATE INDEX IF NOT EXISTS ingest_jobs_by_end
            ON ingest_jobs (finished_at, source, status) WHERE finished_at IS NOT NULL
            """
        ),
        // A page of a list is read from the newest id on, whichever of the two it is narrowed by.
        Statement("CREATE INDEX IF NOT EXISTS ingest_jobs_by_source ON ingest_jobs (source, status, id)"),
        Statement("CREATE INDEX IF NOT EXISTS ingest_jobs_by_source_alone ON ingest_jobs (source, id)"),
        Statement("CREATE INDEX IF NOT EXISTS ingest_jobs_by_status ON ingest_jobs (status, id)"),
    ]

    /// How the jobs ended that ended on `first` or later, by day; days without any are left out.
    ///
    /// - Parameters:
    ///   - first: a day, as `2026-03-01`.
    ///   - sources: the only ones whose jobs the reader may see; `nil`: all.
    func outcomes(since first: String, source: String?, amongSources sources: Set<String>?) async throws
        -> [DayOutcomes]
    {
        let visible = try sources.map { try JSONText.string($0.sorted()) }
        let rows = try await rows(
            """
            SELECT substr(finished_at, 1, 10) AS day, status, COUNT(*) AS jobs FROM ingest_jobs
            WHERE finished_at >= ?1 AND (?2 IS NULL OR source = ?2)
                AND (?3 IS NULL OR source IN (SELECT value FROM json_each(?3)))
            GROUP BY day, status ORDER BY day
            """,
            [.text(first), SQLValue(source), SQLValue(visible)]
        )
        var days: [DayOutcomes] = []
        for row in rows {
            let day = try row.string("day")
            if days.last?.day != day { days.append(DayOutcomes(day: day)) }
            let jobs = Int(try row.integer("jobs"))
            switch try row.string("status") {
            case "succeeded": days[days.count - 1].succeeded = jobs
            case "failed": days[days.count - 1].failed = jobs
            default: days[days.count - 1].cancelled = jobs
            }
        }
        return days
    }
}
