/// Counts characters (Unicode scalars) in UTF-8.
enum TextCensus {
    /// Characters that are not white space as XML knows it: space, tab, line feed, carriage return.
    static func inked(_ text: Span<UInt8>) -> Int {
        // XML allows no other character below the space; 10xxxxxx continues one that is counted already.
        count(text, lanes: { $0.inked }, byte: { $0 > 0x20 && $0 & 0xC0 != 0x80 })
    }

    static func inked(_ text: String) -> Int {
        inked(text.utf8Span.span)
    }

    /// All characters.
    static func scalars(_ text: Span<UInt8>) -> Int {
        count(text, lanes: { $0.starts }, byte: { $0 & 0xC0 != 0x80 })
    }

    @inline(__always)
    private static func count(
        _ text: Span<UInt8>,
        lanes: (ByteLanes) -> UInt64,
        byte: (UInt8) -> Bool
    ) -> Int {
        text.withUnsafeBufferPointer { buffer in
            let bytes = UnsafeRawBufferPointer(buffer)
            var count = 0
            var index = 0
            while index &+ 31 * ByteLanes.width <= bytes.count {
                // A lane counts to 31 before it is emptied, so that the eight of them add up within a byte.
                var sums: UInt64 = 0
                for _ in 0..<31 {
                    sums &+= lanes(ByteLanes(bytes, at: index))
                    index &+= ByteLanes.width
                }
                count &+= ByteLanes.sum(sums)
            }
            var sums: UInt64 = 0
            while index &+ ByteLanes.width <= bytes.count {
                sums &+= lanes(ByteLanes(bytes, at: index))
                index &+= ByteLanes.width
            }
            let rest = bytes.count &- index
            if rest > 0, bytes.count >= ByteLanes.width {
                // The last eight bytes without those that are counted already, which are the lowest.
                let last = lanes(ByteLanes(bytes, at: bytes.count &- ByteLanes.width))
                sums &+= last >> UInt64(8 &* (ByteLanes.width &- rest))
                index = bytes.count
            }
            count &+= ByteLanes.sum(sums)
            while index < bytes.count {
                if byte(bytes[index]) { count &+= 1 }
                index &+= 1
            }
            return count
        }
    }
}
