/// Tells an HTML page (an error or maintenance page, mostly) from what a file should be.
public enum HTMLPageSign {
    /// Whether the first bytes of a file are those of an HTML page.
    ///
    /// A page in XML form that starts with an XML declaration is not seen here; its root element tells.
    public static func isHTML(_ start: Span<UInt8>) -> Bool {
        var index = 0
        if start.count >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { index = 3 }
        while true {
            while index < start.count, isWhiteSpace(start[index]) { index += 1 }
            // Comments may stand before the page.
            guard matches("<!--", start, at: index) else { break }
            index += 4
            while index < start.count, !matches("-->", start, at: index) { index += 1 }
            guard index < start.count else { return false }
            index += 3
        }
        return matches("<!doctype html", start, at: index) || matches("<html", start, at: index)
            || matches("<head", start, at: index) || matches("<body", start, at: index)
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    /// Compares without regard to the case of ASCII letters.
    private static func matches(_ lowerCase: StaticString, _ bytes: Span<UInt8>, at index: Int) -> Bool {
        let length = lowerCase.utf8CodeUnitCount
        guard index + length <= bytes.count else { return false }
        for offset in 0..<length {
            var byte = bytes[index + offset]
            if byte >= 0x41, byte <= 0x5A { byte += 0x20 }
            if byte != lowerCase.utf8Start[offset] { return false }
        }
        return true
    }
}
