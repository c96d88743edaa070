import IngotCore

/// The rows of the audit log.
struct AuditStore: Sendable {
    let database: any Database

    private static let columns = [
        "id", "at", "caller", "role", "remote_address", "action", "target", "outcome", "request_id", "details_json",
    ]

    /// Writes entries; those that are there already stay as they are.
    func write(_ entries: [AuditEntry]) async throws {
        let write = BulkWrite(tables: [Self.columns]) { tables in
            tables[0].map { rows in
                let columns = Self.columns.joined(separator: ", ")
                return [
                    Statement(
                        """
                        INSERT INTO audit_log (\(columns)) SELECT \(columns) FROM \(rows.expression(from: 1)) AS r
                        WHERE true ON CONFLICT (id) DO NOTHING
                        """,
                        rows.parameters
                    )
                ]
            } ?? []
        }
        try await database.write(entries, by: write) { entry in
            let values: [SQLValue] = [
                .text(entry.id.rawValue), .text(entry.at.description), SQLValue(entry.caller),
                SQLValue(entry.role?.rawValue), .text(entry.remoteAddress), .text(entry.action), .text(entry.target),
                .text(entry.outcome), SQLValue(entry.requestID),
                SQLValue(entry.details.isEmpty ? nil : JSONValue.object(entry.details).canonicalText),
            ]
            return BulkRow(name: entry.id.rawValue, records: [try JSONRows.record(values, row: entry.id.rawValue)])
        }
    }

    /// Answers when the log could be written.
    func check() async throws {
        _ = try await database.rows("SELECT 1 AS one FROM audit_log LIMIT 1")
    }

    /// One page, the newest entries first.
    ///
    /// - Parameters:
    ///   - caller: only what this one did.
    ///   - action: only this, for example `POST /api/ingest/{source}`.
    ///   - cursor: the last id of the page before.
    func page(
        caller: String? = nil,
        action: String? = nil,
        before cursor: JobID?,
        limit: Int
    ) async throws -> [AuditEntry] {
        var conditions: [String] = []
        var parameters: [SQLValue] = []
        for (condition, value) in [("caller =", caller), ("action =", action), ("id <", cursor?.rawValue)] {
            guard let value else { continue }
            parameters.append(.text(value))
            conditions.append("\(condition) ?\(parameters.count)")
        }
        parameters.append(SQLValue(limit))
        return try await database.rows(
            "SELECT \(Self.columns.joined(separator: ", ")) FROM audit_log"
                + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
                + " ORDER BY id DESC LIMIT CAST(?\(parameters.count) AS INTEGER)",
            parameters
        ).map(AuditEntry.init(row:))
    }
}

extension AuditEntry {
    fileprivate init(row: Row) throws {
        guard let id = JobID(try row.string("id")) else {
            throw RowError(column: "id", expected: "an entry's id", found: try row.string("id"))
        }
        self.init(
            id: id,
            at: try row.requiredTime("at"),
            caller: try row.optionalString("caller"),
            role: try row.optionalString("role").flatMap(Role.init(rawValue:)),
            remoteAddress: try row.optionalString("remote_address") ?? "",
            action: try row.string("action"),
            target: try row.string("target"),
            outcome: try row.string("outcome"),
            requestID: try row.optionalString("request_id"),
            details: try row.json("details_json")?.objectValue ?? [:]
        )
    }
}
