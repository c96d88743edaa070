import FoundationEssentials

/// Text beyond ASCII in a header's value, as R2 takes and gives it: the encoded words of mail (RFC 2047).
enum EncodedWord {
    /// Bytes of text in one word, so that it keeps within the 75 characters of the specification.
    private static let bytesPerWord = 45

    /// Reads the encoded words of a value; whatever is none stays as it is.
    static func decode(_ text: String) -> String {
        var decoded = ""
        var followsWord = false
        var gap = ""
        for (index, part) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { gap += " " }
            if let word = word(part) {
                // Space between two encoded words only separates them.
                decoded += followsWord ? word : gap + word
                followsWord = true
                gap = ""
            } else if part.isEmpty {
                continue
            } else {
                decoded += gap + part
                followsWord = false
                gap = ""
            }
        }
        return decoded + gap
    }

    /// Writes a value in ASCII: as it is when it is printable, else in encoded words.
    static func encode(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            if !bytes.isEmpty { words.append("=?utf-8?B?\(Data(bytes).base64EncodedString())?=") }
            bytes = []
        }
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > bytesPerWord { flush() }
            bytes += next
        }
        flush()
        return words.joined(separator: " ")
    }

    private static func word(_ text: Substring) -> String? {
        guard text.hasPrefix("=?"), text.hasSuffix("?="), text.utf8.count > 4 else { return nil }
        let fields = text.dropFirst(2).dropLast(2).split(separator: "?", omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        let bytes: [UInt8]?
        switch fields[1] {
        case "B", "b": bytes = Data(base64Encoded: String(fields[2])).map(Array.init)
        case "Q", "q": bytes = quoted(fields[2])
        default: bytes = nil
        }
        guard let bytes else { return nil }
        // A language may follow the name (RFC 2231, section 5).
        switch fields[0].prefix(while: { $0 != "*" }).lowercased() {
        case "utf-8", "us-ascii": return String(validating: bytes, as: UTF8.self)
        case "iso-8859-1":
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Unicode.Scalar(byte)) }
            return String(text)
        default: return nil
        }
    }

    private static func quoted(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "_"): bytes.append(0x20)
            case UInt8(ascii: "="):
                let digits = rest.prefix(2)
                guard digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
