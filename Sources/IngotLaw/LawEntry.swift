import IngotCore

/// A node as a list or a tree shows it: its row, without its content.
public struct LawEntry: Sendable, Equatable {
    public var source: String
    public var key: String
    public var parent: String?
    public var unit: String
    public var level: String
    public var num: String
    public var heading: String
    public var status: String?
    public var citation: String?
    /// SHA-256 of the record, lower-case hexadecimal.
    public var contentHash: String
    public var sourceURL: String
    /// How far below the node that was asked for; 0 for that node itself.
    public var depth: Int
    var pack: String
    var offset: Int64
    var length: Int64
    /// Rank in document order within the unit; not a number that readers can use.
    var sort: Int64

    static let columns = """
        source_id, key, parent_key, unit, level, num, heading, status, citation, content_hash, source_url,
        pack, pack_offset, pack_length, sort
        """

    init(_ row: Row) throws {
        source = try row.string("source_id")
        key = try row.string("key")
        parent = try row.optionalString("parent_key")
        unit = try row.string("unit")
        level = try row.string("level")
        num = try row.string("num")
        heading = try row.string("heading")
        status = try row.optionalString("status")
        citation = try row.optionalString("citation")
        contentHash = try row.string("content_hash")
        sourceURL = try row.string("source_url")
        depth = row.columns.contains("depth") ? Int(try row.integer("depth")) : 0
        pack = try row.string("pack")
        offset = try row.integer("pack_offset")
        length = try row.integer("pack_length")
        sort = try row.integer("sort")
    }
}

extension LawEntry: Encodable {
    enum CodingKeys: String, CodingKey {
        case source, key, parent, unit, level, num, heading, status, citation, depth
        case contentHash = "content_hash"
        case sourceURL = "source_url"
    }
}

/// Why the corpus cannot answer.
public enum LawReadingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No such source has been ingested.
    case unknownSource(String)
    /// The label has not been ingested; the ones that have, newest first.
    case unknownLabel(String, known: [String])
    /// No node of this key in that state.
    case unknownKey(String, label: String?)
    /// The label was reverted while it was read.
    case takenBack(label: String)
    /// A node stands for more keys than one question can ask for.
    case tooManyNames(key: String, count: Int)
    /// A stored record does not have the hash that its row says.
    case corruptedRecord(key: String, pack: String)

    public var description: String {
        switch self {
        case .unknownSource(let source): "nothing of the source '\(source)' has been ingested"
        case .unknownLabel(let label, let known):
            "the label '\(label)' has not been ingested; there is \(known.joined(separator: ", "))"
        case .unknownKey(let key, let label): "there is no \(key)" + (label.map { " at \($0)" } ?? "")
        case .takenBack(let label): "the label '\(label)' was reverted while it was read"
        case .tooManyNames(let key, let count):
            "\(key) stands for \(count) keys that references name, too many to list what cites it"
        case .corruptedRecord(let key, let pack): "the stored record of \(key) in \(pack) is damaged"
        }
    }
}
