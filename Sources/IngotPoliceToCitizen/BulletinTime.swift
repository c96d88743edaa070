/// When an entry of a daily bulletin happened, from its free text.
///
/// The forms, in the order in which they are looked for: “Reported: X.”, “between A and B.” (of which B counts),
/// “on X.”, “On D at T”.
enum BulletinTime {
    /// - Returns: `2026-01-10T14:30:00`; ``PortalTime/unreadable`` for a text without any of the forms.
    static func iso(_ texts: [String]) -> String {
        texts.lazy.compactMap { iso($0) }.first ?? PortalTime.unreadable
    }

    private static func iso(_ text: String) -> String? {
        let text = text.split { $0.isWhitespace }.joined(separator: " ")
        return reported(text) ?? between(text) ?? on(text, "on ") ?? onDateAtTime(text)
    }

    private static func reported(_ text: String) -> String? {
        rest(of: text, after: "Reported:").flatMap { PortalTime.iso(sentence($0)) }
    }

    private static func between(_ text: String) -> String? {
        guard let span = rest(of: text, after: "between "), let end = rest(of: String(sentence(span)), after: " and ")
        else { return nil }
        return PortalTime.iso(end)
    }

    /// Every place where the word stands, as a description has some before the time.
    private static func on(_ text: String, _ word: String) -> String? {
        var rest = text[...]
        while let found = Self.rest(of: String(rest), after: word) {
            if let time = PortalTime.iso(sentence(found)) { return time }
            rest = found[...]
        }
        return nil
    }

    private static func onDateAtTime(_ text: String) -> String? {
        guard let rest = rest(of: text, after: "On "), let at = Self.rest(of: rest, after: " at ") else { return nil }
        let date = rest.prefix { $0 != " " }
        let time = at.prefix { $0 != "," && $0 != "." }.split(separator: " ").prefix(2).joined(separator: " ")
        return PortalTime.iso("\(date) \(time)")
    }

    /// Up to the full stop.
    private static func sentence(_ text: String) -> String { String(text.prefix { $0 != "." }) }

    private static func rest(of text: String, after word: String) -> String? {
        let characters = Array(text.utf8)
        guard let range = characters.firstRange(of: Array(word.utf8)) else { return nil }
        return String(decoding: characters[range.upperBound...], as: UTF8.self)
    }
}
