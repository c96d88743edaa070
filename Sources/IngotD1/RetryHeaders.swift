import IngotCore

/// What an answer's headers say about making the call again.
struct RetryHeaders: Equatable, Sendable {
    /// How long to wait before it.
    var after: Duration?
    /// Whether to do it at all, where the server says so (`x-should-retry`).
    var shouldRetry: Bool?
    /// The server's accounts of calls.
    var policies: [RateLimitPolicy] = []

    /// The longest wait that is believed.
    private static let longestWait = Duration.seconds(3600)

    init(after: Duration? = nil, shouldRetry: Bool? = nil, policies: [RateLimitPolicy] = []) {
        self.after = after
        self.shouldRetry = shouldRetry
        self.policies = policies
    }

    /// - Parameter header: all values of the header of that name, with commas between them; `nil` for none.
    init(now: Timestamp = .now(), _ header: (_ name: String) -> String?) {
        let wait =
            header("retry-after-ms").flatMap { Self.wait($0, unit: .milliseconds(1)) }
            ?? header("retry-after").flatMap { text in
                if let wait = Self.wait(text, unit: .seconds(1)) { return wait }
                guard let moment = HTTPDate.parse(text) else { return nil }
                // By the server's own clock, where it tells the time.
                let time = header("date").flatMap(HTTPDate.parse) ?? now
                return .milliseconds(max(0, moment.millisecondsSinceEpoch - time.millisecondsSinceEpoch))
            }
        after = wait.flatMap { $0 <= Self.longestWait ? $0 : nil }
        switch header("x-should-retry") {
        case "true": shouldRetry = true
        case "false": shouldRetry = false
        default: shouldRetry = nil
        }
        policies = header("ratelimit").map(RateLimitPolicy.policies) ?? []
    }

    /// When the first policy that has nothing left starts anew.
    var reset: Duration? { policies.filter { $0.remaining == 0 }.map(\.resetAfter).max() }

    private static func wait(_ text: String, unit: Duration) -> Duration? {
        guard let number = Double(text), number >= 0, number <= 1e9 else { return nil }
        return unit * number
    }
}
