import IngotCore

/// The uploads in parts that are neither completed nor aborted, and the parts that they have got.
extension ObjectIndex {
    static let uploadSchema = """
        CREATE TABLE IF NOT EXISTS uploads(
          id TEXT PRIMARY KEY NOT NULL,
          key TEXT NOT NULL,
          started INTEGER NOT NULL,
          headers TEXT NOT NULL,
          checksum TEXT
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS uploads_by_key ON uploads(key, id);
        CREATE TABLE IF NOT EXISTS parts(
          upload TEXT NOT NULL,
          number INTEGER NOT NULL,
          size INTEGER NOT NULL,
          etag TEXT NOT NULL,
          modified INTEGER NOT NULL,
          body TEXT NOT NULL,
          algorithm TEXT,
          checksum TEXT,
          PRIMARY KEY(upload, number)
        ) WITHOUT ROWID
        """

    func begin(_ upload: MultipartUpload) async throws {
        try await database.run(
            Statement(
                "INSERT INTO uploads(id, key, started, headers, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    .text(upload.id), .text(upload.key), .integer(upload.started.millisecondsSinceEpoch),
                    .text(try JSONText.string(upload.headers)), SQLValue(upload.checksum?.rawValue),
                ]
            ),
            isIdempotent: false
        )
    }

    /// The upload of that identifier, when it is one of that key.
    func upload(_ id: String, of key: String) async throws -> MultipartUpload? {
        try await database.rows("SELECT * FROM uploads WHERE id = ?1 AND key = ?2", [.text(id), .text(key)])
            .first.map(upload)
    }

    /// Gives a part its number in the upload, when that is still there.
    ///
    /// - Returns: whether it was, and the file of the part that had the number before.
    func store(_ part: UploadedPart, in upload: String) async throws -> (isStored: Bool, replaced: String?) {
        let results = try await database.batch(
            [
                Statement(
                    "SELECT body FROM parts WHERE upload = ?1 AND number = ?2",
                    [.text(upload), SQLValue(part.number)]
                ),
                Statement(
                    """
                    INSERT INTO parts(upload, number, size, etag, modified, body, algorithm, checksum)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM uploads WHERE id = ?1)
                    ON CONFLICT(upload, number) DO UPDATE
                    SET size = ?3, etag = ?4, modified = ?5, body = ?6, algorithm = ?7, checksum = ?8
                    """,
                    [
                        .text(upload), SQLValue(part.number), .integer(part.size), .text(part.etag),
                        .integer(part.modified.millisecondsSinceEpoch), .text(part.body),
                        SQLValue(part.checksum?.algorithm.rawValue), SQLValue(part.checksum?.text),
                    ]
                ),
            ],
            isIdempotent: false
        )
        return (results.last?.changes == 1, try results.first?.named.first?.string("body"))
    }

    /// The file of a part; `nil` when the upload has none of that number.
    func partBody(_ number: Int, of upload: String) async throws -> String? {
        try await database.rows(
            "SELECT body FROM parts WHERE upload = ?1 AND number = ?2",
            [.text(upload), SQLValue(number)]
        ).first?.string("body")
    }

    /// Forgets a part, when its file is still that one.
    ///
    /// - Returns: the file, when it was.
    func removePart(_ number: Int, body: String, of upload: String) async throws -> [String] {
        let changes = try await database.run(
            Statement(
                "DELETE FROM parts WHERE upload = ?1 AND number = ?2 AND body = ?3",
                [.text(upload), SQLValue(number), .text(body)]
            ),
            isIdempotent: true
        ).changes
        return changes == 0 ? [] : [body]
    }

    /// The parts of an upload in order, after a number.
    func parts(of upload: String, after number: Int = 0, limit: Int) async throws -> [UploadedPart] {
        try await database.rows(
            "SELECT * FROM parts WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            [.text(upload), SQLValue(number), SQLValue(limit)]
        ).map(part)
    }

    /// Ends an upload without an object.
    ///
    /// - Returns: the files of its parts; `nil` when there is no such upload.
    func abort(_ id: String, of key: String) async throws -> [String]? {
        let results = try await database.batch(
            [
                Statement(
                    "SELECT body FROM parts WHERE upload = (SELECT id FROM uploads WHERE id = ?1 AND key = ?2)",
                    [.text(id), .text(key)]
                ),
                Statement(
                    "DELETE FROM parts WHERE upload = (SELECT id FROM uploads WHERE id = ?1 AND key = ?2)",
                    [.text(id), .text(key)]
                ),
                Statement("DELETE FROM uploads WHERE id = ?1 AND key = ?2", [.text(id), .text(key)]),
            ],
            isIdempotent: false
        )
        guard results.last?.changes == 1 else { return nil }
        return try results.first?.named.map { try $0.string("body") }
    }

    /// Ends the uploads that began before a time.
    ///
    /// - Returns: the files of their parts.
    func abortUploads(startedBefore time: Timestamp) async throws -> [String] {
        let old = [SQLValue.integer(time.millisecondsSinceEpoch)]
        let among = "WHERE upload IN (SELECT id FROM uploads WHERE started < ?1)"
        // All at once: an upload that loses its parts and stays could be completed without them.
        let results = try await database.batch(
            [
                Statement("SELECT body FROM parts \(among)", old),
                Statement("DELETE FROM parts \(among)", old),
                Statement("DELETE FROM uploads WHERE started < ?1", old),
            ],
            isIdempotent: false
        )
        return try results.first?.named.map { try $0.string("body") } ?? []
    }

    /// Forgets the parts whose upload is not there; their files are no longer among ``partBodies(after:limit:)``.
    func removeOrphanedParts() async throws {
        try await database.run(
            Statement("DELETE FROM parts WHERE upload NOT IN (SELECT id FROM uploads)"),
            isIdempotent: true
        )
    }

    /// The rows of the uploads whose keys start with `prefix` and that come after a bound, by key and by age.
    ///
    /// - Parameter id: the upload of the bound's key after which they come; `nil` for after all of that key.
    func uploads(
        prefix: String,
        after key: String,
        id: String?,
        includingBound: Bool,
        limit: Int
    ) async throws -> [Row] {
        var conditions = ["key >= ?1"]
        var parameters: [SQLValue] = [.text(prefix)]
        func bind(_ value: SQLValue) -> String {
            parameters.append(value)
            return "?\(parameters.count)"
        }
        if let end = KeyOrder.successor(ofPrefix: prefix) { conditions.append("key < \(bind(.text(end)))") }
        if includingBound {
            conditions.append("key >= \(bind(.text(key)))")
        } else if let id {
            let bound = bind(.text(key))
            conditions.append("(key > \(bound) OR key = \(bound) AND id > \(bind(.text(id))))")
        } else if !key.isEmpty {
            conditions.append("key > \(bind(.text(key)))")
        }
        let sql = """
            SELECT * FROM uploads WHERE \(conditions.joined(separator: " AND "))
            ORDER BY key, id LIMIT \(bind(SQLValue(limit)))
            """
        return try await database.rows(sql, parameters)
    }

    /// The files of all parts that an upload has, a page at a time.
    func partBodies(after body: String?, limit: Int) async throws -> [String] {
        try await database.rows(
            """
            SELECT body FROM parts WHERE body > ?1 AND upload IN (SELECT id FROM uploads) ORDER BY body LIMIT ?2
            """,
            [.text(body ?? ""), SQLValue(limit)]
        ).map { try $0.string("body") }
    }

    /// What ends an upload once its object is there.
    func ending(_ upload: String, with record: ObjectRecord) -> [Statement] {
        let parameters: [SQLValue] = [.text(upload), .text(record.key), .text(record.body)]
        let isThere = "EXISTS (SELECT 1 FROM objects WHERE key = ?2 AND body = ?3)"
        return [
            Statement("SELECT body FROM parts WHERE upload = ?1 AND \(isThere)", parameters),
            Statement("DELETE FROM parts WHERE upload = ?1 AND \(isThere)", parameters),
            Statement("DELETE FROM uploads WHERE id = ?1 AND \(isThere)", parameters),
        ]
    }

    func upload(_ row: Row) throws -> MultipartUpload {
        MultipartUpload(
            id: try row.string("id"),
            key: try row.string("key"),
            started: Timestamp(millisecondsSinceEpoch: try row.integer("started")),
            headers: try JSONText.decode([String: String].self, from: row.string("headers").utf8),
            checksum: try row.optionalString("checksum").flatMap(R2Checksum.Algorithm.init)
        )
    }

    private func part(_ row: Row) throws -> UploadedPart {
        let algorithm = try row.optionalString("algorithm").flatMap(R2Checksum.Algorithm.init)
        let text = try row.optionalString("checksum")
        return UploadedPart(
            number: Int(try row.integer("number")),
            size: try row.integer("size"),
            etag: try row.string("etag"),
            modified: Timestamp(millisecondsSinceEpoch: try row.integer("modified")),
            body: try row.string("body"),
            checksum: algorithm.flatMap { algorithm in text.flatMap { R2Checksum(algorithm, text: $0) } }
        )
    }
}
