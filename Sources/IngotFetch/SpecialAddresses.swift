import IngotCore

/// The addresses that are not of the public Internet, after IANA's registries of special-purpose addresses:
/// https://www.iana.org/assignments/iana-ipv4-special-registry and
/// https://www.iana.org/assignments/iana-ipv6-special-registry.
extension IPAddress {
    /// What kind of address it is, in words that follow “which is”; `nil` for a public one.
    ///
    /// An IPv6 address that carries an IPv4 address is of the kind of the latter, because that is where packets go.
    var specialPurpose: String? {
        if bytes.count == 4 { return Self.kind(of: bytes, in: Self.version4) }
        for carrier in Self.carriers where carrier.holds(bytes) {
            return Self.kind(of: Array(bytes[carrier.offset..<carrier.offset + 4]), in: Self.version4)
        }
        if let kind = Self.kind(of: bytes, in: Self.version6) { return kind }
        // All that is public is below one prefix; what may be given out one day is not asked for today.
        return bytes[0] & 0xE0 == 0x20 ? nil : "reserved"
    }

    private struct Range {
        var prefix: [UInt8]
        /// Bits.
        var length: Int
        var kind: String

        func holds(_ bytes: [UInt8]) -> Bool { startsWith(bytes, prefix, bits: length) }
    }

    /// Addresses that hold an IPv4 address from a byte on.
    private struct Carrier {
        var prefix: [UInt8]
        var length: Int
        var offset: Int

        func holds(_ bytes: [UInt8]) -> Bool { startsWith(bytes, prefix, bits: length) }
    }

    private static func kind(of bytes: [UInt8], in ranges: [Range]) -> String? {
        ranges.first { $0.holds(bytes) }?.kind
    }

    private static let version4: [Range] = [
        Range(prefix: [0], length: 8, kind: "unspecified"),
        Range(prefix: [10], length: 8, kind: "private"),
        Range(prefix: [100, 64], length: 10, kind: "a carrier's own (CGNAT)"),
        Range(prefix: [127], length: 8, kind: "loopback"),
        Range(prefix: [169, 254], length: 16, kind: "link-local"),
        Range(prefix: [172, 16], length: 12, kind: "private"),
        Range(prefix: [192, 0, 0], length: 24, kind: "reserved for protocols"),
        Range(prefix: [192, 0, 2], length: 24, kind: "for documentation"),
        Range(prefix: [192, 88, 99], length: 24, kind: "a deprecated relay"),
        Range(prefix: [192, 168], length: 16, kind: "private"),
        Range(prefix: [198, 18], length: 15, kind: "for benchmarks"),
        Range(prefix: [198, 51, 100], length: 24, kind: "for documentation"),
        Range(prefix: [203, 0, 113], length: 24, kind: "for documentation"),
        Range(prefix: [224], length: 4, kind: "multicast"),
        Range(prefix: [240], length: 4, kind: "reserved"),
    ]

    private static let version6: [Range] = [
        Range(prefix: Array(repeating: 0, count: 16), length: 128, kind: "unspecified"),
        Range(prefix: Array(repeating: 0, count: 15) + [1], length: 128, kind: "loopback"),
        Range(prefix: [0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01], length: 48, kind: "a network's own translation (NAT64)"),
        Range(prefix: [0x01, 0x00], length: 16, kind: "for discarding"),
        // Among them Teredo, which hides an IPv4 address.
        Range(prefix: [0x20, 0x01, 0x00], length: 23, kind: "reserved for protocols"),
        Range(prefix: [0x20, 0x01, 0x0D, 0xB8], length: 32, kind: "for documentation"),
        Range(prefix: [0x3F, 0xFF, 0x00], length: 20, kind: "for documentation"),
        Range(prefix: [0xFC], length: 7, kind: "private"),
        Range(prefix: [0xFE, 0x80], length: 10, kind: "link-local"),
        Range(prefix: [0xFE, 0xC0], length: 10, kind: "private"),
        Range(prefix: [0xFF], length: 8, kind: "multicast"),
    ]

    private static let carriers: [Carrier] = [
        // IPv4-mapped.
        Carrier(prefix: Array(repeating: 0, count: 10) + [0xFF, 0xFF], length: 96, offset: 12),
        // Translated by the network (NAT64).
        Carrier(prefix: [0x00, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8), length: 96, offset: 12),
        // 6to4.
        Carrier(prefix: [0x20, 0x02], length: 16, offset: 2),
    ]
}

private func startsWith(_ bytes: [UInt8], _ prefix: [UInt8], bits: Int) -> Bool {
    let whole = bits / 8
    guard bytes[..<whole].elementsEqual(prefix[..<whole]) else { return false }
    let rest = bits % 8
    guard rest > 0 else { return true }
    let mask = ~(UInt8.max >> rest)
    return bytes[whole] & mask == prefix[whole] & mask
}
