/// The text of a page as UTF-8, whatever it was saved as.
enum PageEncoding {
    /// Takes a byte-order mark off, and reads what is no UTF-8 as windows-1252, as browsers do.
    static func utf8(_ page: [UInt8]) -> [UInt8] {
        if page.starts(with: [0xEF, 0xBB, 0xBF]) { return utf8(Array(page.dropFirst(3))) }
        if String(validating: page, as: UTF8.self) != nil { return page }
        var text = String.UnicodeScalarView()
        for byte in page {
            let scalar = byte >= 0x80 && byte < 0xA0 ? windows[Int(byte) - 0x80] : UInt32(byte)
            text.append(Unicode.Scalar(scalar) ?? "\u{FFFD}")
        }
        return Array(String(text).utf8)
    }

    /// What the bytes 0x80 to 0x9F stand for: https://encoding.spec.whatwg.org/index-windows-1252.txt.
    private static let windows: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D,
        0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
        0x9D,
        0x017E, 0x0178,
    ]
}
