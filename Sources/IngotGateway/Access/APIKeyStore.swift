import IngotCore

/// The rows of API keys.
struct APIKeyStore: Sendable {
    let database: any Database

    private static let columns = """
        id, name, role, sources_json, key_hash, created_at, created_by, expires_at, last_used_at, revoked_at
        """

    /// Makes the tables that are missing.
    func prepare() async throws {
        _ = try await database.batch(AccessSchema.statements, isIdempotent: true)
    }

    /// All keys, those that open something before those that are revoked or have expired.
    ///
    /// Of the latter the oldest may be missing, when there are very many.
    func all(at now: Timestamp = .now()) async throws -> [APIKey] {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM api_keys
            ORDER BY revoked_at IS NOT NULL OR COALESCE(expires_at <= ?1, 0), created_at DESC, id
            LIMIT \(APIKeyRing.maximumCount)
            """,
            [.text(now.description)]
        ).map(APIKey.init(row:))
    }

    /// One key; `nil` when it has no row.
    func key(_ id: String) async throws -> APIKey? {
        try await database.rows("SELECT \(Self.columns) FROM api_keys WHERE id = ?1", [.text(id)]).first
            .map(APIKey.init(row:))
    }

    /// Writes a new key.
    func insert(_ key: APIKey) async throws {
        try await database.run(
            Statement(
                """
                INSERT INTO api_keys (id, name, role, sources_json, key_hash, created_at, created_by, expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(key.id), .text(key.name), .text(key.role.rawValue),
                    SQLValue(try key.sources.map { try JSONText.string($0.sorted()) }), .text(hexadecimal(key.hash)),
                    .text(key.createdAt.description), .text(key.createdBy), SQLValue(key.expiresAt?.description),
                ]
            )
        )
    }

    /// Ends a key for good; a key that was revoked before keeps that time.
    func revoke(_ id: String, at now: Timestamp) async throws {
        try await database.run(
            Statement(
                "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, ?2) WHERE id = ?1",
                [.text(id), .text(now.description)]
            )
        )
    }

    /// Notes when keys were used last.
    func recordUse(_ uses: [String: Timestamp]) async throws {
        let write = BulkWrite(tables: [["id", "used_at"]]) { tables in
            tables[0].map { rows in
                [
                    Statement(
                        """
                        UPDATE api_keys SET last_used_at = MAX(COALESCE(last_used_at, ''), r.used_at)
                        FROM \(rows.expression(from: 1)) AS r WHERE api_keys.id = r.id
                        """,
                        rows.parameters
                    )
                ]
            } ?? []
        }
        try await database.write(uses.sorted { $0.key < $1.key }, by: write) { id, time in
            BulkRow(name: id, records: [try JSONRows.record([.text(id), .text(time.description)], row: id)])
        }
    }
}

extension APIKey {
    /// Reads a row of `api_keys`.
    ///
    /// - Throws: `RowError` naming the column that does not hold what it should.
    fileprivate init(row: Row) throws {
        let id = try row.string("id")
        guard let role = Role(rawValue: try row.string("role")) else {
            throw RowError(column: "role", expected: "a role", found: try row.string("role"))
        }
        guard let hash = bytes(ofHexadecimal: try row.string("key_hash")) else {
            throw RowError(column: "key_hash", expected: "hexadecimal digits", found: "something else")
        }
        let sources = try row.json("sources_json").map { Set(($0.arrayValue ?? []).compactMap(\.stringValue)) }
        self.init(
            id: id,
            name: try row.string("name"),
            role: role,
            sources: sources,
            hash: hash,
            createdAt: try row.requiredTime("created_at"),
            createdBy: try row.string("created_by"),
            expiresAt: try row.time("expires_at"),
            lastUsedAt: try row.time("last_used_at"),
            revokedAt: try row.time("revoked_at")
        )
    }
}
