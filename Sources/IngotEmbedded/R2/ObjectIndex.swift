import IngotCore

/// The keys of a bucket, in order of their UTF-8 bytes, each with the file that holds its body.
///
/// A row's commit is the moment at which an object changes.
struct ObjectIndex: Sendable {
    let database: EmbeddedDatabase

    /// - Throws: `DatabaseError` when the file cannot be opened.
    init(path: String) throws {
        let database = try EmbeddedDatabase(path: path)
        // Opened and closed here, so that a bucket is ready when its initialiser returns. An index that was made
        // before there were uploads gets their tables now.
        let connection = try SQLiteConnection(path: path, access: .readingAndWriting)
        try connection.runOwn(Self.schema)
        try connection.runOwn(Self.uploadSchema)
        self.database = database
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS objects(
          key TEXT PRIMARY KEY NOT NULL,
          size INTEGER NOT NULL,
          etag TEXT NOT NULL,
          modified INTEGER NOT NULL,
          body TEXT NOT NULL,
          headers TEXT NOT NULL
        ) WITHOUT ROWID
        """

    func record(_ key: String) async throws -> ObjectRecord? {
        try await database.rows("SELECT \(columns) FROM objects WHERE key = ?1", [.text(key)]).first.map(record)
    }

    /// What became of a body that was to take a key.
    struct Outcome: Sendable, Equatable {
        var isStored: Bool
        /// The files that no object and no upload has any more.
        var released: [String]

        static let refused = Outcome(isStored: false, released: [])
    }

    /// Gives the key to a new body when it still has what is expected.
    ///
    /// - Parameter upload: the upload that becomes the object and ends with it; it must still have the parts.
    func store(
        _ record: ObjectRecord,
        expecting expectation: Expectation,
        completing upload: (id: String, parts: [String])? = nil
    ) async throws -> Outcome {
        let key = SQLValue.text(record.key)
        let results = try await database.batch(
            [
                Statement("SELECT body FROM objects WHERE key = ?1", [key]),
                try storing(record, expectation, upload),
            ] + (upload.map { ending($0.id, with: record) } ?? []),
            isIdempotent: false
        )
        guard results.count >= 2, results[1].changes == 1 else { return .refused }
        let released = [results[0]] + results.dropFirst(2).prefix(1)
        return Outcome(isStored: true, released: try released.flatMap(\.named).map { try $0.string("body") })
    }

    private func storing(
        _ record: ObjectRecord,
        _ expectation: Expectation,
        _ upload: (id: String, parts: [String])?
    ) throws -> Statement {
        var parameters: [SQLValue] = [
            .text(record.key), .integer(record.size), .text(record.etag),
            .integer(record.modified.millisecondsSinceEpoch), .text(record.body),
            .text(try JSONText.string(record.headers)),
        ]
        func bind(_ value: SQLValue) -> String {
            parameters.append(value)
            return "?\(parameters.count)"
        }
        var guarded = "TRUE"
        if let upload {
            let id = bind(.text(upload.id))
            let parts = bind(.text(try JSONText.string(upload.parts)))
            guarded = """
                EXISTS (SELECT 1 FROM uploads WHERE id = \(id))
                AND (SELECT count(*) FROM parts
                  WHERE upload = \(id) AND body IN (SELECT value FROM json_each(\(parts)))) = json_array_length(\(parts))
                """
        }
        let insert =
            "INSERT INTO objects(\(columns)) SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE \(guarded) ON CONFLICT(key) DO"
        let change = "size = ?2, etag = ?3, modified = ?4, body = ?5, headers = ?6"
        let sql =
            switch expectation {
            case .anything: "\(insert) UPDATE SET \(change)"
            case .nothing: "\(insert) NOTHING"
            case .body(let name):
                "UPDATE objects SET \(change) WHERE key = ?1 AND body = \(bind(.text(name))) AND \(guarded)"
            }
        return Statement(sql, parameters)
    }

    /// Removes the keys.
    ///
    /// - Returns: the files of their bodies.
    func remove(_ keys: [String]) async throws -> [String] {
        let list = SQLValue.text(try JSONText.string(keys))
        let among = "WHERE key IN (SELECT value FROM json_each(?1))"
        let results = try await database.batch(
            [
                Statement("SELECT body FROM objects \(among)", [list]),
                Statement("DELETE FROM objects \(among)", [list]),
            ],
            isIdempotent: false
        )
        return try results.first?.named.map { try $0.string("body") } ?? []
    }

    /// The records whose keys start with `prefix` and come after `bound`, in order.
    ///
    /// - Parameter includingBound: takes the record at `bound` itself as well.
    func records(prefix: String, after bound: String, includingBound: Bool, limit: Int) async throws -> [ObjectRecord] {
        try await rows(prefix: prefix, after: bound, includingBound: includingBound, limit: limit).map(record)
    }

    /// The same as rows, for ``record(_:)`` and for whoever needs the keys of some alone.
    func rows(prefix: String, after bound: String, includingBound: Bool, limit: Int) async throws -> [Row] {
        var conditions: [String] = []
        var parameters: [SQLValue] = []
        if bound.utf8.lexicographicallyPrecedes(prefix.utf8) || bound.isEmpty {
            conditions.append("key >= ?1")
            parameters.append(.text(prefix))
        } else {
            conditions.append(includingBound ? "key >= ?1" : "key > ?1")
            parameters.append(.text(bound))
        }
        if let end = KeyOrder.successor(ofPrefix: prefix) {
            parameters.append(.text(end))
            conditions.append("key < ?\(parameters.count)")
        }
        parameters.append(.integer(Int64(limit)))
        let sql = """
            SELECT \(columns) FROM objects WHERE \(conditions.joined(separator: " AND "))
            ORDER BY key LIMIT ?\(parameters.count)
            """
        return try await database.rows(sql, parameters)
    }

    /// The files of all bodies that an object has, a page at a time.
    func bodies(after key: String?, limit: Int) async throws -> (names: [String], last: String?) {
        let rows = try await database.rows(
            "SELECT key, body FROM objects WHERE key > ?1 ORDER BY key LIMIT ?2",
            [.text(key ?? ""), .integer(Int64(limit))]
        )
        return (try rows.map { try $0.string("body") }, try rows.last?.string("key"))
    }

    private let columns = "key, size, etag, modified, body, headers"

    func record(_ row: Row) throws -> ObjectRecord {
        ObjectRecord(
            key: try row.string("key"),
            size: try row.integer("size"),
            etag: try row.string("etag"),
            modified: Timestamp(millisecondsSinceEpoch: try row.integer("modified")),
            body: try row.string("body"),
            headers: try JSONText.decode([String: String].self, from: row.string("headers").utf8)
        )
    }
}

/// The order of keys: by their UTF-8 bytes, which is the order of their Unicode scalars.
enum KeyOrder {
    /// The first text after everything that starts with `prefix`; `nil` when there is none.
    static func successor(ofPrefix prefix: String) -> String? {
        var scalars = Array(prefix.unicodeScalars)
        while let last = scalars.popLast() {
            // Surrogates are no scalars, so the one before them is followed by the one after.
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            scalars.append(scalar)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return String(text)
        }
        return nil
    }
}
