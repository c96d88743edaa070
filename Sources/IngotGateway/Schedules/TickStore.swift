import IngotCore

/// The rows of `schedule_ticks`: one for each due time of a schedule, whoever decides it and how often it is tried.
///
/// The row of a tick and that of its run are written in one transaction, and a tick that has a row is never decided
/// again, so a tick starts at most one run, whatever restarts and however many gateways share the store.
struct TickStore: Sendable {
    let database: any Database

    /// A tick that is to start a run, with the row that the run would have.
    struct Start: Sendable {
        var schedule: Schedule
        var due: Timestamp
        /// The run; its parameters are laid over the definition's.
        var run: StoredJob
        /// Whether it waits for the tick before, whatever the schedule says of overlap.
        var followsAnother: Bool
        var now: Timestamp
        /// This decision's own name, by which it is known whose a row is.
        var mark = JobID.make().rawValue
    }

    /// What became of it.
    struct Outcome: Sendable {
        /// The run that was started by this very call; `nil` when none was.
        var started: StoredJob?
        /// What this very call has decided; `nil` when another one has.
        var decision: TickDecision?
        var reason: TickReason?
        /// Runs that are to be cancelled so that the tick can start.
        var replaced: [JobID] = []
        /// Whether the schedule is another one than it was read as.
        var isOutdated = false
    }

    /// Decides one tick.
    func start(_ start: Start) async throws -> Outcome {
        let schedule = start.schedule
        let tick: [SQLValue] = [.integer(schedule.id), .text(start.due.description)]
        let mark = SQLValue.text(start.mark)
        let waits = start.followsAnother || schedule.overlap != .skip
        let active = Self.activeRuns(definitionPlaceholder: 3)
        var statements = [
            Statement(
                """
                INSERT INTO schedule_ticks (schedule_id, due_at, decision, detail, decided_at, mark, job_id)
                SELECT s.id, ?2,
                    CASE WHEN d.enabled = 0 THEN 'skipped' WHEN b.busy = 0 THEN 'run'
                        WHEN CAST(?7 AS INTEGER) = 1 AND b.waiting < \(OverlapPolicy.maximumWaiting) THEN 'waiting'
                        ELSE 'skipped' END,
                    CASE WHEN d.enabled = 0 THEN 'disabled' WHEN b.busy = 0 THEN NULL
                        WHEN CAST(?7 AS INTEGER) = 1 AND b.waiting < \(OverlapPolicy.maximumWaiting) THEN NULL
                        ELSE 'overlap' END,
                    ?4, ?5, CASE WHEN d.enabled = 1 AND b.busy = 0 THEN ?6 END
                FROM schedules s JOIN job_definitions d ON d.id = s.definition_id
                JOIN (SELECT
                    \(active) OR EXISTS (SELECT 1 FROM schedule_ticks WHERE decision = 'waiting'
                        AND schedule_id IN (SELECT id FROM schedules WHERE definition_id = CAST(?3 AS INTEGER)))
                        AS busy,
                    (SELECT COUNT(*) FROM schedule_ticks WHERE schedule_id = CAST(?1 AS INTEGER)
                        AND decision = 'waiting') AS waiting) b
                WHERE s.id = CAST(?1 AS INTEGER) AND s.enabled = 1 AND s.updated_at = ?8
                ON CONFLICT DO NOTHING
                """,
                tick + [
                    .integer(schedule.definitionID), .text(start.now.description), mark,
                    .text(start.run.job.id.rawValue), .integer(waits ? 1 : 0), .text(schedule.updatedAt.description),
                ]
            ),
            try insertion(of: start.run, tick, mark),
            Statement(
                """
                UPDATE schedules SET decided_until = MAX(decided_until, ?2)
                WHERE id = ?1 AND EXISTS (SELECT 1 FROM schedule_ticks WHERE schedule_id = ?1 AND due_at = ?2)
                """,
                tick
            ),
        ]
        let isReplacing = schedule.overlap == .replace && !start.followsAnother
        if isReplacing { statements += replacement(of: start, tick, mark) }
        statements += [
            Statement("SELECT mark, decision, detail FROM schedule_ticks WHERE schedule_id = ?1 AND due_at = ?2", tick),
            Statement("SELECT 1 FROM ingest_jobs WHERE id = ?1", [.text(start.run.job.id.rawValue)]),
            Statement(
                """
                SELECT id FROM ingest_jobs WHERE definition_id = ?1 AND status IN ('queued', 'running')
                    AND cancel_requested_at IS NOT NULL
                """,
                [.integer(schedule.definitionID)]
            ),
        ]
        let results = Array(try await database.batch(statements, isIdempotent: true).suffix(3))
        guard results.count == 3, let row = results[0].named.first else { return Outcome(isOutdated: true) }
        let isOwn = try row.string("mark") == start.mark
        return Outcome(
            started: isOwn && !results[1].rows.isEmpty ? start.run : nil,
            decision: isOwn ? TickDecision(rawValue: try row.string("decision")) : nil,
            reason: isOwn ? try row.optionalString("detail").flatMap(TickReason.init) : nil,
            replaced: isReplacing && isOwn ? try results[2].named.compactMap { JobID(try $0.string("id")) } : []
        )
    }

