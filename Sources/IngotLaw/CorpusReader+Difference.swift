import IngotCore

/// Two states of one source.
public struct LawComparison: Sendable, Equatable {
    public let source: String
    public let from: CorpusReader.View
    public let to: CorpusReader.View
    /// Only this unit, when set.
    public var unit: String?
    /// Only nodes of this level, when set.
    public var level: String?
    /// Only this node, when set.
    var key: String?
}

extension CorpusReader {
    /// The comparison of two labels; the live state where no label is given.
    ///
    /// - Throws: ``LawReadingError``.
    public func comparison(
        of source: String,
        from: String,
        to: String?,
        unit: String? = nil,
        level: String? = nil
    ) async throws -> LawComparison {
        LawComparison(
            source: source,
            from: try await view(of: source, at: from),
            to: try await view(of: source, at: to),
            unit: unit,
            level: level
        )
    }

    /// What changed, unit by unit: first what is in the newer state, in document order, then what is only in the older
    /// one, whichever way round the two are compared.
    ///
    /// Only rows are read, never records, a page at a time.
    public func changes(in comparison: LawComparison) -> AsyncThrowingStream<LawChange, any Error> {
        let walk = DifferenceWalk(reader: self, comparison: comparison)
        return AsyncThrowingStream { try await walk.next() }
    }
}

