import IngotCore

/// The time of a signature, in the basic form of ISO 8601: `20260301T093000Z`.
package struct SigningTime: Sendable, Equatable {
    package let basic: String
    package let timestamp: Timestamp

    package init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
        // 2026-03-01T09:30:00.125Z
        let digits = timestamp.description.utf8.prefix(19).filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
        basic = String(decoding: digits, as: UTF8.self) + "Z"
    }

    /// Reads the basic form; `nil` for anything else.
    package init?(basic: String) {
        let bytes = Array(basic.utf8)
        guard bytes.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let extended =
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15)).000Z"
        guard bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"), let timestamp = Timestamp(extended)
        else { return nil }
        self.basic = basic
        self.timestamp = timestamp
    }

    /// The date part, which scopes and keys carry.
    package var date: String { String(basic.prefix(8)) }
}
