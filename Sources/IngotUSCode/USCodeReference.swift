/// Where a reference of the Code leads.
///
/// Syntax: the USLM User Guide, section “Reference Model” (`/us/usc/t42/s302/a/1`).
enum USCodeReference {
    /// The key of the node that a link leads to, at the level of a section or above: what is below a section is text
    /// of the section's node.
    ///
    /// - Parameter keys: of the unit that the link stands in, for links that do not name their document.
    /// - Returns: `nil` for what is not in the U.S. Code.
    static func target(of href: String, keys: NodeKeys) -> String? {
        let prefix = "/us/usc/"
        guard href.hasPrefix(prefix) else { return nil }
        let bytes = href.utf8
        var place = bytes.index(bytes.startIndex, offsetBy: prefix.utf8.count)
        var isDocument = true
        while true {
            let end = bytes[place...].firstIndex { $0 == 0x2F || $0 == 0x23 || $0 == 0x3F } ?? bytes.endIndex
            let step = bytes[place..<end]
            guard !step.isEmpty else { return nil }
            if isDocument, !namesDocument(step) {
                let full = keys.inDocument(href)
                return full == href ? nil : target(of: full, keys: keys)
            }
            isDocument = false
            if end == bytes.endIndex || bytes[end] != 0x2F || isSection(step) {
                return end == bytes.endIndex ? href : String(href[..<end])
            }
            place = bytes.index(after: end)
        }
    }

    /// Whether a key's last step is a section or a rule.
    static func isSection(_ key: String) -> Bool {
        let start = key.utf8.lastIndex(of: 0x2F).map { key.utf8.index(after: $0) } ?? key.startIndex
        return isSection(key.utf8[start...])
    }

    /// `t42`, `t5a`.
    private static func namesDocument(_ step: Substring.UTF8View.SubSequence) -> Bool {
        step.first == UInt8(ascii: "t") && isDigit(step.dropFirst().first)
    }

    /// `s302` or `rule4.1`; not `stA` or `schI`, a subtitle and a subchapter.
    private static func isSection(_ step: Substring.UTF8View.SubSequence) -> Bool {
        if step.first == UInt8(ascii: "s") { return isDigit(step.dropFirst().first) }
        return step.starts(with: "rule".utf8) && isDigit(step.dropFirst(4).first)
    }

    private static func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
    }
}
