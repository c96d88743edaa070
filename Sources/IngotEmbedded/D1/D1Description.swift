import IngotCore

/// What D1 tells of a database itself.
///
/// There is no time of its making and no region here, so `created_at` and `running_in_region` are never in it.
enum D1Description {
    private static let known: Set<String> = [
        "uuid", "name", "version", "created_at", "num_tables", "file_size", "running_in_region", "jurisdiction",
        "read_replication",
    ]

    /// The fields that a query asks for; `nil` for all of them.
    ///
    /// - Throws: ``D1Failure`` when it asks for one that there is not.
    static func fields(_ path: String) throws -> Set<String>? {
        let query = path.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        guard let item = query.split(separator: "&").first(where: { $0.hasPrefix("fields=") }) else { return nil }
        let list = item.dropFirst("fields=".count).replacing("%2C", with: ",").replacing("%2c", with: ",")
        let fields = Set(list.split(separator: ",").map(String.init))
        guard fields.isSubset(of: known) else { throw D1Failure.malformed("fields names what a database has not") }
        return fields
    }

    static func answer(id: String, tables: Int64, size: Int64, fields: Set<String>?) -> [UInt8] {
        let all: [(String, JSONValue)] = [
            ("uuid", .string(id)), ("name", "ingot"), ("version", "production"), ("num_tables", .integer(tables)),
            ("file_size", .integer(size)), ("jurisdiction", nil), ("read_replication", ["mode": "disabled"]),
        ]
        let result = all.filter { fields?.contains($0.0) ?? true }
        return D1Answer.success(.object(Dictionary(result) { first, _ in first }))
    }
}
