import IngotCore

/// The rows of `job_definitions`; all writes may be repeated.
struct DefinitionStore: Sendable {
    /// The most definitions that there may be.
    static let maximumCount = 1000

    let database: any Database

    /// Makes the tables that are missing; those of jobs are there.
    ///
    /// - Throws: `DatabaseError`.
    func prepare() async throws {
        _ = try await database.batch(DefinitionSchema.statements, isIdempotent: true)
    }

    /// Makes the definitions that come with sources and are missing; what an operator has changed stays.
    func addBuiltIn(of sources: [SourceDescription], at now: Timestamp) async throws {
        let statements = try sources.flatMap { source in
            try source.definitions.map { definition in
                Statement(
                    """
                    INSERT INTO job_definitions
                        (name, source, params_json, retries_json, built_in, creation, created_at, updated_at)
                    VALUES (?1, ?2, ?3, ?4, 1, 'built-in', ?5, ?5) ON CONFLICT DO NOTHING
                    """,
                    [
                        .text(definition.name), .text(source.id), .text(definition.parameters.canonicalText),
                        .text(try JSONText.string(definition.retries)), .text(now.description),
                    ]
                )
            }
        }
        if !statements.isEmpty { _ = try await database.batch(statements, isIdempotent: true) }
    }

    /// All definitions, by id.
    ///
    /// - Parameter sources: the only ones whose definitions the reader may see; `nil`: all.
    func all(amongSources sources: Set<String>? = nil) async throws -> [JobDefinition] {
        try await database.rows("SELECT * FROM job_definitions ORDER BY id").map(JobDefinition.init(row:))
            .filter { sources?.contains($0.source) ?? true }
    }

    func definition(_ id: Int64) async throws -> JobDefinition? {
        try await database.rows("SELECT * FROM job_definitions WHERE id = ?1", [.integer(id)]).first
            .map(JobDefinition.init(row:))
    }

    /// What became of a request for a new definition.
    enum Addition: Sendable {
        case added(JobDefinition)
        case nameTaken
        case tooMany
    }

    /// Writes a new definition.
    ///
    /// - Parameter definition: its id is not looked at.
    func add(_ definition: JobDefinition) async throws -> Addition {
        // Known by it when the call is sent again because its answer was lost.
        let creation = JobID.make().rawValue
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO job_definitions
                        (name, source, params_json, enabled, retries_json, max_attempts, priority, limits_json,
                        host_terms_json, creation, created_at, created_by, updated_at, updated_by)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?11, ?12
                    WHERE (SELECT COUNT(*) FROM job_definitions) < CAST(?13 AS INTEGER)
                    ON CONFLICT DO NOTHING
                    """,
                    try values(of: definition) + [
                        .text(creation), .text(definition.createdAt.description), SQLValue(definition.createdBy),
                        SQLValue(Self.maximumCount),
                    ]
                ),
                Statement("SELECT * FROM job_definitions WHERE name = ?1", [.text(definition.name)]),
            ],
            isIdempotent: true
        )
        guard let row = results.last?.named.first else { return .tooMany }
        return try row.string("creation") == creation ? .added(try JobDefinition(row: row)) : .nameTaken
    }

    /// Writes a definition anew, unless it has been changed since it was read.
    ///
    /// - Parameters:
    ///   - definition: as it is to be, with the time and the author of the change.
    ///   - earlier: when it had been changed last as it was read.
    /// - Returns: whether it is so now; `false` also when its name is another one's.
    func update(_ definition: JobDefinition, changedLast earlier: Timestamp) async throws -> Bool {
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE OR IGNORE job_definitions SET
                        name = ?1, source = ?2, params_json = ?3, enabled = ?4, retries_json = ?5, max_attempts = ?6,
                        priority = ?7, limits_json = ?8, host_terms_json = ?9, updated_at = ?10, updated_by = ?11
                    WHERE id = ?12 AND updated_at = ?13
                    """,
                    try values(of: definition) + [
                        .text(definition.updatedAt.description), SQLValue(definition.updatedBy),
                        .integer(definition.id), .text(earlier.description),
                    ]
                ),
                Statement("SELECT * FROM job_definitions WHERE id = ?1", [.integer(definition.id)]),
            ],
            isIdempotent: true
        )
        return try results.last?.named.first.map(JobDefinition.init(row:)) == definition
    }

    /// Removes a definition with its schedules and what became of their ticks; its runs stay.
    func remove(_ id: Int64) async throws {
        let identity = [SQLValue.integer(id)]
        _ = try await database.batch(
            [
                Statement(
                    """
                    DELETE FROM schedule_ticks
                    WHERE schedule_id IN (SELECT id FROM schedules WHERE definition_id = ?1)
                    """,
                    identity
                ),
                Statement("DELETE FROM schedules WHERE definition_id = ?1", identity),
                Statement("DELETE FROM job_definitions WHERE id = ?1", identity),
            ],
            isIdempotent: true
        )
    }

    private func values(of definition: JobDefinition) throws -> [SQLValue] {
        [
            .text(definition.name), .text(definition.source), .text(definition.parameters.canonicalText),
            .integer(definition.isEnabled ? 1 : 0), .text(try JSONText.string(definition.retries)),
            SQLValue(definition.maximumAttempts.map(Int64.init)), SQLValue(definition.priority),
            SQLValue(try definition.limits.map { try JSONText.string($0) }),
            SQLValue(try definition.hostTerms.map { try JSONText.string($0) }),
        ]
    }
}

extension JobDefinition {
    /// Reads a row of `job_definitions`.
    ///
    /// - Throws: `RowError` naming the column that does not hold what it should.
    init(row: Row) throws {
        self.init(
            id: try row.integer("id"),
            name: try row.string("name"),
            source: try row.string("source"),
            parameters: try row.json("params_json") ?? .object([:]),
            isEnabled: try row.bool("enabled"),
            retries: try row.decoded(JobRetries.self, "retries_json") ?? .bounded,
            maximumAttempts: try row.optionalInteger("max_attempts").map(Int.init),
            priority: Int(try row.integer("priority")),
            limits: try row.decoded(JobLimits.self, "limits_json"),
            hostTerms: try row.decoded(HostTermsOverride.self, "host_terms_json"),
            isBuiltIn: try row.bool("built_in"),
            createdAt: try row.requiredTime("created_at"),
            createdBy: try row.optionalString("created_by"),
            updatedAt: try row.requiredTime("updated_at"),
            updatedBy: try row.optionalString("updated_by")
        )
    }
}
