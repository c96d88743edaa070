import Testing

@testable import IngotGateway

@Suite("How often somebody may do something")
struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test("Tokens come back with time, up to the burst")
    func refill() {
        var buckets = TokenBuckets<String>(rate: 2, burst: 3, maximumCount: 10)
        #expect((0..<3).allSatisfy { _ in buckets.take("a", at: start) == nil })
        #expect(buckets.take("a", at: start) == .milliseconds(500))
        // Others have their own.
        #expect(buckets.take("b", at: start) == nil)
        #expect(buckets.take("a", at: start.advanced(by: .milliseconds(500))) == nil)
        #expect(buckets.take("a", at: start.advanced(by: .milliseconds(500))) == .milliseconds(500))
        let later = start.advanced(by: .seconds(3600))
        #expect((0..<3).allSatisfy { _ in buckets.take("a", at: later) == nil })
        #expect(buckets.take("a", at: later) != nil)
        // A clock that is read out of order gives nothing back.
        #expect(buckets.take("a", at: start) != nil)
    }

    @Test("A flood of names does not grow the table, and those who wait are the last to be forgotten")
    func bound() {
        var buckets = TokenBuckets<Int>(rate: 1, burst: 1, maximumCount: 100)
        for name in 0..<100_000 {
            _ = buckets.take(name, at: start.advanced(by: .microseconds(name)))
            #expect(buckets.count <= 100)
        }
        let now = start.advanced(by: .microseconds(100_000))
        #expect(buckets.take(99_999, at: now) != nil)
        // With time all have their tokens again, and only newcomers stay.
        for name in 0..<150 { _ = buckets.take(-1 - name, at: now.advanced(by: .seconds(10))) }
        #expect(buckets.count <= 100)
        #expect(buckets.take(-150, at: now.advanced(by: .seconds(10))) != nil)
    }
}
