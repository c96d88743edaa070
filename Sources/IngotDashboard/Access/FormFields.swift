import IngotCore

/// What a form without files sends: `application/x-www-form-urlencoded`, as the WHATWG's URL standard reads it.
enum FormFields {
    /// The fields by name; of several with one name the first.
    ///
    /// What is not UTF-8 is left out.
    static func parse(_ bytes: some Collection<UInt8>) -> [String: String] {
        var fields: [String: String] = [:]
        for item in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0]), let value = decode(parts.count > 1 ? parts[1] : "") else { continue }
            if fields[name] == nil { fields[name] = value }
        }
        return fields
    }

    private static func decode(_ text: Substring) -> String? {
        PercentEncoding.decode(String(text.map { $0 == "+" ? " " : $0 }))
    }
}

extension String {
    /// Without the blanks and line ends at both ends, which come along when something is pasted.
    var trimmingBlanks: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
