/// The text of a page as UTF-8, whatever it was saved as.
enum PageEncoding {
    /// Takes a byte-order mark off, and reads each byte that is no part of UTF-8 as one of windows-1252.
    static func utf8(_ page: [UInt8]) -> [UInt8] {
        if page.starts(with: [0xEF, 0xBB, 0xBF]) { return utf8(Array(page.dropFirst(3))) }
        if String(validating: page, as: UTF8.self) != nil { return page }
        var text: [UInt8] = []
        text.reserveCapacity(page.count + 1024)
        var index = 0
        while index < page.count {
            let length = sequenceLength(page, at: index)
            if length > 0 {
                text += page[index..<index + length]
                index += length
                continue
            }
            let byte = page[index]
            let scalar = byte < 0xA0 ? windows[Int(byte) - 0x80] : UInt32(byte)
            text += Array(String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
            index += 1
        }
        return text
    }

    /// How many bytes the character at a place has in UTF-8; 0 when it is none.
    private static func sequenceLength(_ page: [UInt8], at index: Int) -> Int {
        let length: Int
        switch page[index] {
        case 0..<0x80: return 1
        case 0xC2..<0xE0: length = 2
        case 0xE0..<0xF0: length = 3
        case 0xF0..<0xF5: length = 4
        default: return 0
        }
        guard index + length <= page.count, String(validating: page[index..<index + length], as: UTF8.self) != nil
        else {
            return 0
        }
        return length
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
