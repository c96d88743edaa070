/// A path in a `robots.txt`: `*` stands for any characters, `$` at its end for the end of the path (RFC 9309, section
/// 2.2.3).
struct RobotsPattern: Sendable, Equatable {
    /// What stands between the asterisks.
    private let pieces: [[UInt8]]
    private let endsThere: Bool
    /// The number of octets, by which the most specific of several patterns is found.
    let length: Int

    init(_ text: String) {
        var bytes = Array(text.utf8)
        endsThere = bytes.last == UInt8(ascii: "$")
        if endsThere { bytes.removeLast() }
        let normalized = Self.normalized(bytes, escaping: [UInt8(ascii: "$")])
        pieces = normalized.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        length = normalized.count + (endsThere ? 1 : 0)
    }

    /// A path as patterns are held against it; what is special in a pattern is escaped.
    static func normalized(path: String) -> [UInt8] {
        normalized(Array(path.utf8), escaping: [UInt8(ascii: "*"), UInt8(ascii: "$")])
    }

    /// - Parameter path: see ``normalized(path:)``.
    func matches(normalized path: [UInt8]) -> Bool {
        guard path.starts(with: pieces[0]) else { return false }
        var rest = path[pieces[0].count...]
        guard pieces.count > 1 else { return !endsThere || rest.isEmpty }
        // Each piece is taken where it comes first, which leaves the most for those after it.
        for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
            guard let end = Self.end(of: piece, in: rest) else { return false }
            rest = rest[end...]
        }
        let last = pieces[pieces.count - 1]
        guard endsThere else { return last.isEmpty || Self.end(of: last, in: rest) != nil }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    private static func end(of piece: [UInt8], in path: ArraySlice<UInt8>) -> Int? {
        var start = path.startIndex
        while start + piece.count <= path.endIndex {
            if path[start] == piece[0], path[start..<start + piece.count].elementsEqual(piece) {
                return start + piece.count
            }
            start += 1
        }
        return nil
    }

    /// Writes each octet in one way: escapes that need not be are undone, the others are in upper case, and what is not
    /// printable ASCII is escaped (RFC 9309, section 2.2.2).
    private static func normalized(_ bytes: [UInt8], escaping special: Set<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                let value = high << 4 | low
                if isUnreserved(value) { result.append(value) } else { escape(value, into: &result) }
                index += 3
                continue
            }
            if byte <= 0x20 || byte >= 0x7F || special.contains(byte) {
                escape(byte, into: &result)
            } else {
                result.append(byte)
            }
            index += 1
        }
        return result
    }

    private static func escape(_ byte: UInt8, into result: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
