import IngotCore

/// Hides keys in text that is logged: a path may hold one by mistake.
enum CredentialMask {
    /// The text with every key's digits replaced, and cut to a length that a log has room for.
    static func masked(_ text: String, maximumLength: Int = 500) -> String {
        var masked = ""
        var rest = text[...]
        while let start = rest.firstRange(of: APIKeySecret.prefix) {
            let digits = rest[start.upperBound...].prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0))
            }
            masked += rest[..<start.upperBound] + (digits.count >= 20 ? "…" : digits)
            rest = rest[digits.endIndex...]
        }
        masked += rest
        return masked.count > maximumLength ? masked.prefix(maximumLength) + "…" : masked
    }
}
