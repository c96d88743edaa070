/// Finds the links of an HTML page that is no XML: unquoted attributes, missing end tags, whatever case.
///
/// Comments, scripts and styles are passed over, so links that are commented out do not count.
struct LinkScanner {
    private let bytes: [UInt8]
    private var index = 0

    private init(_ page: [UInt8]) {
        bytes = page
    }

    /// The `href` of every `a` element, in order, character references resolved.
    static func links(in page: [UInt8]) -> [String] {
        var scanner = LinkScanner(page)
        var links: [String] = []
        while let link = scanner.next() { links.append(link) }
        return links
    }

    private mutating func next() -> String? {
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = open + 1
            if startsHere("!--") {
                index += 3
                skip(past: "-->")
            } else if startsHere("script") {
                skip(past: "</script")
            } else if startsHere("style") {
                skip(past: "</style")
            } else if startsHere("a"), index + 1 < bytes.count, Self.isSpace(bytes[index + 1]) {
                index += 1
                if let link = attribute("href") { return link }
            }
        }
        return nil
    }

    /// Reads the attributes up to the tag's end; a tag that the page's end cuts off counts for nothing.
    private mutating func attribute(_ wanted: StaticString) -> String? {
        var found: String?
        while true {
            while index < bytes.count, Self.isSpace(bytes[index]) || bytes[index] == UInt8(ascii: "/") { index += 1 }
            guard index < bytes.count else { return nil }
            guard bytes[index] != UInt8(ascii: ">") else { return found }
            let isWanted = startsHere(wanted)
            let start = index
            while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
            let hasWantedName = isWanted && index - start == wanted.utf8CodeUnitCount
            // A stray character that is no name must not stop the reading.
            if index == start { index += 1 }
            while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { continue }
            index += 1
            let value = attributeValue()
            if hasWantedName, found == nil { found = Self.resolvingReferences(String(decoding: value, as: UTF8.self)) }
        }
    }

    private mutating func attributeValue() -> ArraySlice<UInt8> {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
        guard index < bytes.count else { return [] }
        let quote = bytes[index]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = index + 1
            let end = bytes[start...].firstIndex(of: quote) ?? bytes.count
            index = min(end + 1, bytes.count)
            return bytes[start..<end]
        }
        let start = index
        while index < bytes.count, !Self.isSpace(bytes[index]), bytes[index] != UInt8(ascii: ">") { index += 1 }
        return bytes[start..<index]
    }

    /// Compares without regard to the case of ASCII letters.
    private func startsHere(_ lowerCase: StaticString) -> Bool {
        let count = lowerCase.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count {
            var byte = bytes[index + offset]
            if byte >= 0x41, byte <= 0x5A { byte += 0x20 }
            if byte != lowerCase.utf8Start[offset] { return false }
        }
        return true
    }

    private mutating func skip(past end: StaticString) {
        while index < bytes.count, !startsHere(end) { index += 1 }
        index = min(index + end.utf8CodeUnitCount, bytes.count)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    /// `&amp;` and references by number, which is all that addresses need.
    private static func resolvingReferences(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            rest = rest[mark...]
            guard let end = rest.prefix(10).firstIndex(of: ";"),
                let character = character(rest[rest.index(after: mark)..<end])
            else {
                result += "&"
                rest = rest.dropFirst()
                continue
            }
            result += character
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ name: Substring) -> String? {
        if name == "amp" { return "&" }
        guard name.hasPrefix("#") else { return nil }
        let number = name.dropFirst()
        let code =
            number.first == "x" || number.first == "X" ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
        return code.flatMap(Unicode.Scalar.init).map { String($0) }
    }
}
