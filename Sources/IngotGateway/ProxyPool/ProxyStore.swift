import IngotCore

/// The rows of `proxies`, `proxy_sources` and `proxy_settings`; all writes may be repeated.
///
/// Gateways that share a database write the same rows, and the last one wins: what one has found out of a proxy is good
/// enough for another to begin with, as each checks for itself what it reads at its start.
struct ProxyStore: Sendable {
    let database: any Database

    /// All that is kept.
    struct Kept: Sendable {
        var change: ProxyPoolChange
        var proxies: [ProxyEndpoint: PooledProxy]
        var records: [String: ProxySourceRecord]
    }

    /// Makes the tables that are missing and reads all of them, in one call.
    func open() async throws -> Kept {
        let reads = [
            Statement("SELECT change_json FROM proxy_settings WHERE id = 1"),
            Statement(
                """
                SELECT address, sources_json, valid, strikes, checked_at, rest_until FROM proxies
                ORDER BY valid DESC, checked_at DESC LIMIT \(ProxyPoolState.maximumProxies)
                """
            ),
            Statement("SELECT * FROM proxy_sources"),
        ]
        let results = try await database.batch(ProxySchema.statements + reads, isIdempotent: true)
            .suffix(reads.count).map(\.named)
        guard results.count == reads.count else {
            throw DatabaseError(kind: .malformedAnswer, message: "the answer has too few results")
        }
        return Kept(
            change: ProxyPoolChange(json: try results[0].first?.json("change_json") ?? .object([:])),
            proxies: try Self.proxies(results[1]),
            records: try Self.records(results[2])
        )
    }

    // MARK: - Settings

    func write(_ change: ProxyPoolChange, at time: Timestamp) async throws {
        try await database.run(
            Statement(
                """
                INSERT INTO proxy_settings (id, change_json, changed_at) VALUES (1, ?1, ?2)
                ON CONFLICT (id) DO UPDATE SET change_json = excluded.change_json, changed_at = excluded.changed_at
                """,
                [.text(change.json.canonicalText), .text(time.description)]
            )
        )
    }

    // MARK: - Proxies and sources

    private static func proxies(_ rows: [Row]) throws -> [ProxyEndpoint: PooledProxy] {
        var proxies: [ProxyEndpoint: PooledProxy] = [:]
        for row in rows {
            guard let endpoint = ProxyEndpoint(try row.string("address")) else { continue }
            var proxy = PooledProxy()
            proxy.sources = Set((try row.json("sources_json")?.arrayValue ?? []).compactMap(\.stringValue))
            proxy.isValid = try row.bool("valid")
            proxy.strikes = Int(try row.integer("strikes"))
            proxy.checkedAt = try row.time("checked_at")
            proxy.restUntil = try row.time("rest_until")
            proxies[endpoint] = proxy
        }
        return proxies
    }

    private static func records(_ rows: [Row]) throws -> [String: ProxySourceRecord] {
        var records: [String: ProxySourceRecord] = [:]
        for row in rows {
            var record = ProxySourceRecord()
            record.fetchedAt = try row.time("fetched_at")
            record.error = try row.optionalString("error")
            record.checked = Int(try row.integer("checked"))
            record.succeeded = Int(try row.integer("succeeded"))
            record.quarantinedUntil = try row.time("quarantined_until")
            record.quarantines = Int(try row.integer("quarantines"))
            records[try row.string("name")] = record
        }
        return records
    }

    /// Writes what has changed; what is `nil` is removed.
    func write(_ proxies: [ProxyEndpoint: PooledProxy?], _ records: [String: ProxySourceRecord?]) async throws {
        try await database.write(proxies, by: Self.proxyWrite) { endpoint, proxy in
            let address = endpoint.description
            guard let proxy else {
                return BulkRow(name: address, records: [[], try JSONRows.record([.text(address)], row: address)])
            }
            let values: [SQLValue] = [
                .text(address), .text(JSONValue.array(proxy.sources.sorted().map(JSONValue.string)).canonicalText),
                SQLValue(proxy.isValid), SQLValue(proxy.strikes), SQLValue(proxy.checkedAt?.description),
                SQLValue(proxy.restUntil?.description),
            ]
            return BulkRow(name: address, records: [try JSONRows.record(values, row: address), []])
        }
        try await database.write(records, by: Self.sourceWrite) { name, record in
            guard let record else {
                return BulkRow(name: name, records: [[], try JSONRows.record([.text(name)], row: name)])
            }
            let values: [SQLValue] = [
                .text(name), SQLValue(record.fetchedAt?.description), SQLValue(record.error),
                SQLValue(record.checked), SQLValue(record.succeeded),
                SQLValue(record.quarantinedUntil?.description), SQLValue(record.quarantines),
            ]
            return BulkRow(name: name, records: [try JSONRows.record(values, row: name), []])
        }
    }

    private static let proxyWrite = write(
        table: "proxies",
        columns: ["address", "sources_json", "valid", "strikes", "checked_at", "rest_until"]
    )
    private static let sourceWrite = write(
        table: "proxy_sources",
        columns: [
            "name", "fetched_at", "error", "checked", "succeeded", "quarantined_until", "quarantines",
        ]
    )

    /// Rows to be there and, by their keys alone, rows to be gone.
    private static func write(table: String, columns: [String]) -> BulkWrite {
        let key = columns[0]
        return BulkWrite(tables: [columns, [key]]) { tables in
            let names = columns.joined(separator: ", ")
            let values = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            let kept = tables[0].map { rows in
                Statement(
                    """
                    INSERT INTO \(table) (\(names)) SELECT \(names) FROM \(rows.expression(from: 1)) AS r WHERE true
                    ON CONFLICT (\(key)) DO UPDATE SET \(values)
                    """,
                    rows.parameters
                )
            }
            let gone = tables[1].map { rows in
                Statement(
                    "DELETE FROM \(table) WHERE \(key) IN (SELECT r.\(key) FROM \(rows.expression(from: 1)) AS r)",
                    rows.parameters
                )
            }
            return [kept, gone].compactMap { $0 }
        }
    }
}