/// Where a comparison is.
actor DifferenceWalk {
    /// What of a unit is listed.
    enum Stage: String {
        case present
        case removed
    }

    private let reader: CorpusReader
    private let comparison: LawComparison
    /// The older state is compared with the newer one, whichever way was asked for; then the answers are turned round.
    private let older: CorpusReader.View
    private let newer: CorpusReader.View
    private let isReversed: Bool
    /// The only changes that are listed, told as they are in the newer state; `nil`: all.
    private let kinds: Set<LawChange.Kind>?
    /// Where the list goes on.
    private let start: LawChangeCursor?

    private var units: ArraySlice<String>?
    private var stage = Stage.present
    private var cursor: (sort: Int64, key: String)?
    private var page: ArraySlice<(change: LawChange, sort: Int64)> = []
    /// Behind the last change that was given.
    private(set) var position: LawChangeCursor?
    private var isLastPage = false
    /// Keys of the unit that changed their order, once known.
    private var reordered: Set<String>?

    private static let pageRows = 500

    init(
        reader: CorpusReader,
        comparison: LawComparison,
        kinds: Set<LawChange.Kind>? = nil,
        after start: LawChangeCursor? = nil
    ) {
        self.reader = reader
        self.comparison = comparison
        self.start = start
        isReversed = comparison.from.revision > comparison.to.revision
        older = isReversed ? comparison.to : comparison.from
        newer = isReversed ? comparison.from : comparison.to
        let isTurned = isReversed
        self.kinds = kinds.map { kinds in isTurned ? Set(kinds.map(\.reversed)) : kinds }
    }

    func next() async throws -> LawChange? {
        if units == nil { try await begin() }
        while let unit = units?.first {
            try Task.checkCancellation()
            if let (change, sort) = page.popFirst() {
                if let level = comparison.level, change.caption.level != level { continue }
                if let kinds, !kinds.contains(change.kind) { continue }
                position = LawChangeCursor(comparison, unit: unit, stage: stage, sort: sort, key: change.key)
                return isReversed ? change.reversed : change
            }
            if isLastPage || isPassedOver {
                switch stage {
                case .present: stage = .removed
                case .removed:
                    stage = .present
                    units?.removeFirst()
                    reordered = nil
                }
                isLastPage = false
                cursor = nil
                continue
            }
            let rows = try await rows(ofUnit: unit)
            isLastPage = rows.count < Self.pageRows
            if let row = rows.last { cursor = (try row.integer("sort"), try row.string("key")) }
            var changes: [(change: LawChange, sort: Int64)] = []
            for row in rows {
                if let change = try await change(row, unit: unit) { changes.append((change, try row.integer("sort"))) }
            }
            page = changes[...]
        }
        // What was listed is whole only if both states could be read to the end.
        for view in [older, newer] { try await reader.checkReadable(view) }
        return nil
    }

    /// Whether nothing of the unit's present stage is wanted.
    private var isPassedOver: Bool {
        guard let kinds else { return false }
        return stage == .removed ? !kinds.contains(.removed) : kinds == [.removed]
    }

    private func begin() async throws {
        var units = try await changedUnits()
        if let start {
            units = units.drop { naturallyOrdered($0, start.unit) }
            // The unit may be gone only when the states are others, which the cursor would show.
            if units.first == start.unit {
                stage = start.stage
                cursor = (start.sort, start.key)
            }
        }
        self.units = units
    }

    // MARK: - Rows

    /// Rows of a newer state, `n`, that an older one does not have.
    static let began = """
        n.source_id = ?1 AND n.valid_from > ?2 AND n.valid_from <= ?3 AND \(LawSchema.isVisible(in: 3, table: "n"))
        """
    /// Rows of an older state, `o`, that a newer one does not have.
    static let ended = """
        o.source_id = ?1 AND o.valid_to > ?2 AND o.valid_to <= ?3 AND \(LawSchema.isVisible(in: 2, table: "o"))
        """
    private static func caption(_ table: String, as prefix: String) -> String {
        ["level", "num", "heading", "status", "citation", "parent_key"]
            .map { "\(table).\($0) AS \(prefix)\($0)" }.joined(separator: ", ")
    }

    private var states: [SQLValue] {
        [.text(comparison.source), .integer(older.revision), .integer(newer.revision)]
    }

    private func changedUnits() async throws -> ArraySlice<String> {
        func only(_ table: String) -> String { comparison.key == nil ? "" : "AND \(table).key = ?4" }
        let rows = try await reader.database.rows(
            """
            SELECT n.unit AS unit FROM nodes n WHERE \(Self.began) \(only("n"))
            UNION SELECT o.unit FROM nodes o WHERE \(Self.ended) \(only("o"))
            """,
            states + (comparison.key.map { [.text($0)] } ?? [])
        )
        return try rows.map { try $0.string("unit") }
            .filter { comparison.unit == nil || comparison.unit == $0 }
            .sorted(by: naturallyOrdered)[...]
    }

    private func rows(ofUnit unit: String) async throws -> [Row] {
        var place: [SQLValue] = [.text(unit), .integer(cursor?.sort ?? -(1 << 52)), .text(cursor?.key ?? "")]
        if let key = comparison.key { place.append(.text(key)) }
        let differences = LawField.allCases.map { "\($0.differs("o", "n")) AS \"differs_\($0.rawValue)\"" }
        func after(_ table: String) -> String {
            """
            \(table).unit = ?4 AND (\(table).sort > CAST(?5 AS INTEGER)
                OR (\(table).sort = CAST(?5 AS INTEGER) AND \(table).key > ?6))
                \(comparison.key == nil ? "" : "AND \(table).key = ?7")
            ORDER BY \(table).sort, \(table).key LIMIT \(Self.pageRows)
            """
        }
        switch stage {
        case .present:
            return try await reader.database.rows(
                """
                SELECT n.key, n.sort, o.id IS NOT NULL AS was_there, o.sort AS old_sort,
                    \(Self.caption("n", as: "")), \(Self.caption("o", as: "old_")),
                    \(differences.joined(separator: ", "))
                FROM nodes n LEFT JOIN nodes o ON o.source_id = n.source_id AND o.key = n.key AND +o.unit = n.unit
                    AND \(LawSchema.isVisible(in: 2, table: "o"))
                WHERE \(Self.began) AND \(after("n"))
                """,
                states + place
            )
        case .removed:
            return try await reader.database.rows(
                """
                SELECT o.key, o.sort, \(Self.caption("o", as: "")) FROM nodes o
                WHERE \(Self.ended) AND NOT EXISTS (
                    SELECT 1 FROM nodes n WHERE n.source_id = o.source_id AND n.key = o.key AND +n.unit = o.unit
                    AND \(LawSchema.isVisible(in: 3, table: "n"))) AND \(after("o"))
                """,
                states + place
            )
        }
    }

    private func change(_ row: Row, unit: String) async throws -> LawChange? {
        let key = try row.string("key")
        let caption = try LawChange.Caption(row, prefix: "")
        guard stage == .present else {
            return LawChange(kind: .removed, key: key, unit: unit, caption: caption, fields: [])
        }
        guard try row.integer("was_there") == 1 else {
            return LawChange(kind: .added, key: key, unit: unit, caption: caption, fields: [])
        }
        let fields = try LawField.allCases.filter { try row.integer("differs_\($0.rawValue)") == 1 }
        let kind: LawChange.Kind
        if fields.contains(where: { $0 != .parent }) {
            kind = .changed
        } else if !fields.isEmpty {
            kind = .moved
        } else if try row.integer("sort") != row.integer("old_sort"), try await isReordered(key, unit: unit) {
            kind = .moved
        } else {
            return nil
        }
        let before = try LawChange.Caption(row, prefix: "old_")
        return LawChange(
            kind: kind,
            key: key,
            unit: unit,
            caption: caption,
            fields: fields,
            before: before == caption ? nil : before
        )
    }

    // MARK: - Order

    /// Whether a node of both states, whose rank differs, has moved against the others.
    ///
    /// Ranks of a unit are sometimes given anew altogether, so the rank alone does not tell.
    private func isReordered(_ key: String, unit: String) async throws -> Bool {
        if let reordered { return reordered.contains(key) }
        var old: [(key: String, sort: Int64)] = []
        var last: (sort: Int64, key: String)?
        repeat {
            let rows = try await reader.database.rows(
                """
                SELECT n.key, n.sort, o.sort AS old_sort FROM nodes n JOIN nodes o ON o.source_id = n.source_id
                    AND o.key = n.key AND +o.unit = n.unit AND \(LawSchema.isVisible(in: 2, table: "o"))
                WHERE n.source_id = ?1 AND n.unit = ?4 AND \(LawSchema.isVisible(in: 3, table: "n"))
                    AND (n.sort > CAST(?5 AS INTEGER) OR (n.sort = CAST(?5 AS INTEGER) AND n.key > ?6))
                ORDER BY n.sort, n.key LIMIT 4000
                """,
                states + [.text(unit), .integer(last?.sort ?? -(1 << 52)), .text(last?.key ?? "")]
            )
            for row in rows { old.append((try row.string("key"), try row.integer("old_sort"))) }
            last = rows.count < 4000 ? nil : (try rows[rows.count - 1].integer("sort"), old[old.count - 1].key)
        } while last != nil
        var moved = Set(old.map(\.key))
        for position in LongestIncreasingRun.positions(in: old.map(\.sort)) { moved.remove(old[position].key) }
        reordered = moved
        return moved.contains(key)
    }
}

extension LawChange.Kind {
    /// What it is from the later state back to the earlier one.
    var reversed: LawChange.Kind {
        switch self {
        case .added: .removed
        case .removed: .added
        case .changed, .moved: self
        }
    }
}

extension LawChange {
    /// The change from the later state back to the earlier one.
    fileprivate var reversed: LawChange {
        var change = self
        change.kind = kind.reversed
        if let before {
            change.before = caption
            change.caption = before
        }
        return change
    }
}

extension LawChange.Caption {
    fileprivate init(_ row: Row, prefix: String) throws {
        level = try row.string(prefix + "level")
        num = try row.string(prefix + "num")
        heading = try row.string(prefix + "heading")
        status = try row.optionalString(prefix + "status")
        citation = try row.optionalString(prefix + "citation")
        parent = try row.optionalString(prefix + "parent_key")
    }
}
