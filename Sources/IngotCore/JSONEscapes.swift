/// Finds what a JSON string cannot hold as it is, eight bytes at a time: long texts consist of little else than what can
/// stay.
package enum JSONEscapes {
    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let low: UInt64 = 0x0101_0101_0101_0101

    /// The first byte from `start` on that is a quotation mark, a backslash or below the space; the text's length when
    /// there is none.
    package static func next(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(text)
        var index = start
        while index &+ 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // Whether there is such a byte is exact; which one, the loop below sees.
            let control = (word &- low &* 0x20) & ~word
            let quote = word ^ low &* UInt64(UInt8(ascii: "\""))
            let backslash = word ^ low &* UInt64(UInt8(ascii: "\\"))
            let found = control | (quote &- low) & ~quote | (backslash &- low) & ~backslash
            if found & high != 0 { break }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index &+= 1
        }
        return index
    }
}
