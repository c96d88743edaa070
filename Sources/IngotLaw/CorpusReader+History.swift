import IngotCore

/// What one revision made of a node.
public struct LawHistoryEntry: Sendable, Encodable, Equatable {
    public var revision: Int64
    /// The label that was ingested when the node became so.
    public var label: String
    public var promotedAt: String?
    public var kind: LawChange.Kind
    /// The fields that changed.
    public var fields: [LawField]
    public var num: String?
    public var heading: String?
    public var status: String?
    /// Of the node's record from then on; `nil` when the node went.
    public var contentHash: String?

    enum CodingKeys: String, CodingKey {
        case revision, label, fields, num, heading, status
        case promotedAt = "promoted_at"
        case kind = "change"
        case contentHash = "content_hash"
    }
}

extension CorpusReader {
    /// The most versions of one node that are listed.
    private static let maximumVersions = 10_000

    /// Everything that happened to a node up to the live state, oldest first.
    ///
    /// - Throws: ``LawReadingError``.
    public func history(of key: String) async throws -> (source: String, entries: [LawHistoryEntry]) {
        for source in try await sources(with: key) {
            let live = try await view(of: source, at: nil)
            let entries = try await history(of: key, in: live)
            if !entries.isEmpty { return (source, entries) }
        }
        throw LawReadingError.unknownKey(key, label: nil)
    }

    private func history(of key: String, in live: View) async throws -> [LawHistoryEntry] {
        let differences = LawField.allCases.map { "\($0.differs("o", "n")) AS \"differs_\($0.rawValue)\"" }
        let rows = try await database.rows(
            """
            SELECT n.valid_from, n.valid_to, n.num, n.heading, n.status, n.content_hash,
                o.id IS NOT NULL AS was_there, \(differences.joined(separator: ", ")),
                began.label AS began_label, began.promoted_at AS began_at,
                ended.label AS ended_label, ended.promoted_at AS ended_at,
                EXISTS (SELECT 1 FROM nodes f WHERE f.source_id = ?1 AND f.key = ?3 AND f.valid_from = n.valid_to)
                    AS goes_on,
                EXISTS (SELECT 1 FROM nodes s WHERE s.source_id = ?1 AND s.unit = n.unit
                    AND s.valid_from < n.valid_from AND (s.valid_to IS NULL OR s.valid_to > n.valid_from))
                    AS has_neighbours_that_stayed
            FROM nodes n LEFT JOIN nodes o ON o.source_id = ?1 AND o.key = ?3 AND o.valid_to = n.valid_from
            JOIN revisions began ON began.source_id = ?1 AND began.number = n.valid_from
            LEFT JOIN revisions ended ON ended.source_id = ?1 AND ended.number = n.valid_to AND ended.number <= ?2
            WHERE n.source_id = ?1 AND n.key = ?3 AND n.valid_from <= ?2
            ORDER BY n.valid_from LIMIT \(Self.maximumVersions)
            """,
            [.text(live.source), .integer(live.revision), .text(key)]
        )
        var entries: [LawHistoryEntry] = []
        for row in rows {
            let wasThere = try row.integer("was_there") == 1
            let fields =
                wasThere ? try LawField.allCases.filter { try row.integer("differs_\($0.rawValue)") == 1 } : []
            // Without a change, and with every other row of the unit written as well, only ranks were given anew.
            let isRanked = try wasThere && fields.isEmpty && row.integer("has_neighbours_that_stayed") == 0
            if !isRanked {
                entries.append(
                    LawHistoryEntry(
                        revision: try row.integer("valid_from"),
                        label: try row.string("began_label"),
                        promotedAt: try row.optionalString("began_at"),
                        kind: !wasThere ? .added : fields.contains { $0 != .parent } ? .changed : .moved,
                        fields: fields,
                        num: try row.string("num"),
                        heading: try row.string("heading"),
                        status: try row.optionalString("status"),
                        contentHash: try row.string("content_hash")
                    )
                )
            }
            if let label = try row.optionalString("ended_label"), try row.integer("goes_on") == 0 {
                entries.append(
                    LawHistoryEntry(
                        revision: try row.integer("valid_to"),
                        label: label,
                        promotedAt: try row.optionalString("ended_at"),
                        kind: .removed,
                        fields: []
                    )
                )
            }
        }
        return entries
    }

    /// The sources that have ever had a node of this key.
    func sources(with key: String) async throws -> [String] {
        try await database.rows(
            "SELECT DISTINCT source_id FROM nodes WHERE source_id IN (SELECT id FROM sources) AND key = ?1",
            [.text(key)]
        ).map { try $0.string("source_id") }.filter(isVisible)
    }
}
