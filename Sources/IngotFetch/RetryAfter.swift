import IngotCore

/// The header `Retry-After` in both of its forms: seconds, or a date (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// No site means more.
    private static let longest: Duration = .seconds(86_400)

    /// - Returns: how long the site asks to wait; `nil` for what is neither form.
    static func pause(_ text: String?, now: Timestamp = .now()) -> Duration? {
        guard let text else { return nil }
        let digits = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        if !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than a number can have are a long time as well.
            return Int64(digits).map { min(.seconds($0), longest) } ?? longest
        }
        guard let date = HTTPDate.parse(text) else { return nil }
        let milliseconds = date.millisecondsSinceEpoch - now.millisecondsSinceEpoch
        return min(max(.zero, .milliseconds(milliseconds)), longest)
    }
}
