import IngotCore

extension CorpusReader {
    /// What changed, in numbers: of all units together and of each unit that changed, in their order.
    ///
    /// The database counts; only units whose nodes may have changed their order are walked through.
    ///
    /// - Throws: ``LawReadingError``.
    public func changeSummary(
        of comparison: LawComparison
    ) async throws -> (all: LawChangeSummary, units: [(unit: String, summary: LawChangeSummary)]) {
        let isReversed = comparison.from.revision > comparison.to.revision
        let older = isReversed ? comparison.to : comparison.from
        let newer = isReversed ? comparison.from : comparison.to
        let states: [SQLValue] = [
            .text(comparison.source), .integer(older.revision), .integer(newer.revision), SQLValue(comparison.unit),
            SQLValue(comparison.level),
        ]
        func only(_ table: String) -> String {
            "AND (?4 IS NULL OR \(table).unit = ?4) AND (?5 IS NULL OR \(table).level = ?5)"
        }
        var summaries: [String: LawChangeSummary] = [:]
        var ranked: [String] = []
        let content = LawField.allCases.filter { $0 != .parent }.map { "COALESCE(\($0.differs("o", "n")), 0)" }
            .joined(separator: " OR ")
        let fields = LawField.allCases.map { "SUM(is_there AND \"\($0.rawValue)\") AS \"sum_\($0.rawValue)\"" }
        let differences = LawField.allCases.map { "COALESCE(\($0.differs("o", "n")), 0) AS \"\($0.rawValue)\"" }
        let present = try await database.rows(
            """
            WITH pairs AS (
                SELECT n.unit AS unit, o.id IS NOT NULL AS is_there, \(content) AS is_other, n.sort <> o.sort AS is_ranked,
                    \(differences.joined(separator: ", "))
                FROM nodes n LEFT JOIN nodes o ON o.source_id = n.source_id AND o.key = n.key AND +o.unit = n.unit
                    AND \(LawSchema.isVisible(in: 2, table: "o"))
                WHERE \(DifferenceWalk.began) \(only("n")))
            SELECT unit, SUM(NOT is_there) AS added, SUM(is_there AND is_other) AS changed,
                SUM(is_there AND NOT is_other AND parent) AS moved,
                SUM(is_there AND NOT is_other AND NOT parent AND is_ranked) AS ranked, \(fields.joined(separator: ", "))
            FROM pairs GROUP BY unit
            """,
            states
        )
        for row in present {
            let unit = try row.string("unit")
            var summary = LawChangeSummary()
            summary.added = Int(try row.integer("added"))
            summary.changed = Int(try row.integer("changed"))
            summary.moved = Int(try row.integer("moved"))
            for field in LawField.allCases {
                let count = Int(try row.integer("sum_\(field.rawValue)"))
                if count > 0 { summary.fields[field.rawValue] = count }
            }
            summaries[unit] = summary
            if try row.integer("ranked") > 0 { ranked.append(unit) }
        }
        let removed = try await database.rows(
            """
            SELECT o.unit AS unit, COUNT(*) AS removed FROM nodes o
            WHERE \(DifferenceWalk.ended) \(only("o")) AND NOT EXISTS (
                SELECT 1 FROM nodes n WHERE n.source_id = o.source_id AND n.key = o.key AND +n.unit = o.unit
                AND \(LawSchema.isVisible(in: 3, table: "n")))
            GROUP BY o.unit
            """,
            states
        )
        for row in removed {
            summaries[try row.string("unit"), default: LawChangeSummary()].removed = Int(try row.integer("removed"))
        }
        for unit in ranked {
            var only = comparison
            only.unit = unit
            for try await change in changes(in: only) where change.kind == .moved && change.fields.isEmpty {
                summaries[unit]?.moved += 1
            }
        }
        for view in [older, newer] { try await checkReadable(view) }
        if isReversed { summaries = summaries.mapValues(\.reversed) }
        let units = summaries.filter { $0.value != LawChangeSummary() }
            .sorted { naturallyOrdered($0.key, $1.key) }.map { (unit: $0.key, summary: $0.value) }
        return (units.reduce(into: LawChangeSummary()) { $0.add($1.summary) }, units)
    }
}

extension LawChangeSummary {
    fileprivate var reversed: LawChangeSummary {
        var summary = self
        (summary.added, summary.removed) = (removed, added)
        return summary
    }

    fileprivate mutating func add(_ other: LawChangeSummary) {
        added += other.added
        removed += other.removed
        changed += other.changed
        moved += other.moved
        fields.merge(other.fields, uniquingKeysWith: +)
    }
}
