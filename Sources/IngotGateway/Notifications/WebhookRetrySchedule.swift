import IngotCore

/// When a message is tried again.
struct WebhookRetrySchedule: Sendable {
    /// The wait after each failed try; after the last one is done, the message is given up.
    var waits: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600), .seconds(6 * 3600),
    ]
    /// The share by which a wait may be longer, so that messages that failed together do not come back together.
    var jitter = 0.2
    /// The longest `Retry-After` that is obeyed.
    var longestWait: Duration = .seconds(6 * 3600)

    /// The wait after the try with this number (from 1) failed; `nil` when it was the last one.
    ///
    /// - Parameter asked: what the receiver asked for.
    func wait(
        afterAttempt attempt: Int,
        asked: Duration?,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt >= 1, attempt <= waits.count else { return nil }
        let own = waits[attempt - 1] * (1 + jitter * Double.random(in: 0...1, using: &generator))
        return max(own, min(asked ?? .zero, longestWait))
    }

    /// What a `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3).
    static func wait(retryAfter header: String?, now: Timestamp) -> Duration? {
        guard let header else { return nil }
        if let seconds = Int64(header), (0...1_000_000_000).contains(seconds) { return .seconds(seconds) }
        guard let moment = HTTPDate.parse(header) else { return nil }
        return .milliseconds(max(0, moment.millisecondsSinceEpoch - now.millisecondsSinceEpoch))
    }
}
