import IngotCore

/// The tables that a bulk write of nodes selects from: rows of `nodes` and what hangs on them, by their keys.
enum NodeRows {
    /// Columns of `nodes` that differ from row to row.
    static let nodes = [
        "key", "parent_key", "level", "num", "heading", "status", "citation", "content_hash", "fingerprints", "sort",
        "pack", "pack_offset", "pack_length",
    ]

    static let tables = [nodes, ["key", "targets"], ["key", "ranges"], ["key", "words"]]

    /// A row with what is known only when its whole unit has been read.
    ///
    /// - Parameter key: the row's key, which stands in ``NodeRow/fields`` as well.
    static func row(_ row: NodeRow, key: String, sort: Int64, pack: String, offset: Int64, length: Int64) -> BulkRow {
        var node = JSONWriter()
        // The fields are an array; the rest goes into it.
        node.raw(row.fields.dropLast())
        node.raw(",")
        node.integer(sort)
        node.raw(",")
        node.string(pack)
        node.raw(",")
        node.integer(offset)
        node.raw(",")
        node.integer(length)
        node.raw("]")
        return BulkRow(
            name: key,
            records: [node.bytes] + [row.references, row.ranges, row.words].map { record(key, $0) }
        )
    }

    private static func record(_ key: String, _ json: [UInt8]) -> [UInt8] {
        guard !json.isEmpty else { return [] }
        var record = JSONWriter()
        record.raw("[")
        record.string(key)
        record.raw(",")
        record.raw(json)
        record.raw("]")
        return record.bytes
    }
}
