/// The server's account of calls under one of its policies, out of a `Ratelimit` header: `"default";r=50;t=30`.
struct RateLimitPolicy: Equatable {
    /// Calls that are left.
    var remaining: Int
    var resetAfter: Duration

    /// The longest reset that is believed.
    private static let longestReset = 3600

    /// All policies of the header, which stand one after the other with commas; what is none is left out.
    static func policies(in header: String) -> [RateLimitPolicy] {
        split(header, at: ",").compactMap { item in
            var remaining: Int?
            var seconds: Int?
            for part in split(item, at: ";").dropFirst() {
                let sides = part.filter { $0 != " " }.split(separator: "=")
                guard sides.count == 2, let number = Int(sides[1]), number >= 0 else { continue }
                if sides[0] == "r" { remaining = number }
                if sides[0] == "t" { seconds = number }
            }
            guard let remaining, let seconds, seconds <= longestReset else { return nil }
            return RateLimitPolicy(remaining: remaining, resetAfter: .seconds(seconds))
        }
    }

    /// Splits, but not inside of quotes: a policy's name may hold anything.
    private static func split(_ text: some StringProtocol, at separator: Character) -> [Substring] {
        var isQuoted = false
        return Substring(text).split(omittingEmptySubsequences: false) { character in
            if character == "\"" { isQuoted.toggle() }
            return character == separator && !isQuoted
        }
    }
}
