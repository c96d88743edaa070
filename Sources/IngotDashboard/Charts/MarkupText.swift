/// HTML and SVG that our own code writes: what comes from elsewhere goes in through ``escaped(_:)`` only.
enum MarkupText {
    /// A text as it stands between tags and in attributes.
    ///
    /// What neither HTML nor SVG can hold, such as NUL, becomes the replacement character.
    static func escaped(_ text: String) -> String {
        // Most texts hold nothing of the kind.
        guard text.utf8.contains(where: isSpecial) else { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case let control where control.value < 0x20 || control.value == 0x7F: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"), 0x7F: true
        case 0x09, 0x0A: false
        default: byte < 0x20
        }
    }

    /// An element; its attributes are escaped, its content is markup already.
    static func element(
        _ name: String,
        _ attributes: KeyValuePairs<String, String> = [:],
        _ content: String = ""
    ) -> String {
        let written = attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
        return "<\(name)\(written)>\(content)</\(name)>"
    }
}
