/// Eight bytes of text looked at as one number, in the order in which they stand.
///
/// The bit tricks are exact: see “Bit Twiddling Hacks” (https://graphics.stanford.edu/~seander/bithacks.html) for
/// finding bytes in a word.
struct ByteLanes {
    static let width = 8
    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let low: UInt64 = 0x0101_0101_0101_0101
    private static let spaces: UInt64 = 0x2020_2020_2020_2020

    /// The first byte is the lowest one.
    let bytes: UInt64

    /// - Parameter offset: must leave room for eight bytes.
    init(_ text: UnsafeRawBufferPointer, at offset: Int) {
        bytes = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func store(in room: UnsafeMutableRawBufferPointer, at offset: Int) {
        room.storeBytes(of: bytes.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// Whether any byte is below the space.
    var hasControl: Bool { (bytes &- Self.spaces) & ~bytes & Self.high != 0 }

    /// The highest bit of each byte that is a space.
    var spaces: UInt64 {
        let difference = bytes ^ Self.spaces
        return ~(((difference & ~Self.high) &+ ~Self.high) | difference) & Self.high
    }

    /// The lowest bit of each byte that starts a character.
    var starts: UInt64 { (~(bytes & ~(bytes << 1)) & Self.high) >> 7 }

    /// The lowest bit of each byte that starts a character other than white space and controls.
    var inked: UInt64 {
        // 0x5F lifts what is above the space over 0x7F.
        let above = ((bytes & ~Self.high) &+ 0x5F5F_5F5F_5F5F_5F5F) & ~bytes
        let leading = bytes & (bytes << 1)
        return ((above | leading) & Self.high) >> 7
    }

    /// The sum of the eight bytes of a number, each at most 31.
    static func sum(_ lanes: UInt64) -> Int { Int((lanes &* low) >> 56) }
}
