import IngotCore

/// Rows of nodes that are written with one call: JSON arrays, each bound as one parameter.
struct NodeRows {
    /// A call is made before its arrays would grow beyond this together; D1 takes 2,000,000 bytes a value.
    static let maximumBytes = 1_800_000

    /// Arrays that are ready to be bound.
    struct Call: Equatable {
        /// `[[key, parent, level, num, heading, status, citation, hash, fingerprints], sort, pack, offset, length]`.
        var nodes: String
        /// `[key, [target, ...]]`, or `nil` for none.
        var references: String?
        /// `[key, [[first, last], ...]]`, or `nil` for none.
        var ranges: String?
        /// `[key, text]`.
        var words: String?
    }

    /// The columns of a row of ``Call/nodes``: key, parent, level, num, heading, status, citation, hash, fingerprints,
    /// sort, pack, offset, length.
    static let fields =
        ((0..<9).map { "json_extract(value, '$[0][\($0)]')" } + (1..<5).map { "json_extract(value, '$[\($0)]')" })
        .joined(separator: ", ")

    private var nodes = JSONWriter()
    private var references = JSONWriter()
    private var ranges = JSONWriter()
    private var words = JSONWriter()

    /// Adds a row.
    ///
    /// - Parameter key: the row's key as JSON has it, which stands in ``NodeRow/fields`` as well.
    /// - Returns: the rows before it, when it has no room beside them.
    /// - Throws: `RowTooLarge` for a row that no call has room for.
    mutating func append(
        _ row: NodeRow,
        key: String,
        sort: Int64,
        pack: String,
        offset: Int64,
        length: Int64,
        index: Int
    ) throws -> Call? {
        // The numbers and the pack's name take less than this, and the key comes up to three times more.
        let node = row.fields.count + pack.utf8.count + 100
        let keys = 3 * (2 * key.utf8.count + 6)
        let rest = row.references.count + row.ranges.count + row.words.count + keys
        for part in [node, row.references.count + keys, row.ranges.count + keys, row.words.count + keys]
        where part + 2 > DatabaseLimits.bytesPerValue - 100_000 {
            throw RowTooLarge(index: index, bytes: part, maximumBytes: DatabaseLimits.bytesPerValue - 100_000)
        }
        let pending = nodes.bytes.count + references.bytes.count + ranges.bytes.count + words.bytes.count
        let full = pending > 0 && pending + node + rest > Self.maximumBytes ? take() : nil
        nodes.raw(nodes.bytes.isEmpty ? "[[" : ",[")
        nodes.raw(row.fields)
        nodes.raw(",")
        nodes.integer(sort)
        nodes.raw(",")
        nodes.string(pack)
        nodes.raw(",")
        nodes.integer(offset)
        nodes.raw(",")
        nodes.integer(length)
        nodes.raw("]")
        Self.append(row.references, of: key, to: &references)
        Self.append(row.ranges, of: key, to: &ranges)
        Self.append(row.words, of: key, to: &words)
        return full
    }

    private static func append(_ json: [UInt8], of key: String, to list: inout JSONWriter) {
        guard !json.isEmpty else { return }
        list.raw(list.bytes.isEmpty ? "[[" : ",[")
        list.string(key)
        list.raw(",")
        list.raw(json)
        list.raw("]")
    }

    /// The rows so far, and none from then on; `nil` when there are none.
    mutating func take() -> Call? {
        guard let nodes = Self.take(&nodes) else { return nil }
        return Call(
            nodes: nodes,
            references: Self.take(&references),
            ranges: Self.take(&ranges),
            words: Self.take(&words)
        )
    }

    private static func take(_ list: inout JSONWriter) -> String? {
        guard !list.bytes.isEmpty else { return nil }
        list.raw("]")
        defer { list = JSONWriter() }
        return String(decoding: list.bytes, as: UTF8.self)
    }
}
