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
        let bytes = href.utf8Span.span
        guard begins(bytes, with: "/us/usc/") else { return nil }
        let first = 8
        // A fragment or a query leads to the same node.
        var end = first
        while end < bytes.count, bytes[end] != 0x23, bytes[end] != 0x3F { end += 1 }
        // Two links in one attribute are none.
        guard !namesTwo(bytes.extracting(..<end)) else { return nil }
        var start = first
        while true {
            var stop = start
            while stop < end, bytes[stop] != 0x2F { stop += 1 }
            let step = bytes.extracting(start..<stop)
            guard !step.isEmpty else { return nil }
            if start == first, !namesDocument(step) {
                let full = keys.inDocument(href)
                return full == href ? nil : place(of: full, keys: keys)
            }
            guard stop < end, !isSection(step) else {
                // Cut at slashes and at the end, so every character is whole.
                let target =
                    stop == bytes.count ? href : String(copying: UTF8Span(unchecked: bytes.extracting(..<stop)))
                return Place(target: target, piece: piece(bytes.extracting(stop..<end)))
            }
            start = stop + 1
        }
    }

    private static func kind(of href: String) -> LawReference.Kind {
        let bytes = href.utf8Span.span
        if goes(bytes, beyond: "/us/pl/") { return .publicLaw }
        if goes(bytes, beyond: "/us/stat/") { return .statutesAtLarge }
        if goes(bytes, beyond: "/us/act/") { return .act }
        if goes(bytes, beyond: "/us/cfr/") { return .regulation }
        return .other
    }

    private static func goes(_ text: Span<UInt8>, beyond prefix: StaticString) -> Bool {
        text.count > prefix.utf8CodeUnitCount && begins(text, with: prefix)
    }

    /// Whole characters, as they are cut at slashes.
    private static func piece(_ rest: Span<UInt8>) -> String? {
        var start = 0
        var end = rest.count
        while start < end, rest[start] == 0x2F { start += 1 }
        while end > start, rest[end - 1] == 0x2F { end -= 1 }
        return start == end ? nil : String(copying: UTF8Span(unchecked: rest.extracting(start..<end)))
    }

    private static func namesTwo(_ href: Span<UInt8>) -> Bool {
        var isAfterSpace = false
        for index in href.indices {
            if isAfterSpace, href[index] == 0x2F { return true }
            isAfterSpace = href[index] <= 0x20
        }
        return false
    }

    /// Whether a key's last step is a section or a rule.
    static func isSection(_ key: String) -> Bool {
        let bytes = key.utf8Span.span
        var start = bytes.count
        while start > 0, bytes[start - 1] != 0x2F { start -= 1 }
        return isSection(bytes.extracting(start...))
    }

    /// `t42`, `t5a`.
    private static func namesDocument(_ step: Span<UInt8>) -> Bool {
        step.count > 1 && step[0] == UInt8(ascii: "t") && isDigit(step[1])
    }

    /// `s302` or `rule4.1`; not `stA` or `schI`, a subtitle and a subchapter.
    private static func isSection(_ step: Span<UInt8>) -> Bool {
        if step.count > 1, step[0] == UInt8(ascii: "s") { return isDigit(step[1]) }
        return step.count > 4 && begins(step, with: "rule") && isDigit(step[4])
    }

    private static func begins(_ text: Span<UInt8>, with prefix: StaticString) -> Bool {
        guard text.count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { prefix in
            for index in prefix.indices where text[index] != prefix[index] { return false }
            return true
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
