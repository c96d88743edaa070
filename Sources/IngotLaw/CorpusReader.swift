public import IngotCore

/// Reads the law corpus: what is live, and what was at any label that has been ingested.
public struct CorpusReader: Sendable {
    let database: any Database
    let objects: any ObjectStore
    /// The only sources that are read; `nil`: all.
    private(set) var visibleSources: Set<String>?

    public init(database: any Database, objects: any ObjectStore) {
        self.database = database
        self.objects = objects
    }

    /// A reader for which only these sources exist.
    ///
    /// - Parameter sources: `nil`: all.
    public func limited(to sources: Set<String>?) -> CorpusReader {
        var reader = self
        reader.visibleSources = sources
        return reader
    }

    func isVisible(_ source: String) -> Bool { visibleSources?.contains(source) ?? true }

    /// Makes the corpus's tables where they are missing, so that an empty store reads as empty.
    public func prepareTables() async throws {
        try await LawSchema.prepare(database)
    }

    // MARK: - Revisions and views

    /// Whether anything of a source has ever been ingested, be it in vain.
    public func hasSource(_ source: String) async throws -> Bool {
        try await !database.rows("SELECT 1 AS one FROM sources WHERE id = ?1", [.text(source)]).isEmpty
    }

    /// The revisions of a source, newest first.
    ///
    /// - Parameters:
    ///   - number: only those before this one; `nil`: from the newest on.
    ///   - limit: the most that are answered; `nil`: all.
    public func revisions(
        of source: String,
        before number: Int64? = nil,
        limit: Int? = nil
    ) async throws -> [LawRevision] {
        try await database.rows(
            """
            SELECT r.*, r.number = s.live AS is_live FROM revisions r JOIN sources s ON s.id = r.source_id
            WHERE r.source_id = ?1 AND (?2 IS NULL OR r.number < CAST(?2 AS INTEGER)) ORDER BY r.number DESC
            LIMIT CAST(?3 AS INTEGER)
            """,
            [.text(source), SQLValue(number), SQLValue(limit ?? -1)]
        ).map { row in
            LawRevision(
                source: source,
                number: try row.integer("number"),
                label: try row.string("label"),
                job: try row.string("job_id"),
                status: try row.string("status"),
                isLive: try row.integer("is_live") == 1,
                counts: try row.optionalString("counts_json").map { try JSONValue(parsing: $0.utf8) },
                createdAt: try row.string("created_at"),
                promotedAt: try row.optionalString("promoted_at"),
                revertedAt: try row.optionalString("reverted_at"),
                revertedTo: try row.optionalInteger("reverted_to"),
                revertedReason: try row.optionalString("reverted_reason")
            )
        }
    }

    /// One state of one source's corpus.
    public struct View: Sendable, Equatable {
        public let source: String
        public let revision: Int64
        public let label: String
    }

    /// The state at a label, or the live one.
    ///
    /// - Throws: ``LawReadingError``.
    public func view(of source: String, at label: String?) async throws -> View {
        guard isVisible(source) else { throw LawReadingError.unknownSource(source) }
        let promoted = try await database.rows(
            """
            SELECT r.number, r.label, s.live FROM revisions r JOIN sources s ON s.id = r.source_id
            WHERE r.source_id = ?1 AND r.status = 'promoted' AND r.number <= s.live ORDER BY r.number DESC
            """,
            [.text(source)]
        )
        guard let newest = promoted.first else { throw LawReadingError.unknownSource(source) }
        let chosen: Row?
        if let label {
            chosen = try promoted.first { try $0.string("label") == label }
        } else {
            chosen = newest
        }
        guard let chosen, let label = try label ?? chosen.string("label") as String? else {
            var known: [String] = []
            for row in promoted where try known.last != row.string("label") { known.append(try row.string("label")) }
            throw LawReadingError.unknownLabel(label ?? "", known: known)
        }
        return View(source: source, revision: try chosen.integer("number"), label: label)
    }

    /// Makes sure that a state is still one that readers see, so that all that was read of it was whole.
    ///
    /// - Throws: ``LawReadingError/takenBack(label:)``.
    func checkReadable(_ view: View) async throws {
        let rows = try await database.rows(
            """
            SELECT 1 AS one FROM revisions r JOIN sources s ON s.id = r.source_id
            WHERE r.source_id = ?1 AND r.number = CAST(?2 AS INTEGER) AND r.status = 'promoted' AND r.number <= s.live
            """,
            [.text(view.source), .integer(view.revision)]
        )
        if rows.isEmpty { throw LawReadingError.takenBack(label: view.label) }
    }

