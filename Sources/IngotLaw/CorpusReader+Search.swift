import IngotCore

/// Full-text search in the live revisions, or in an earlier one of a source.
///
/// The index holds the words of every row, of all revisions; a hit counts only when its row is one that readers of the
/// revision see.
extension CorpusReader {
    /// The most hits that pages lead to; the order beyond means nothing to people and costs the database.
    static let searchableHits = 10_000
    /// The most nodes that are found by one number: the titles that have a section of it.
    private static let citedNodes = 200
    /// Characters of the text's beginning that stand for a snippet.
    private static let beginningLength = 240
    /// Around matches in a snippet; characters for private use that no law holds.
    private static let (matchStart, matchEnd): (Unicode.Scalar, Unicode.Scalar) = ("\u{10FFF0}", "\u{10FFF1}")

    /// Nodes that fit, best first: those whose number or citation the query is, then by words.
    ///
    /// - Parameters:
    ///   - cursor: of the page before, of the same search.
    ///   - limit: hits a page.
    /// - Throws: ``LawSearchError``; ``LawReadingError/unknownSource(_:)`` when nothing of the source was ingested.
    public func search(_ search: LawSearch, after cursor: String? = nil, limit: Int) async throws -> LawHits {
        let words = try SearchQuery(search.text)
        let matches = Self.matches(in: try await revision(of: search))
        let stamp = try await stamp(of: search)
        let start = try cursor.map { try Self.offset(of: $0, stamp: stamp) } ?? 0
        let cited = try await cited(by: search, matches)
        var hits: [LawHit] = []
        if start < cited.ids.count {
            hits = try await beginnings(of: cited.ids[start...].prefix(limit + 1))
        }
        if hits.count <= limit {
            // Who asks for a section by its citation is shown next who else cites it.
            let query = cited.phrases.isEmpty ? words : SearchQuery(phrases: cited.phrases)
            hits += try await wordHits(
                query,
                search,
                matches,
                without: cited.ids,
                offset: max(0, start - cited.ids.count),
                limit: limit + 1 - hits.count
            )
        }
        let end = start + limit
        let hasMore = hits.count > limit
        let leadsOn = hasMore && end < Self.searchableHits
        return LawHits(
            hits: Array(hits.prefix(limit)),
            next: leadsOn ? "\(end)-\(stamp)" : nil,
            isTruncated: hasMore && !leadsOn
        )
    }

    // MARK: - Cursors

    /// A mark of the search and of what is live: a page after the first counts on from the same list.
    private func stamp(of search: LawSearch) async throws -> String {
        let live = try await database.rows(
            """
            SELECT id, live FROM sources
            WHERE live > 0 AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1))) ORDER BY id
            """,
            [try sources(of: search)]
        )
        if let source = search.source, live.isEmpty { throw LawReadingError.unknownSource(source) }
        var parts = [
            search.text, search.label ?? "", search.level ?? "", search.place.rawValue, "\(search.isOnlyInForce)",
        ]
        parts.append(search.units.joined(separator: "\u{1}"))
        for row in live { parts.append("\(try row.string("id")) \(try row.integer("live"))") }
        return String(ContentHash(of: Array(parts.joined(separator: "\0").utf8)).hexadecimal.prefix(16))
    }

