import IngotCore

/// How large a corpus was with one of its revisions.
public struct LawSize: Sendable, Codable, Equatable {
    public var revision: Int64
    public var label: String
    public var promotedAt: String?
    /// Units that hold at least one node.
    public var units: Int64
    public var nodes: Int64
    public var sections: Int64
    /// Characters that are not white space.
    public var characters: Int64

    public init(
        revision: Int64,
        label: String,
        promotedAt: String?,
        units: Int64,
        nodes: Int64,
        sections: Int64,
        characters: Int64
    ) {
        self.revision = revision
        self.label = label
        self.promotedAt = promotedAt
        self.units = units
        self.nodes = nodes
        self.sections = sections
        self.characters = characters
    }

    enum CodingKeys: String, CodingKey {
        case revision, label, units, nodes, sections, characters
        case promotedAt = "promoted_at"
    }
}

/// How many nodes of one kind a state has.
public struct LawNodeCount: Sendable, Codable, Equatable {
    /// What the nodes are, such as `section`.
    public var level: String
    /// What the source says of them, such as `repealed`; `nil`: nothing, so they are in force.
    public var status: String?
    public var nodes: Int64

    public init(level: String, status: String?, nodes: Int64) {
        self.level = level
        self.status = status
        self.nodes = nodes
    }
}

extension CorpusReader {
    /// How large the corpus was with each revision that readers see, newest first.
    ///
    /// A job writes down only the units that it has found changed, so a revision's size is the sum of all changes up to
    /// it.
    public func sizes(of source: String, limit: Int) async throws -> [LawSize] {
        try await database.rows(
            """
            WITH seen AS (
                SELECT r.number, r.label, r.promoted_at FROM revisions r JOIN sources s ON s.id = r.source_id
                WHERE r.source_id = ?1 AND r.status = 'promoted' AND r.number <= s.live
            ), steps AS (
                SELECT revision, nodes - LAG(nodes, 1, 0) OVER earlier AS nodes,
                    sections - LAG(sections, 1, 0) OVER earlier AS sections,
                    characters - LAG(characters, 1, 0) OVER earlier AS characters,
                    (nodes > 0) - LAG(nodes > 0, 1, 0) OVER earlier AS units
                FROM revision_units WHERE source_id = ?1 AND revision IN (SELECT number FROM seen)
                WINDOW earlier AS (PARTITION BY unit ORDER BY revision)
            ), changes AS (
                SELECT revision, SUM(nodes) AS nodes, SUM(sections) AS sections, SUM(characters) AS characters,
                    SUM(units) AS units
                FROM steps GROUP BY revision
            )
            SELECT number, label, promoted_at,
                SUM(COALESCE(nodes, 0)) OVER upTo AS nodes, SUM(COALESCE(sections, 0)) OVER upTo AS sections,
                SUM(COALESCE(characters, 0)) OVER upTo AS characters, SUM(COALESCE(units, 0)) OVER upTo AS units
            FROM seen LEFT JOIN changes ON changes.revision = seen.number
            WINDOW upTo AS (ORDER BY number) ORDER BY number DESC LIMIT CAST(?2 AS INTEGER)
            """,
            [.text(source), SQLValue(limit)]
        ).map { row in
            LawSize(
                revision: try row.integer("number"),
                label: try row.string("label"),
                promotedAt: try row.optionalString("promoted_at"),
                units: try row.integer("units"),
                nodes: try row.integer("nodes"),
                sections: try row.integer("sections"),
                characters: try row.integer("characters")
            )
        }
    }

    /// How many nodes of each level and status a state has, the most numerous first.
    ///
    /// It looks at every node.
    public func counts(in view: View) async throws -> [LawNodeCount] {
        let counts = try await database.rows(
            """
            SELECT level, status, COUNT(*) AS nodes FROM nodes
            WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) GROUP BY level, status
            ORDER BY nodes DESC, level, status
            """,
            [.text(view.source), .integer(view.revision)]
        ).map { row in
            LawNodeCount(
                level: try row.string("level"),
                status: try row.optionalString("status"),
                nodes: try row.integer("nodes")
            )
        }
        try await checkReadable(view)
        return counts
    }
}