    // MARK: - Nodes

    /// A node by its key, whichever source it belongs to.
    ///
    /// - Throws: ``LawReadingError``.
    public func entry(_ key: String, at label: String?) async throws -> (entry: LawEntry, view: View) {
        var reason = LawReadingError.unknownKey(key, label: label)
        for source in try await sources(with: key) {
            let view: View
            do {
                view = try await self.view(of: source, at: label)
            } catch let error as LawReadingError {
                // Another source may have both the key and the label.
                reason = error
                continue
            }
            let rows = try await database.rows(
                """
                SELECT \(LawEntry.columns) FROM nodes
                WHERE source_id = ?1 AND key = ?3 AND \(LawSchema.isVisible(in: 2))
                """,
                [.text(source), .integer(view.revision), .text(key)]
            )
            if let row = rows.first { return (try LawEntry(row), view) }
        }
        // No node has the key itself; one may stand for it, as `s202...204` does for `s203`.
        for source in try await database.rows("SELECT id FROM sources").map({ try $0.string("id") }) {
            let view: View
            do { view = try await self.view(of: source, at: label) } catch is LawReadingError { continue }
            let resolver = ReferenceResolver(database: database, view: view)
            guard let standing = try await resolver.resolve([key])[key], standing != key else { continue }
            if let entry = try await entry(standing, in: view) { return (entry, view) }
        }
        throw reason
    }

    /// The nodes directly below a node, in document order; the tops of all units for no key.
    public func children(of key: String?, in view: View) async throws -> [LawEntry] {
        let parent = key == nil ? "parent_key IS NULL AND ?3 IS NULL" : "parent_key = ?3"
        let entries = try await database.rows(
            """
            SELECT \(LawEntry.columns) FROM nodes
            WHERE source_id = ?1 AND \(parent) AND \(LawSchema.isVisible(in: 2)) ORDER BY sort
            """,
            [.text(view.source), .integer(view.revision), SQLValue(key)]
        ).map(LawEntry.init)
        return key == nil ? entries.sorted { naturallyOrdered($0.unit, $1.unit) } : entries
    }

    /// A node and those below it down to a depth, each before the ones below it.
    ///
    /// - Parameter limit: the most nodes that are answered.
    public func tree(_ key: String, in view: View, depth: Int, limit: Int) async throws -> [LawEntry] {
        let columns = LawEntry.columns
        let qualified = columns.split(separator: ",").map { "n.\($0.trimmingPrefix { $0.isWhitespace })" }
            .joined(separator: ", ")
        // Depth first, siblings by rank: SQLite takes the rows of the queue in this order.
        return try await database.rows(
            """
            WITH RECURSIVE below (\(columns), depth) AS (
                SELECT \(columns), 0 AS depth FROM nodes
                WHERE source_id = ?1 AND key = ?3 AND \(LawSchema.isVisible(in: 2))
                UNION ALL
                SELECT \(qualified), below.depth + 1 FROM below JOIN nodes n
                    ON n.source_id = ?1 AND n.parent_key = below.key AND \(LawSchema.isVisible(in: 2, table: "n"))
                WHERE below.depth < CAST(?4 AS INTEGER)
                ORDER BY depth DESC, sort, key
            ) SELECT * FROM below LIMIT CAST(?5 AS INTEGER)
            """,
            [.text(view.source), .integer(view.revision), .text(key), SQLValue(depth), SQLValue(limit)]
        ).map(LawEntry.init)
    }

    /// A node's content as it is stored: one JSON object.
    ///
    /// - Throws: ``LawReadingError/corruptedRecord(key:pack:)`` when it does not have its hash.
    public func record(of entry: LawEntry) async throws -> [UInt8] {
        let reader = RecordReader(objects: objects)
        return try await reader.record(of: entry)
    }
}

/// Orders units as people do: numbers by value, then letters, so that `5 < 5-ch2 < 5-ch10 < 5a < 10`.
func naturallyOrdered(_ left: String, _ right: String) -> Bool { LawKeyRange.isOrdered(left, before: right) }
