import IngotLaw

/// Where a reference of the Code leads.
///
/// Syntax: the USLM User Guide, section “Referencing Model” (`/us/usc/t42/s302/a/1`).
enum USCodeReference {
    /// A place in the Code: a node, and what is named below it.
    struct Place: Equatable {
        /// At the level of a section or above: what is below a section is text of the section's node.
        var target: String
        var piece: String?
    }

    /// A reference as a node keeps it.
    ///
    /// - Parameter keys: of the unit that the link stands in, for links that do not name their document.
    static func reference(_ href: String, text: String, keys: NodeKeys) -> LawReference {
        guard let place = place(of: href, keys: keys) else {
            return LawReference(href: href, text: text, kind: kind(of: href))
        }
        return LawReference(href: href, text: text, kind: .node, target: place.target, piece: place.piece)
    }

    /// - Returns: `nil` for what is not in the U.S. Code, and for links of another shape.
    static func place(of href: String, keys: NodeKeys) -> Place? {
        let prefix = "/us/usc/"
        guard href.hasPrefix(prefix) else { return nil }
        let bytes = href.utf8
        let first = bytes.index(bytes.startIndex, offsetBy: prefix.utf8.count)
        // A fragment or a query leads to the same node.
        let end = bytes[first...].firstIndex { $0 == 0x23 || $0 == 0x3F } ?? bytes.endIndex
        // Two links in one attribute are none.
        guard !namesTwo(bytes[..<end]) else { return nil }
        var start = first
        while true {
            let stop = bytes[start..<end].firstIndex(of: 0x2F) ?? end
            let step = bytes[start..<stop]
            guard !step.isEmpty else { return nil }
            if start == first, !namesDocument(step) {
                let full = keys.inDocument(href)
                return full == href ? nil : place(of: full, keys: keys)
            }
            guard stop < end, !isSection(step) else {
                return Place(target: String(href[..<stop]), piece: piece(href[stop..<end]))
            }
            start = bytes.index(after: stop)
        }
    }

    private static func kind(of href: String) -> LawReference.Kind {
        for (prefix, kind) in kinds where href.hasPrefix(prefix) && href.utf8.count > prefix.utf8.count { return kind }
        return .other
    }

    private static let kinds: [(String, LawReference.Kind)] = [
        ("/us/pl/", .publicLaw), ("/us/stat/", .statutesAtLarge), ("/us/act/", .act), ("/us/cfr/", .regulation),
    ]

    private static func piece(_ rest: Substring) -> String? {
        var rest = rest.drop { $0 == "/" }
        while rest.last == "/" { rest = rest.dropLast() }
        return rest.isEmpty ? nil : String(rest)
    }

    private static func namesTwo(_ href: Substring.UTF8View) -> Bool {
        var isAfterSpace = false
        for byte in href {
            if isAfterSpace, byte == 0x2F { return true }
            isAfterSpace = byte <= 0x20
        }
        return false
    }

    /// Whether a key's last step is a section or a rule.
    static func isSection(_ key: String) -> Bool {
        let start = key.utf8.lastIndex(of: 0x2F).map { key.utf8.index(after: $0) } ?? key.startIndex
        return isSection(key.utf8[start...])
    }

    /// `t42`, `t5a`.
    private static func namesDocument(_ step: Substring.UTF8View) -> Bool {
        step.first == UInt8(ascii: "t") && isDigit(step.dropFirst().first)
    }

    /// `s302` or `rule4.1`; not `stA` or `schI`, a subtitle and a subchapter.
    private static func isSection(_ step: Substring.UTF8View) -> Bool {
        if step.first == UInt8(ascii: "s") { return isDigit(step.dropFirst().first) }
        return step.starts(with: "rule".utf8) && isDigit(step.dropFirst(4).first)
    }

    private static func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
    }
}
