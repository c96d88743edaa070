import IngotCore

/// One line of a verification: something wrong, or the summary at its end.
public struct VerificationLine: Sendable, Codable, Equatable {
    /// What is wrong with which node or capture; `nil` in the summary.
    public var problem: String?
    public var key: String?
    /// Rows whose content was read and hashed (summary).
    public var nodes: Int?
    /// Captures whose bytes were read and hashed (summary).
    public var captures: Int?
    public var problems: Int?
}

extension CorpusReader {
    /// Reads every row's record and every capture again, hashes them, and counts the nodes of the live state.
    ///
    /// Records of all versions are read, not only the live ones. The last line is the summary. A store that cannot be
    /// read at all, or not with these settings, says nothing of the corpus, so it ends the verification.
    public func verify(_ source: String) -> AsyncThrowingStream<VerificationLine, any Error> {
        let walk = VerificationWalk(reader: self, source: source)
        return AsyncThrowingStream { try await walk.next() }
    }
}

/// Where a verification is.
private actor VerificationWalk {
    let reader: CorpusReader
    let source: String

    private let records: RecordReader
    private var entries: ArraySlice<LawEntry> = []
    private var packs: ArraySlice<String>?
    private var cursor: (offset: Int64, key: String) = (-1, "")
    private var captures: ArraySlice<(key: String, sha256: String)>?
    private var units: ArraySlice<(unit: String, problem: String)>?
    private var nodeCount = 0
    private var captureCount = 0
    private var problemCount = 0
    private var isSummaryGiven = false

    private static let pageRows = 500

    init(reader: CorpusReader, source: String) {
        self.reader = reader
        self.source = source
        records = RecordReader(objects: reader.objects, windowBytes: 1 << 20)
    }

    func next() async throws -> VerificationLine? {
        while let entry = try await nextEntry() {
            nodeCount += 1
            do {
                _ = try await records.record(of: entry)
            } catch let error as LawReadingError {
                if try await isThere(entry) { return problem(error.description, entry.key) }
                nodeCount -= 1
            } catch let error as ObjectStoreError where error.isDamage {
                if try await isThere(entry) { return problem(error.description, entry.key) }
                nodeCount -= 1
            }
        }
        while let capture = try await nextCapture() {
            captureCount += 1
            do {
                // What was damaged on its way here comes whole the second time.
                var isWhole = try await isWhole(capture)
                if !isWhole { isWhole = try await self.isWhole(capture) }
                guard isWhole else {
                    return problem("the capture's bytes are not the ones that were fetched", capture.key)
                }
            } catch let error as ObjectStoreError where error.isDamage {
                return problem(error.description, capture.key)
            }
        }
        if let (unit, text) = try await nextIncompleteUnit() { return problem(text, unit) }
        if isSummaryGiven { return nil }
        isSummaryGiven = true
        return VerificationLine(nodes: nodeCount, captures: captureCount, problems: problemCount)
    }

    private func isWhole(_ capture: (key: String, sha256: String)) async throws -> Bool {
        var hash = RunningHash()
        do {
            for try await piece in try await reader.objects.stream(capture.key) { hash.update(piece) }
        } catch let error as ObjectStoreError where error.kind == .corrupted {
            return false
        }
        // The stream of a cancelled task just ends.
        try Task.checkCancellation()
        return hash.hexadecimal == capture.sha256
    }

    private func problem(_ text: String, _ key: String) -> VerificationLine {
        problemCount += 1
        return VerificationLine(problem: text, key: key)
    }

    /// Whether there still is a row for this record: a sweep may have removed both since the row was listed.
    private func isThere(_ entry: LawEntry) async throws -> Bool {
        try await !reader.database.rows(
            """
            SELECT 1 AS one FROM nodes WHERE source_id = ?1 AND key = ?2 AND pack = ?3
                AND pack_offset = CAST(?4 AS INTEGER) LIMIT 1
            """,
            [.text(entry.source), .text(entry.key), .text(entry.pack), .integer(entry.offset)]
        ).isEmpty
    }

    /// Rows pack by pack in the order of their places, so that each pack is read once from start to end.
    private func nextEntry() async throws -> LawEntry? {
        if packs == nil {
            packs = try await reader.database.rows(
                "SELECT DISTINCT pack FROM nodes WHERE source_id = ?1 ORDER BY pack",
                [.text(source)]
            ).map { try $0.string("pack") }[...]
        }
        while entries.isEmpty, let pack = packs?.first {
            let page = try await reader.database.rows(
                """
                SELECT \(LawEntry.columns) FROM nodes WHERE source_id = ?1 AND pack = ?2 AND (
                    pack_offset > CAST(?3 AS INTEGER) OR (pack_offset = CAST(?3 AS INTEGER) AND key > ?4))
                ORDER BY pack_offset, key LIMIT \(Self.pageRows)
                """,
                [.text(source), .text(pack), .integer(cursor.offset), .text(cursor.key)]
            ).map(LawEntry.init)
            entries = page[...]
            if page.count == Self.pageRows, let last = page.last {
                cursor = (last.offset, last.key)
            } else {
                packs?.removeFirst()
                cursor = (-1, "")
            }
        }
        return entries.popFirst()
    }

    /// A unit of the live state that shows another number of nodes than were read from its document, or a node
    /// without the one above it.
    private func nextIncompleteUnit() async throws -> (unit: String, problem: String)? {
        if units == nil {
            let view: CorpusReader.View
            do {
                view = try await reader.view(of: source, at: nil)
            } catch LawReadingError.unknownSource {
                // Nothing has become live yet.
                return nil
            }
            let place: [SQLValue] = [.text(view.source), .integer(view.revision)]
            let counts = try await reader.database.rows(
                """
                SELECT u.unit, u.nodes, COALESCE(shown.nodes, 0) AS shown FROM revision_units u LEFT JOIN (
                    SELECT unit, COUNT(*) AS nodes FROM nodes
                    WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) GROUP BY unit) shown ON shown.unit = u.unit
                WHERE u.source_id = ?1 AND u.revision = (
                    SELECT MAX(revision) FROM revision_units
                    WHERE source_id = ?1 AND unit = u.unit AND revision <= ?2) AND u.nodes <> COALESCE(shown.nodes, 0)
                """,
                place
            )
            var found = try counts.map { row in
                (
                    unit: "unit \(try row.string("unit"))",
                    problem: "\(try row.integer("shown")) nodes are shown, \(try row.integer("nodes")) were read"
                )
            }
            for row in try await reader.database.rows(LawSchema.orphans, place) {
                found.append((unit: try row.string("key"), problem: "the node above it is not there"))
            }
            units = found[...]
        }
        return units?.popFirst()
    }

    private func nextCapture() async throws -> (key: String, sha256: String)? {
        if captures == nil {
            captures = try await reader.database.rows(
                """
                SELECT DISTINCT object_key, sha256 FROM captures WHERE object_key >= ?1 AND object_key < ?2
                ORDER BY object_key
                """,
                // The character after the slash.
                [.text("captures/\(source)/"), .text("captures/\(source)0")]
            ).map { (key: try $0.string("object_key"), sha256: try $0.string("sha256")) }[...]
        }
        return captures?.popFirst()
    }
}

extension ObjectStoreError {
    /// The store was read, and what should be in it is missing or wrong.
    fileprivate var isDamage: Bool {
        switch kind {
        // A bucket or an address that is not there is a mistake in the settings.
        case .notFound: code != "NoSuchBucket" && code != "RouteNotFound"
        case .corrupted, .invalidRange, .tooLarge: true
        case .access, .invalidRequest, .overloaded, .unavailable, .full: false
        }
    }
}
