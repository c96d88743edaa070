import IngotCore

/// What the database keeps of one node, as JSON, without what is known only when its whole unit has been read.
struct NodeRow: Equatable {
    /// `[key, parent, level, num, heading, status, citation, hash, fingerprints]`.
    var fields: [UInt8]
    /// Array of the keys that the node refers to, each once; empty for none.
    var references: [UInt8]
    /// Array of `[first, last]` for what the node stands for; empty for nothing.
    var ranges: [UInt8]
    /// A string: the text in which people search.
    var words: [UInt8]

    /// Bytes of a node's text that can be searched; D1 takes 2,000,000 bytes a value, and JSON may double them.
    static let searchableBytes = 900_000

    init(_ node: LawNode, hash: ContentHash, fingerprints: NodeFingerprints) {
        var fields = JSONWriter()
        fields.raw("[")
        for text in [node.key, node.parent, node.level, node.num, node.heading, node.status, node.citation] {
            if let text { fields.string(text) } else { fields.raw("null") }
            fields.raw(",")
        }
        fields.string(hash.hexadecimal)
        fields.raw(",")
        fields.string(fingerprints.text)
        fields.raw("]")
        self.fields = fields.bytes

        var seen: Set<String> = []
        references = Self.list(node.refs.compactMap(\.target).filter { seen.insert($0).inserted }) { $0.string($1) }
        ranges = Self.list(node.covers) { writer, range in
            writer.raw("[")
            writer.string(range.first)
            writer.raw(",")
            writer.string(range.last)
            writer.raw("]")
        }
        var words = JSONWriter()
        words.string(Self.searchable(node.text))
        self.words = words.bytes
    }

    private static func list<Element>(
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        guard !elements.isEmpty else { return [] }
        var writer = JSONWriter()
        for (index, element) in elements.enumerated() {
            writer.raw(index == 0 ? "[" : ",")
            write(&writer, element)
        }
        writer.raw("]")
        return writer.bytes
    }

    /// The text, or as much of its beginning as can be searched.
    static func searchable(_ text: String) -> String {
        guard text.utf8.count > searchableBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: searchableBytes)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            text.utf8.formIndex(before: &end)
        }
        return String(text[..<end])
    }

    // MARK: - In a file

    /// The row as it waits in a ``RowSpool``: three lengths, then the four parts.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(12 + fields.count + references.count + ranges.count + words.count)
        for part in [fields, references, ranges] {
            withUnsafeBytes(of: UInt32(part.count).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += fields
        bytes += references
        bytes += ranges
        bytes += words
        return bytes
    }

    init(encoded bytes: [UInt8]) {
        func length(_ part: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[part * 4 + $1]) << (8 * $1) } }
        var rest = bytes[12...]
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        fields = take(length(0))
        references = take(length(1))
        ranges = take(length(2))
        words = Array(rest)
    }
}
