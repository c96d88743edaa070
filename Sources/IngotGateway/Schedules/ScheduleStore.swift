import IngotCore

/// The rows of `schedules`; all writes may be repeated.
struct ScheduleStore: Sendable {
    /// The most schedules that there may be.
    static let maximumCount = 5000

    let database: any Database

    /// All schedules, by id.
    func all() async throws -> [Schedule] {
        try await database.rows("SELECT * FROM schedules ORDER BY id").map(Schedule.init(row:))
    }

    func schedules(of definition: Int64) async throws -> [Schedule] {
        try await database.rows(
            "SELECT * FROM schedules WHERE definition_id = ?1 ORDER BY id",
            [.integer(definition)]
        ).map(Schedule.init(row:))
    }

    func schedule(_ id: Int64) async throws -> Schedule? {
        try await database.rows("SELECT * FROM schedules WHERE id = ?1", [.integer(id)]).first
            .map(Schedule.init(row:))
    }

    /// Writes a new schedule.
    ///
    /// - Parameter schedule: its id is not looked at.
    /// - Returns: it with its id; `nil` when there are too many, or its definition is gone.
    func add(_ schedule: Schedule) async throws -> Schedule? {
        // Known by it when the call is sent again because its answer was lost.
        let creation = JobID.make().rawValue
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO schedules
                        (timing_json, params_json, enabled, missed_json, overlap, jitter_seconds, deadline_seconds,
                        decided_until, definition_id, creation, created_at, created_by, updated_at, updated_by)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, id, ?10, ?11, ?12, ?11, ?12 FROM job_definitions
                    WHERE id = CAST(?9 AS INTEGER)
                        AND (SELECT COUNT(*) FROM schedules) < CAST(?13 AS INTEGER)
                        AND NOT EXISTS (SELECT 1 FROM schedules WHERE creation = ?10)
                    """,
                    try values(of: schedule) + [
                        .integer(schedule.definitionID), .text(creation), .text(schedule.createdAt.description),
                        SQLValue(schedule.createdBy), SQLValue(Self.maximumCount),
                    ]
                ),
                Statement("SELECT * FROM schedules WHERE creation = ?1", [.text(creation)]),
            ],
            isIdempotent: true
        )
        return try results.last?.named.first.map(Schedule.init(row:))
    }

    /// Writes a schedule anew, unless it has been changed since it was read.
    ///
    /// - Parameter earlier: when it had been changed last as it was read.
    /// - Returns: whether it is so now.
    func update(_ schedule: Schedule, changedLast earlier: Timestamp) async throws -> Bool {
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE schedules SET
                        timing_json = ?1, params_json = ?2, enabled = ?3, missed_json = ?4, overlap = ?5,
                        jitter_seconds = ?6, deadline_seconds = ?7, decided_until = ?8, updated_at = ?9, updated_by = ?10
                    WHERE id = ?11 AND updated_at = ?12
                    """,
                    try values(of: schedule) + [
                        .text(schedule.updatedAt.description), SQLValue(schedule.updatedBy), .integer(schedule.id),
                        .text(earlier.description),
                    ]
                ),
                Statement("SELECT * FROM schedules WHERE id = ?1", [.integer(schedule.id)]),
            ],
            isIdempotent: true
        )
        guard let after = try results.last?.named.first.map(Schedule.init(row:)) else { return false }
        return after.updatedAt == schedule.updatedAt && after.timing == schedule.timing
    }

    /// Removes a schedule with what became of its ticks; its runs stay.
    func remove(_ id: Int64) async throws {
        _ = try await database.batch(
            [
                Statement("DELETE FROM schedule_ticks WHERE schedule_id = ?1", [.integer(id)]),
                Statement("DELETE FROM schedules WHERE id = ?1", [.integer(id)]),
            ],
            isIdempotent: true
        )
    }

    private func values(of schedule: Schedule) throws -> [SQLValue] {
        [
            .text(schedule.timing.json.canonicalText), .text(schedule.parameters.canonicalText),
            .integer(schedule.isEnabled ? 1 : 0), .text(try JSONText.string(schedule.missed)),
            .text(schedule.overlap.rawValue), SQLValue(schedule.jitterSeconds),
            SQLValue(schedule.deadlineSeconds.map(Int64.init)),
            .text(schedule.decidedUntil.description),
        ]
    }
}

extension Schedule {
    /// Reads a row of `schedules`.
    ///
    /// - Throws: `RowError` naming the column that does not hold what it should.
    init(row: Row) throws {
        let created = try row.requiredTime("created_at")
        let timing: ScheduleTiming
        do { timing = try ScheduleTiming(try row.json("timing_json") ?? .null, at: created) } catch {
            throw RowError(column: "timing_json", expected: "a timing", found: try row.string("timing_json"))
        }
        guard let overlap = OverlapPolicy(rawValue: try row.string("overlap")) else {
            throw RowError(column: "overlap", expected: "a policy", found: try row.string("overlap"))
        }
        self.init(
            id: try row.integer("id"),
            definitionID: try row.integer("definition_id"),
            timing: timing,
            parameters: try row.json("params_json") ?? .object([:]),
            isEnabled: try row.bool("enabled"),
            missed: try row.decoded(MissedTicks.self, "missed_json") ?? MissedTicks(),
            overlap: overlap,
            jitterSeconds: Int(try row.integer("jitter_seconds")),
            deadlineSeconds: try row.optionalInteger("deadline_seconds").map(Int.init),
            decidedUntil: try row.requiredTime("decided_until"),
            createdAt: created,
            createdBy: try row.optionalString("created_by"),
            updatedAt: try row.requiredTime("updated_at"),
            updatedBy: try row.optionalString("updated_by")
        )
    }
}
