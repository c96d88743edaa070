import IngotMarkup

/// Makes of nodes what is stored of them: records, hashes, rows.
///
/// It needs nothing but the nodes, so several batches are encoded at once.
struct NodeEncoding: Sendable {
    /// Content that the live revision has is in a pack already.
    let live: [String: UnitDifference.LiveRow]

    /// Nodes that are encoded together, in the order in which they were read.
    struct Batch: Sendable {
        private(set) var nodes: [LawNode] = []
        private var bytes = 0

        /// So much that handing it to another thread is no cost beside the work, and little enough to hold several.
        var isFull: Bool { nodes.count >= 64 || bytes >= 128 << 10 }

        mutating func append(_ node: LawNode) {
            bytes += node.notes.reduce(node.text.utf8.count) { $0 + $1.text.utf8.count }
            nodes.append(node)
        }
    }

    /// What is kept of a node, and what is written of it before the next.
    struct Encoded: Sendable {
        var key: String
        /// See ``LawNode/repeats``.
        var repeats: String?
        var index: Int32
        /// Of the unit's files.
        var file: Int8
        /// See ``LawNode/order``; -1 for none.
        var order: Int32
        var hash: ContentHash
        /// See ``NodeFingerprints/combined``.
        var fingerprint: UInt64
        /// For a ``RowSpool``.
        var row: [UInt8]
        /// For a ``PackWriter``; `nil` when the live revision has the same content already.
        var member: [UInt8]?
    }

    func encode(_ batch: Batch) throws -> [Encoded] {
        var encoder = LawNodeEncoder()
        let compressor = PackWriter.compressor()
        return try batch.nodes.map { node in
            let record = encoder.encode(node)
            let hash = ContentHash(of: record)
            let fingerprints = NodeFingerprints(of: node, record: record, parts: encoder.parts)
            let isKnown = live[node.key]?.hash == hash
            return Encoded(
                key: node.key,
                repeats: node.repeats,
                index: Int32(node.index),
                file: Int8(clamping: node.file),
                order: node.order.map { Int32(clamping: $0) } ?? -1,
                hash: hash,
                fingerprint: fingerprints.combined,
                row: NodeRow(node, hash: hash, fingerprints: fingerprints).encoded,
                member: isKnown ? nil : try PackWriter.member(of: record, by: compressor)
            )
        }
    }
}
