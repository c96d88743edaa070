/// Names and labels as the exposition format takes them.
enum MetricName {
    /// The longest name, and the longest value of a label, in bytes.
    static let maximumBytes = 200

    /// A name in `[a-zA-Z_:][a-zA-Z0-9_:]*`; what does not fit becomes `_`.
    static func name(_ text: String) -> String { plain(text, allowsColon: true) }

    /// A label's name in `[a-zA-Z_][a-zA-Z0-9_]*`; names that begin with two underscores are Prometheus's own.
    static func label(_ text: String) -> String {
        let name = plain(text, allowsColon: false)
        return name.hasPrefix("__") ? "label" + name : name
    }

    /// A label's value, cut where it is too long.
    static func value(_ text: String) -> String {
        guard text.utf8.count > maximumBytes else { return text }
        var bytes = text.utf8.count
        var end = text.endIndex
        // Not within a character.
        while bytes > maximumBytes, end > text.startIndex {
            let before = text.index(before: end)
            bytes -= text[before..<end].utf8.count
            end = before
        }
        return String(text[..<end])
    }

    private static func plain(_ text: String, allowsColon: Bool) -> String {
        var bytes = text.utf8.prefix(maximumBytes).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                byte
            case UInt8(ascii: ":") where allowsColon: byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
