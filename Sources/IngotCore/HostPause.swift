/// How long a host is left alone after it has asked for fewer requests.
///
/// It holds for everybody who asks that host, whoever was told.
struct HostPause: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The first pause when the host does not say how long.
    static let first: Duration = .seconds(1)
    /// The longest pause that a host can ask for: then it is asked once more.
    static let longest: Duration = .seconds(86_400)
    /// The longest pause when the host does not say how long.
    static let longestUnasked: Duration = .seconds(600)

    private(set) var until: Instant?
    private var lastThrottling: Instant?
    /// How many times in a row the host went on refusing after a pause.
    private var level = 0

    /// Notes that the host has asked for fewer requests.
    ///
    /// - Parameters:
    ///   - retryAfter: how long it wants to be left alone; `nil`: the pause is random, and each further one is longer.
    ///   - began: when the refused request did; `nil` when nobody knows.
    mutating func throttle(
        retryAfter: Duration?,
        began: Instant?,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        // Requests that were under way together are refused together, which is one refusal and not many.
        let isNews = lastThrottling.map { last in began.map { $0 > last } ?? false } ?? true
        if isNews {
            level = min(level + 1, 30)
            lastThrottling = now
        }
        let pause: Duration
        if let retryAfter, retryAfter > .zero {
            pause = min(retryAfter, HostPause.longest)
        } else if isNews {
            let bound = min(HostPause.first * (1 << (level - 1)), HostPause.longestUnasked)
            // Never so short that it were none.
            pause = bound * Double.random(in: 0.5...1, using: &generator)
        } else {
            return
        }
        until = max(until ?? now, now + pause)
    }

    /// Notes that the host has answered a request as usual.
    mutating func serve(began: Instant) {
        // What began before the refusal says nothing of how the host is after it.
        if let lastThrottling, began > lastThrottling { level = 0 }
    }

    func isOver(at now: Instant) -> Bool { until.map { $0 <= now } ?? true }
}