    /// Lets a tick take the place of what runs and of what waits before it.
    private func replacement(of start: Start, _ tick: [SQLValue], _ mark: SQLValue) -> [Statement] {
        let isWaiting = """
            EXISTS (SELECT 1 FROM schedule_ticks WHERE schedule_id = CAST(?1 AS INTEGER) AND due_at = ?2 AND mark = ?3
                AND decision = 'waiting')
            """
        return [
            Statement(
                """
                UPDATE ingest_jobs SET cancel_requested_at = ?4
                WHERE definition_id = CAST(?5 AS INTEGER) AND status IN ('queued', 'running')
                    AND cancel_requested_at IS NULL AND \(isWaiting)
                """,
                tick + [mark, .text(start.now.description), .integer(start.schedule.definitionID)]
            ),
            Statement(
                """
                UPDATE schedule_ticks SET decision = 'skipped', detail = 'replaced'
                WHERE schedule_id = CAST(?1 AS INTEGER) AND due_at < ?2 AND decision = 'waiting' AND \(isWaiting)
                """,
                tick + [mark]
            ),
        ]
    }

    /// Writes that ticks are not run.
    func skip(_ ticks: [Timestamp], because reason: TickReason, of schedule: Schedule, at now: Timestamp) async throws {
        for start in stride(from: 0, to: ticks.count, by: 500) {
            let piece = ticks[start..<min(start + 500, ticks.count)]
            guard let last = piece.last else { continue }
            _ = try await database.batch(
                [
                    Statement(
                        """
                        INSERT INTO schedule_ticks (schedule_id, due_at, decision, detail, decided_at, mark)
                        SELECT s.id, j.value, 'skipped', ?3, ?4, '' FROM schedules s, json_each(?2) j
                        WHERE s.id = CAST(?1 AS INTEGER) AND s.enabled = 1 AND s.updated_at = ?5
                        ON CONFLICT DO NOTHING
                        """,
                        [
                            .integer(schedule.id), .text(try JSONText.string(piece.map(\.description))),
                            .text(reason.rawValue), .text(now.description), .text(schedule.updatedAt.description),
                        ]
                    ),
                    Statement(
                        """
                        UPDATE schedules SET decided_until = MAX(decided_until, ?2)
                        WHERE id = ?1 AND EXISTS (SELECT 1 FROM schedule_ticks WHERE schedule_id = ?1 AND due_at = ?2)
                        """,
                        [.integer(schedule.id), .text(last.description)]
                    ),
                ],
                isIdempotent: true
            )
        }
    }

    // MARK: - Ticks that wait

    /// The first waiting tick of each schedule whose definition has no run now.
    func startable() async throws -> [(schedule: Int64, due: Timestamp)] {
        try await database.rows(
            """
            SELECT t.schedule_id, MIN(t.due_at) AS due_at FROM schedule_ticks t JOIN schedules s ON s.id = t.schedule_id
            WHERE t.decision = 'waiting' AND NOT EXISTS (SELECT 1 FROM ingest_jobs
                WHERE definition_id = s.definition_id AND status IN ('queued', 'running'))
            GROUP BY t.schedule_id ORDER BY due_at
            """
        ).map { (try $0.integer("schedule_id"), try $0.requiredTime("due_at")) }
    }

