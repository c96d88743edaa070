import IngotCore

/// What a node cites, and where that leads in the state that was read.
public struct LawCitation: Sendable, Encodable, Equatable {
    public var href: String
    public var text: String
    public var kind: String
    /// The node that it leads to; what it names, where there is no such node.
    public var target: String?
    /// What is named below the target.
    public var piece: String?
    /// Whether the target is a node of this state; `nil` for what is in no corpus.
    public var isResolved: Bool?

    enum CodingKeys: String, CodingKey {
        case href, text, kind, target, piece
        case isResolved = "resolved"
    }
}

extension CorpusReader {
    /// What a node cites, in document order.
    ///
    /// - Throws: ``LawReadingError``.
    public func citations(of entry: LawEntry, in view: View) async throws -> [LawCitation] {
        let record = try JSONParser.parse(try await resolvedRecord(of: entry, in: view))
        return (record["refs"]?.arrayValue ?? []).map { reference in
            LawCitation(
                href: reference["href"]?.stringValue ?? "",
                text: reference["text"]?.stringValue ?? "",
                kind: reference["kind"]?.stringValue ?? "",
                target: reference["target"]?.stringValue,
                piece: reference["piece"]?.stringValue,
                isResolved: reference["resolved"]?.boolValue
            )
        }
    }

    /// A node's record with its references resolved in a state.
    ///
    /// - Throws: ``LawReadingError/corruptedRecord(key:pack:)``.
    public func resolvedRecord(of entry: LawEntry, in view: View) async throws -> [UInt8] {
        let record = try await record(of: entry)
        let targets = try ResolvedRecord.targets(in: record)
        guard !targets.isEmpty else { return record }
        let resolver = ReferenceResolver(database: database, view: view)
        return try ResolvedRecord.record(record, resolved: try await resolver.resolve(targets))
    }

    /// The nodes whose references lead to a node, in document order.
    ///
    /// - Parameters:
    ///   - after: the key of the last node of the page before.
    ///   - limit: the most nodes that are answered.
    public func citing(
        _ key: String,
        in view: View,
        after: String? = nil,
        limit: Int
    ) async throws -> [LawEntry] {
        let names = try await names(leadingTo: key, in: view)
        var place: (unit: String, sort: Int64)?
        if let after {
            place = try await self.place(of: after, in: view)
            if place == nil { throw LawReadingError.unknownKey(after, label: view.label) }
        }
        let lists = try JSONRows.chunks(names.sorted().map { [.text($0)] })
        guard let list = lists.first, lists.count == 1 else {
            throw LawReadingError.tooManyNames(key: key, count: names.count)
        }
        return try await database.rows(
            """
            SELECT \(LawEntry.columns) FROM nodes WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) AND id IN (
                SELECT node_id FROM node_references
                WHERE source_id = ?1 AND target IN (SELECT json_extract(value, '$[0]') FROM json_each(?3)))
            AND (unit, sort, key) > (?4, CAST(?5 AS INTEGER), ?6)
            ORDER BY unit, sort, key LIMIT CAST(?7 AS INTEGER)
            """,
            [
                .text(view.source), .integer(view.revision), .text(list), .text(place?.unit ?? ""),
                .integer(place?.sort ?? -(1 << 52)), .text(after ?? ""), SQLValue(limit),
            ]
        ).map(LawEntry.init)
    }

    private func place(of key: String, in view: View) async throws -> (unit: String, sort: Int64)? {
        try await database.rows(
            "SELECT unit, sort FROM nodes WHERE source_id = ?1 AND key = ?3 AND \(LawSchema.isVisible(in: 2))",
            [.text(view.source), .integer(view.revision), .text(key)]
        ).first.map { (try $0.string("unit"), try $0.integer("sort")) }
    }

    /// The keys that references name and that lead to the node: its own, and others that it stands for.
    private func names(leadingTo key: String, in view: View) async throws -> Set<String> {
        var names: Set<String> = [key]
        let resolver = ReferenceResolver(database: database, view: view)
        let own = try await database.rows(
            """
            SELECT r.first_key, r.last_key FROM nodes n JOIN node_ranges r ON r.node_id = n.id
            WHERE n.source_id = ?1 AND n.key = ?3 AND \(LawSchema.isVisible(in: 2, table: "n"))
            """,
            [.text(view.source), .integer(view.revision), .text(key)]
        )
        for row in own {
            let range = LawKeyRange(first: try row.string("first_key"), last: try row.string("last_key"))
            let scope = ReferenceResolver.scope(range.first)
            let named = try await database.rows(
                """
                SELECT DISTINCT target FROM node_references WHERE source_id = ?1 AND target >= ?2 AND target < ?3
                """,
                [.text(view.source), .text(String(scope)), .text(String(scope.dropLast() + "0"))]
            ).map { try $0.string("target") }.filter(range.contains)
            // A node of that very key comes before a node that stands for it.
            let resolved = try await resolver.resolve(Set(named))
            names.formUnion(named.filter { resolved[$0] == key })
        }
        return names
    }
}