    private static func offset(of cursor: String, stamp: String) throws -> Int {
        let parts = cursor.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1] == stamp, let offset = Int(parts[0]), (0..<searchableHits).contains(offset)
        else { throw LawSearchError.cursorOutdated }
        return offset
    }

    // MARK: - Queries

    /// The revision that is searched; `nil`: the live one of each source.
    private func revision(of search: LawSearch) async throws -> Int64? {
        guard let source = search.source, let label = search.label else { return nil }
        return try await view(of: source, at: label).revision
    }

    /// Where the words of a revision's rows that pass the filters are; full-text search has to lead, so the joins are
    /// fixed.
    private static func matches(in revision: Int64?) -> String {
        let revision = revision.map(String.init) ?? "s.live"
        return """
            FROM node_words CROSS JOIN nodes n ON n.id = node_words.rowid CROSS JOIN sources s ON s.id = n.source_id
            WHERE node_words MATCH ?1
                AND n.valid_from <= \(revision) AND (n.valid_to IS NULL OR n.valid_to > \(revision))
                AND (?2 IS NULL OR n.source_id IN (SELECT value FROM json_each(?2))) AND (?3 IS NULL OR n.level = ?3)
                AND (?4 IS NULL OR n.unit IN (SELECT value FROM json_each(?4)))
                AND (?5 = 0 OR n.status IS NULL)
            """
    }

    private static let unitOrder = "source_id, CAST(unit AS INTEGER), unit, sort, key"

    /// The sources that are searched, as a JSON array; `NULL`: all.
    private func sources(of search: LawSearch) throws -> SQLValue {
        var sources = visibleSources
        if let source = search.source { sources = isVisible(source) ? [source] : [] }
        return SQLValue(try sources.map { try JSONText.string($0.sorted()) })
    }

    private func parameters(_ expression: String, _ search: LawSearch) throws -> [SQLValue] {
        [
            .text(expression), try sources(of: search), SQLValue(search.level),
            search.units.isEmpty ? .null : .text(try JSONText.string(search.units)),
            .integer(search.isOnlyInForce ? 1 : 0),
        ]
    }

    /// The nodes whose number or citation the query is, and how they are cited.
    private func cited(by search: LawSearch, _ matches: String) async throws -> (ids: [Int64], phrases: [String]) {
        guard search.place == .all, let wanted = CitationQuery(search.text) else { return ([], []) }
        let number = SearchQuery(phrases: [wanted.designation]).expression
        let rows = try await database.rows(
            """
            SELECT n.id, n.num, n.citation, n.source_id, n.unit, n.sort, n.key \(matches)
            ORDER BY \(Self.unitOrder) LIMIT 5000
            """,
            try parameters("num : (\(number))", search)
        )
        var ids: [Int64] = []
        var phrases = [wanted.citation == nil ? wanted.designation : search.text]
        for row in rows where ids.count < Self.citedNodes {
            let citation = try row.optionalString("citation")
            guard wanted.matches(num: try row.string("num"), citation: citation) else { continue }
            ids.append(try row.integer("id"))
            if wanted.citation != nil, let citation, !phrases.contains(citation) { phrases.append(citation) }
        }
        // What turns out to be no citation is looked for as words.
        return (ids, ids.isEmpty ? [] : phrases)
    }

    private func wordHits(
        _ query: SearchQuery,
        _ search: LawSearch,
        _ matches: String,
        without ids: [Int64],
        offset: Int,
        limit: Int
    ) async throws -> [LawHit] {
        let column = search.place == .heading ? "heading : " : search.place == .text ? "text : " : ""
        // The snippets of one page only: to make one, the whole text is read again.
        let rows = try await database.rows(
            """
            WITH page AS MATERIALIZED (
                SELECT n.id AS id, bm25(node_words, 4.0, 8.0, 1.0) AS score \(matches)
                    AND n.id NOT IN (SELECT value FROM json_each(?6))
                ORDER BY score, \(Self.unitOrder) LIMIT CAST(?7 AS INTEGER) OFFSET CAST(?8 AS INTEGER))
            SELECT n.*, page.score, snippet(node_words, 2, ?9, ?10, '…', 32) AS snippet
            FROM page CROSS JOIN node_words ON node_words.rowid = page.id CROSS JOIN nodes n ON n.id = page.id
            WHERE node_words MATCH ?1 ORDER BY page.score, \(Self.unitOrder)
            """,
            try parameters("\(column)(\(query.expression))", search) + [
                .text(try JSONText.string(ids)), SQLValue(limit), SQLValue(offset), .text(String(Self.matchStart)),
                .text(String(Self.matchEnd)),
            ]
        )
        return try rows.map { try Self.hit($0, isCited: false) }
    }

    /// Nodes by their ids, in that order, with the beginnings of their texts.
    private func beginnings(of ids: some Sequence<Int64>) async throws -> [LawHit] {
        let rows = try await database.rows(
            """
            SELECT n.*, substr(node_words.text, 1, \(Self.beginningLength)) AS snippet,
                length(node_words.text) > \(Self.beginningLength) AS is_longer
            FROM json_each(?1) AS wanted CROSS JOIN nodes n ON n.id = wanted.value
            CROSS JOIN node_words ON node_words.rowid = n.id ORDER BY wanted.key
            """,
            [.text(try JSONText.string(Array(ids)))]
        )
        return try rows.map { row in
            var hit = try Self.hit(row, isCited: true)
            if try row.integer("is_longer") == 1 { hit.snippet[0].text += "…" }
            return hit
        }
    }

    private static func hit(_ row: Row, isCited: Bool) throws -> LawHit {
        LawHit(
            source: try row.string("source_id"),
            key: try row.string("key"),
            unit: try row.string("unit"),
            level: try row.string("level"),
            num: try row.string("num"),
            heading: try row.string("heading"),
            status: try row.optionalString("status"),
            citation: try row.optionalString("citation"),
            isCited: isCited,
            score: isCited ? nil : try score(row),
            snippet: pieces(of: try row.string("snippet"))
        )
    }

    /// SQLite's rank is better the smaller it is.
    private static func score(_ row: Row) throws -> Double {
        switch try row.value("score") {
        case .real(let number): -number
        case .integer(let number): -Double(number)
        case let other: throw RowError(column: "score", expected: "a number", found: other.kind)
        }
    }

    /// Splits a snippet at the marks around matches.
    static func pieces(of snippet: String) -> [LawHit.Piece] {
        var pieces: [LawHit.Piece] = []
        var text = String.UnicodeScalarView()
        var isMatch = false
        func add() {
            if !text.isEmpty { pieces.append(LawHit.Piece(text: String(text), match: isMatch)) }
            text = String.UnicodeScalarView()
        }
        for scalar in snippet.unicodeScalars {
            switch scalar {
            case matchStart, matchEnd:
                add()
                isMatch = scalar == matchStart
            default: text.append(scalar)
            }
        }
        add()
        return pieces
    }
}
