/// How many calls fit into a sliding window of time: D1 takes 1,200 in five minutes and then blocks everything
/// (<https://developers.cloudflare.com/fundamentals/api/reference/limits/>), so it is better to wait before that.
///
/// A pure account of moments; who asks does the waiting.
struct CallWindow: Sendable {
    private let calls: Int
    private let length: Duration
    /// When each of the last calls was made; never more than `calls`.
    private var moments: [Duration] = []
    private var oldest = 0
    private var notBefore: Duration?

    init(calls: Int, length: Duration) {
        self.calls = max(1, calls)
        self.length = length
    }

    /// Counts a call that is made now, if one may be.
    ///
    /// - Returns: `nil` when it was counted; otherwise the moment at which to ask again.
    mutating func take(now: Duration) -> Duration? {
        if let notBefore, now < notBefore { return notBefore }
        guard moments.count == calls else {
            moments.append(now)
            return nil
        }
        let free = moments[oldest] + length
        guard free <= now else { return free }
        moments[oldest] = now
        oldest = (oldest + 1) % calls
        return nil
    }

    /// Holds all calls back until a moment, because the server said so.
    mutating func hold(until moment: Duration) {
        notBefore = max(notBefore ?? moment, moment)
    }

    /// Takes in what the server says is left: when that is little, the calls spread over the rest of its window.
    mutating func learn(_ policy: RateLimitPolicy, now: Duration) {
        guard policy.remaining < Self.scarce else { return }
        hold(until: now + policy.resetAfter / (policy.remaining + 1))
    }

    private static let scarce = 20
}
