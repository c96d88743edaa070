/// Counts characters (Unicode scalars) in UTF-8.
enum TextCensus {
    /// Characters that are not white space as XML knows it: space, tab, line feed, carriage return.
    static func inked(_ text: Span<UInt8>) -> Int {
        text.withUnsafeBufferPointer { bytes in
            var count = 0
            for byte in bytes {
                // XML allows no other character below the space; 10xxxxxx continues one that is counted already.
                count &+= (byte > 0x20 && byte & 0xC0 != 0x80) ? 1 : 0
            }
            return count
        }
    }

    static func inked(_ text: String) -> Int {
        inked(text.utf8Span.span)
    }

    /// All characters.
    static func scalars(_ text: Span<UInt8>) -> Int {
        text.withUnsafeBufferPointer { bytes in
            var count = 0
            for byte in bytes { count &+= byte & 0xC0 != 0x80 ? 1 : 0 }
            return count
        }
    }
}
