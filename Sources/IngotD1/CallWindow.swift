/// How many calls fit into a sliding window of time: D1 takes 1,200 in five minutes and then blocks everything
/// (<https://developers.cloudflare.com/fundamentals/api/reference/limits/>), so it is better to wait before that.
///
/// A pure account of moments; who asks does the waiting.
struct CallWindow: Sendable {
    private let calls: Int
    private let length: Duration
    /// When each of the last calls was or will be made, in order; never more than `calls`.
    private var moments: [ContinuousClock.Instant] = []
    private var oldest = 0
    private var notBefore: ContinuousClock.Instant?

    init(calls: Int, length: Duration) {
        self.calls = calls
        self.length = length
    }

    /// Books the next call.
    ///
    /// - Returns: when it may be made, now or later.
    mutating func book(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        var moment = max(now, notBefore ?? now)
        if moments.count < calls {
            moments.append(moment)
        } else {
            moment = max(moment, moments[oldest] + length)
            moments[oldest] = moment
            oldest = (oldest + 1) % calls
        }
        return moment
    }

    /// Holds all calls back until a moment, because the server said so.
    mutating func hold(until moment: ContinuousClock.Instant) {
        notBefore = max(notBefore ?? moment, moment)
    }

    /// Takes in what the server says is left: when that is little, the calls spread over the rest of its window.
    mutating func learn(remaining: Int, resetAfter: Duration, now: ContinuousClock.Instant) {
        guard remaining < Self.scarce else { return }
        hold(until: now + resetAfter / (remaining + 1))
    }

    private static let scarce = 20
}

/// The server's account of calls in a `Ratelimit` header: `"default";r=50;t=30`.
struct RateLimitHeader: Equatable {
    var remaining: Int
    var resetAfter: Duration

    init?(_ text: String) {
        var remaining: Int?
        var seconds: Int?
        for part in text.split(separator: ";") {
            let sides = part.filter { $0 != " " }.split(separator: "=")
            guard sides.count == 2, let number = Int(sides[1]), number >= 0 else { continue }
            if sides[0] == "r" { remaining = number }
            if sides[0] == "t" { seconds = number }
        }
        guard let remaining, let seconds, seconds <= 3600 else { return nil }
        self.remaining = remaining
        self.resetAfter = .seconds(seconds)
    }
}
