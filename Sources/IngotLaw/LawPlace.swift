import IngotCore

/// Where a node stands: what it lies in, and its neighbours.
public struct LawPlace: Sendable, Equatable {
    /// What the node lies in, from the top down to its parent.
    public var breadcrumbs: [LawBreadcrumb]
    /// The key of the node before it under the same parent, in document order.
    public var previous: String?
    /// The key of the node after it under the same parent.
    public var next: String?
}

/// One step of the way from the top of a unit down to a node.
public struct LawBreadcrumb: Sendable, Codable, Equatable {
    public var key: String
    public var level: String
    public var num: String
    public var heading: String

    /// The step as one line shows it.
    public var title: String { LawRendering.joined([num, heading]) }
}

extension CorpusReader {
    /// The deepest nesting that is followed upwards.
    private static let maximumHeight = 100

    /// Where a node of a state stands, in one query.
    public func place(of entry: LawEntry, in view: View) async throws -> LawPlace {
        let rows = try await database.rows(
            """
            WITH RECURSIVE above (key, parent_key, level, num, heading, height) AS (
                SELECT key, parent_key, level, num, heading, 0 FROM nodes
                WHERE source_id = ?1 AND key = ?3 AND \(LawSchema.isVisible(in: 2))
                UNION ALL
                SELECT n.key, n.parent_key, n.level, n.num, n.heading, above.height + 1 FROM above JOIN nodes n
                    ON n.source_id = ?1 AND n.key = above.parent_key AND \(LawSchema.isVisible(in: 2, table: "n"))
                WHERE above.height < \(Self.maximumHeight)
            )
            SELECT 'above' AS role, key, level, num, heading, height FROM above WHERE height > 0
            UNION ALL SELECT * FROM (\(neighbour("previous", "<", "DESC")))
            UNION ALL SELECT * FROM (\(neighbour("next", ">", "ASC")))
            ORDER BY height DESC
            """,
            [
                .text(view.source), .integer(view.revision), .text(entry.key), SQLValue(entry.parent),
                .integer(entry.sort),
            ]
        )
        var place = LawPlace(breadcrumbs: [])
        for row in rows {
            let key = try row.string("key")
            switch try row.string("role") {
            case "previous": place.previous = key
            case "next": place.next = key
            default:
                place.breadcrumbs.append(
                    LawBreadcrumb(
                        key: key,
                        level: try row.string("level"),
                        num: try row.string("num"),
                        heading: try row.string("heading")
                    )
                )
            }
        }
        return place
    }

    /// The closest node on one side of a rank under the same parent; ranks are compared with the key, as they may tie.
    private func neighbour(_ role: String, _ comparison: String, _ order: String) -> String {
        """
        SELECT '\(role)', key, level, num, heading, 0 FROM nodes
        WHERE source_id = ?1 AND parent_key = ?4 AND \(LawSchema.isVisible(in: 2))
            AND (sort, key) \(comparison) (CAST(?5 AS INTEGER), ?3)
        ORDER BY sort \(order), key \(order) LIMIT 1
        """
    }
}
