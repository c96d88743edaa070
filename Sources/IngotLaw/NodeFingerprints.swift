import Crypto

/// Short hashes of a node's parts: they tell which part changed between two rows without reading either's record.
struct NodeFingerprints: Equatable, Sendable {
    /// A part of a node that has a fingerprint of its own, in the order of the column `nodes.fingerprints`.
    enum Part: Int, CaseIterable, Sendable {
        /// Level, number, heading, status and citation, which the row holds as well.
        case caption
        case text
        /// How the text is laid out: pieces, tables, links.
        case layout
        case credit
        case notes
        case footnotes
        case references
    }

    /// Hexadecimal digits of one fingerprint in the column.
    static let digits = 12

    /// The column's value: ``digits`` lower-case hexadecimal digits a part.
    let text: String

    init(text: String) {
        self.text = text
    }

    /// - Parameter record: the node's record, just encoded by `encoder`.
    init(of node: LawNode, record: [UInt8], parts: LawNodeEncoder.Parts) {
        var caption: [UInt8] = []
        for field in [node.level, node.num, node.heading, node.status ?? "", node.citation ?? ""] {
            caption += field.utf8
            caption.append(0)
        }
        var text = Self.hexadecimal(SHA256.hash(data: caption))
        text += Self.hash(node.publishedText.map { $0[...] } ?? record[parts.text])
        for range in [parts.blocks, parts.credit, parts.notes, parts.footnotes, parts.refs] {
            text += Self.hash(record[range])
        }
        self.text = text
    }

    /// One number for all parts, for comparing in memory.
    var combined: UInt64 {
        SHA256.hash(data: Array(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The SQL expression for one part's fingerprint in a row of `nodes`.
    static func sql(_ part: Part, of table: String) -> String {
        "substr(\(table).fingerprints, \(part.rawValue * digits + 1), \(digits))"
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.withUnsafeBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return hexadecimal(hash.finalize())
        }
    }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        hexadecimal(digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The number's highest digits.
    private static func hexadecimal(_ number: UInt64) -> String {
        let text = String(number >> UInt64(64 - 4 * digits), radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
