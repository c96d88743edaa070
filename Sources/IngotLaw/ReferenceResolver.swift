import IngotCore

/// Finds the nodes of one state to which references lead.
///
/// A key that a reference names leads to the node of that key; else to the node that stands for it, as
/// `s471...474b` does for `s472`; else to none.
actor ReferenceResolver {
    private let database: any Database
    private let view: CorpusReader.View
    /// What nodes stand for, by what the keys have in common; each is read once.
    private var ranges: [Substring: [(range: LawKeyRange, key: String)]] = [:]

    /// Keys of one query.
    private static let batch = 5000

    init(database: any Database, view: CorpusReader.View) {
        self.database = database
        self.view = view
    }

    /// The node for each named key; keys that lead to none are left out.
    func resolve(_ targets: Set<String>) async throws -> [String: String] {
        var resolved: [String: String] = [:]
        var rest = targets.sorted()[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            for chunk in try JSONRows.chunks(some.map { [.text($0)] }) {
                let rows = try await database.rows(
                    """
                    SELECT key FROM nodes WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2))
                        AND key IN (SELECT json_extract(value, '$[0]') FROM json_each(?3))
                    """,
                    [.text(view.source), .integer(view.revision), .text(chunk)]
                )
                for row in rows {
                    let key = try row.string("key")
                    resolved[key] = key
                }
            }
        }
        for target in targets where resolved[target] == nil {
            let scope = Self.scope(target)
            resolved[target] = try await ranges(in: scope).first { $0.range.contains(target) }?.key
        }
        return resolved
    }

    /// What nodes stand for, among keys that begin like this.
    private func ranges(in scope: Substring) async throws -> [(range: LawKeyRange, key: String)] {
        if let known = ranges[scope] { return known }
        // The character after the slash that ends the scope.
        let end = scope.dropLast() + "0"
        let rows = try await database.rows(
            """
            SELECT r.first_key, r.last_key, n.key FROM node_ranges r JOIN nodes n ON n.id = r.node_id
            WHERE r.source_id = ?1 AND r.first_key >= ?3 AND r.first_key < ?4
                AND \(LawSchema.isVisible(in: 2, table: "n"))
            ORDER BY r.first_key, r.last_key
            """,
            [.text(view.source), .integer(view.revision), .text(String(scope)), .text(String(end))]
        )
        let found = try rows.map { row in
            (
                range: LawKeyRange(first: try row.string("first_key"), last: try row.string("last_key")),
                key: try row.string("key")
            )
        }
        ranges[scope] = found
        return found
    }

    /// The key up to its last slash.
    static func scope(_ key: String) -> Substring {
        guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "/" }
        return key[...slash]
    }
}
