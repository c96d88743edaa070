import IngotCore

/// Where a page of a node's children begins.
///
/// It holds the state that the first page was read from, so that the pages of one list belong together although another
/// revision has become live in between.
public struct LawCursor: Sendable, Equatable {
    var source: String
    var revision: Int64
    var sort: Int64
    var key: String

    init(source: String, revision: Int64, sort: Int64, key: String) {
        self.source = source
        self.revision = revision
        self.sort = sort
        self.key = key
    }

    /// Reads what ``text`` gave; `nil` for anything else.
    public init?(_ text: String) {
        guard let bytes = Self.bytes(ofHexadecimal: text), let plain = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        let parts = plain.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        // Beyond these a number would not come through to the database whole.
        let numbers = -(1 << 53)...(Int64(1) << 53)
        guard parts.count == 4, let revision = Int64(parts[1]), let sort = Int64(parts[2]),
            numbers.contains(revision), numbers.contains(sort)
        else { return nil }
        self.init(source: String(parts[0]), revision: revision, sort: sort, key: String(parts[3]))
    }

    /// Opaque: letters and digits only.
    public var text: String { hexadecimal("\(source) \(revision) \(sort) \(key)".utf8) }

    /// What ``hexadecimal(_:)`` wrote; `nil` for anything else.
    static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: Int?
        for character in text {
            guard character.isASCII, let digit = character.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(UInt8(first << 4 | digit))
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}

extension CorpusReader {
    /// The state that a page of a list was read from; `nil` when it can no longer be read.
    public func view(for cursor: LawCursor) async throws -> View? {
        guard isVisible(cursor.source) else { return nil }
        return try await database.rows(
            """
            SELECT r.label FROM revisions r JOIN sources s ON s.id = r.source_id
            WHERE r.source_id = ?1 AND r.number = CAST(?2 AS INTEGER) AND r.status = 'promoted' AND r.number <= s.live
            """,
            [.text(cursor.source), .integer(cursor.revision)]
        ).first.map { View(source: cursor.source, revision: cursor.revision, label: try $0.string("label")) }
    }

    /// A page of the nodes directly below a node, in document order, and where the next one begins.
    public func children(
        of key: String,
        in view: View,
        after cursor: LawCursor?,
        limit: Int
    ) async throws -> (entries: [LawEntry], next: LawCursor?) {
        var entries = try await database.rows(
            """
            SELECT \(LawEntry.columns), 1 AS depth FROM nodes
            WHERE source_id = ?1 AND parent_key = ?3 AND \(LawSchema.isVisible(in: 2))
                AND (sort, key) > (CAST(?4 AS INTEGER), ?5)
            ORDER BY sort, key LIMIT CAST(?6 AS INTEGER)
            """,
            [
                .text(view.source), .integer(view.revision), .text(key), .integer(cursor?.sort ?? -(1 << 52)),
                .text(cursor?.key ?? ""), SQLValue(limit + 1),
            ]
        ).map(LawEntry.init)
        guard entries.count > limit else { return (entries, nil) }
        entries.removeLast()
        return (
            entries,
            entries.last.map { LawCursor(source: view.source, revision: view.revision, sort: $0.sort, key: $0.key) }
        )
    }
}