    /// Starts a tick that waited; or skips it when its deadline has passed, or its definition or schedule was switched off.
    ///
    /// - Returns: the run that was started by this very call; `nil` when none was.
    func startWaiting(_ start: Start) async throws -> StoredJob? {
        let schedule = start.schedule
        let tick: [SQLValue] = [.integer(schedule.id), .text(start.due.description)]
        let mark = SQLValue.text(start.mark)
        let isLate = schedule.deadline(of: start.due).map { $0 <= start.now } ?? false
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE schedule_ticks SET
                        decision = CASE WHEN CAST(?7 AS INTEGER) = 1 OR e.enabled = 0 THEN 'skipped' ELSE 'run' END,
                        detail = CASE WHEN CAST(?7 AS INTEGER) = 1 THEN 'deadline' WHEN e.enabled = 0 THEN 'disabled' END,
                        job_id = CASE WHEN CAST(?7 AS INTEGER) = 0 AND e.enabled = 1 THEN ?6 END,
                        decided_at = ?4, mark = ?5
                    FROM (SELECT d.enabled AND s.enabled AS enabled FROM job_definitions d, schedules s
                        WHERE d.id = CAST(?3 AS INTEGER) AND s.id = CAST(?1 AS INTEGER)) e
                    WHERE schedule_id = CAST(?1 AS INTEGER) AND due_at = ?2
                        AND decision = 'waiting' AND NOT \(Self.activeRuns(definitionPlaceholder: 3))
                    """,
                    tick + [
                        .integer(schedule.definitionID), .text(start.now.description), mark,
                        .text(start.run.job.id.rawValue), .integer(isLate ? 1 : 0),
                    ]
                ),
                try insertion(of: start.run, tick, mark),
                Statement("SELECT mark FROM schedule_ticks WHERE schedule_id = ?1 AND due_at = ?2", tick),
                Statement("SELECT 1 FROM ingest_jobs WHERE id = ?1", [.text(start.run.job.id.rawValue)]),
            ],
            isIdempotent: true
        )
        guard results.count == 4, let row = results[2].named.first else { return nil }
        return try row.string("mark") == start.mark && !results[3].rows.isEmpty ? start.run : nil
    }

    /// Runs of definitions that belong to a gateway and are to be cancelled.
    func cancelledRuns(of gateway: String) async throws -> [JobID] {
        try await database.rows(
            """
            SELECT id FROM ingest_jobs WHERE status IN ('queued', 'running') AND gateway = ?1
                AND definition_id IS NOT NULL AND cancel_requested_at IS NOT NULL LIMIT 500
            """,
            [.text(gateway)]
        ).compactMap { JobID(try $0.string("id")) }
    }

    // MARK: - What became of ticks

    /// A tick as the API shows it.
    struct Tick: Sendable, Equatable {
        var due: Timestamp
        var decision: TickDecision
        /// Why it is not run.
        var reason: TickReason?
        var decidedAt: Timestamp
        var job: JobID?
    }

    /// The ticks of a schedule, the newest first.
    ///
    /// - Parameter before: the last one of the page before.
    func ticks(of schedule: Int64, before: Timestamp?, limit: Int) async throws -> [Tick] {
        try await database.rows(
            """
            SELECT due_at, decision, detail, decided_at, job_id FROM schedule_ticks
            WHERE schedule_id = ?1 AND due_at < ?2 ORDER BY due_at DESC LIMIT CAST(?3 AS INTEGER)
            """,
            [.integer(schedule), .text(before?.description ?? "9999"), SQLValue(limit)]
        ).map { row in
            guard let decision = TickDecision(rawValue: try row.string("decision")) else {
                throw RowError(column: "decision", expected: "a decision", found: try row.string("decision"))
            }
            return Tick(
                due: try row.requiredTime("due_at"),
                decision: decision,
                reason: try row.optionalString("detail").flatMap(TickReason.init),
                decidedAt: try row.requiredTime("decided_at"),
                job: try row.optionalString("job_id").flatMap { JobID($0) }
            )
        }
    }

    /// Deletes what became of ticks that were due before a moment and do not wait.
    func forget(before moment: Timestamp) async throws {
        try await database.run(
            Statement(
                "DELETE FROM schedule_ticks WHERE due_at < ?1 AND decision <> 'waiting'",
                [.text(moment.description)]
            )
        )
    }

    // MARK: - Details

    /// The row of a run, written only with the tick of this decision.
    private func insertion(of run: StoredJob, _ tick: [SQLValue], _ mark: SQLValue) throws -> Statement {
        try JobStore.insertion(
            of: run,
            where: { first in
                """
                EXISTS (SELECT 1 FROM schedule_ticks WHERE schedule_id = CAST(?\(first) AS INTEGER)
                    AND due_at = ?\(first + 1) AND mark = ?\(first + 2) AND job_id = ?1 AND decision = 'run')
                """
            },
            tick + [mark]
        )
    }

    private static func activeRuns(definitionPlaceholder place: Int) -> String {
        """
        EXISTS (SELECT 1 FROM ingest_jobs WHERE definition_id = CAST(?\(place) AS INTEGER)
            AND status IN ('queued', 'running'))
        """
    }
}
