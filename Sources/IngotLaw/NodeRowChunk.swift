import IngotCore

/// Rows of `nodes` as one JSON parameter: an array of `[[key, parent, level, num, heading, status, citation, hash],
/// sort, pack, offset, length]`.
///
/// The inner array is known when a node has been read, the rest when its unit has.
struct NodeRowChunk {
    /// A chunk is sent before it would grow beyond this; D1 takes 2,000,000 bytes a value.
    static let maximumBytes = 1_800_000

    /// The columns of a row, in the order key, parent, level, num, heading, status, citation, hash, sort, pack,
    /// offset, length.
    static let fields =
        ((0..<8).map { "json_extract(value, '$[0][\($0)]')" } + (1..<5).map { "json_extract(value, '$[\($0)]')" })
        .joined(separator: ", ")

    private var writer = JSONWriter()

    /// What of a node's row does not depend on the rest of its unit.
    static func beginning(of node: LawNode, hash: ContentHash) -> [UInt8] {
        var row = JSONWriter()
        row.raw("[")
        for text in [node.key, node.parent, node.level, node.num, node.heading, node.status, node.citation] {
            if let text { row.string(text) } else { row.raw("null") }
            row.raw(",")
        }
        row.string(hash.hexadecimal)
        row.raw("]")
        return row.bytes
    }

    /// Adds a row.
    ///
    /// - Returns: the chunk as it was before, when the row has no room in it and begins a new one.
    /// - Throws: `RowTooLarge` for a row that no chunk has room for.
    mutating func append(
        _ beginning: [UInt8],
        sort: Int64,
        pack: String,
        offset: Int64,
        length: Int64,
        index: Int
    ) throws -> String? {
        // The numbers and the pack's name take less than this.
        let bytes = beginning.count + pack.utf8.count + 100
        guard bytes + 2 <= Self.maximumBytes else {
            throw RowTooLarge(index: index, bytes: bytes, maximumBytes: Self.maximumBytes)
        }
        let full = writer.bytes.count + bytes > Self.maximumBytes ? take() : nil
        writer.raw(writer.bytes.isEmpty ? "[[" : ",[")
        writer.raw(beginning)
        writer.raw(",")
        writer.integer(sort)
        writer.raw(",")
        writer.string(pack)
        writer.raw(",")
        writer.integer(offset)
        writer.raw(",")
        writer.integer(length)
        writer.raw("]")
        return full
    }

    /// The rows so far, and none from then on; `nil` when there are none.
    mutating func take() -> String? {
        guard !writer.bytes.isEmpty else { return nil }
        writer.raw("]")
        defer { writer = JSONWriter() }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
