import IngotCore

/// How often each of many names may do something: a bucket of tokens a name, which fills again with time.
///
/// The table is bounded. When it is full, the names go first that have all their tokens again, and then those that
/// were heard of longest ago.
struct TokenBuckets<Name: Hashable & Sendable>: Sendable {
    /// Tokens that come back a second.
    let rate: Double
    /// The most tokens of one name.
    let burst: Double
    /// The most names that are remembered.
    let maximumCount: Int

    private struct Bucket: Sendable {
        var tokens: Double
        var touched: ContinuousClock.Instant
    }

    private var buckets: [Name: Bucket] = [:]

    init(rate: Double, burst: Double, maximumCount: Int) {
        self.rate = rate
        self.burst = burst
        self.maximumCount = maximumCount
    }

    var count: Int { buckets.count }

    /// Takes one token.
    ///
    /// - Returns: `nil` when there was one; else the time until there will be.
    mutating func take(_ name: Name, at now: ContinuousClock.Instant) -> Duration? {
        var bucket = buckets[name] ?? Bucket(tokens: burst, touched: now)
        bucket.tokens = tokens(in: bucket, at: now)
        bucket.touched = max(now, bucket.touched)
        defer {
            if buckets[name] == nil, buckets.count >= maximumCount { makeRoom(at: now) }
            buckets[name] = bucket
        }
        guard bucket.tokens >= 1 else { return .seconds((1 - bucket.tokens) / rate) }
        bucket.tokens -= 1
        return nil
    }

    private func tokens(in bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
        min(burst, bucket.tokens + max(0, (now - bucket.touched).seconds) * rate)
    }

    private mutating func makeRoom(at now: ContinuousClock.Instant) {
        buckets = buckets.filter { tokens(in: $0.value, at: now) < burst }
        guard buckets.count >= maximumCount else { return }
        // Many at once, so that a flood of new names does not sort the table for each of them.
        let oldest = buckets.sorted { $0.value.touched < $1.value.touched }.prefix(max(1, maximumCount / 4))
        for (name, _) in oldest { buckets[name] = nil }
    }
}
