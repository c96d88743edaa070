import IngotCore
import Testing

@Suite("When to try again")
struct RetryPolicyTests {
    struct Constant: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    private let policy = RetryPolicy(
        maximumAttempts: 5,
        firstDelay: .milliseconds(100),
        maximumDelay: .milliseconds(500)
    )

    @Test("The wait is random between nothing and a bound that doubles up to the maximum")
    func bounds() {
        var generator = SystemRandomNumberGenerator()
        let bounds: [Duration] = [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(500)]
        for (index, bound) in bounds.enumerated() {
            let delays = (0..<200).compactMap { _ in policy.delay(afterAttempt: index + 1, using: &generator) }
            #expect(delays.count == 200)
            #expect(delays.allSatisfy { $0 >= .zero && $0 <= bound })
            #expect(Set(delays).count > 100)
            #expect(delays.contains { $0 > bound / 2 })
        }
    }

    @Test("After the last attempt there is no other")
    func end() {
        var generator = SystemRandomNumberGenerator()
        #expect(policy.delay(afterAttempt: 5, using: &generator) == nil)
        #expect(policy.delay(afterAttempt: 6, using: &generator) == nil)
    }

    @Test("Very many attempts do not overflow")
    func manyAttempts() {
        var generator = SystemRandomNumberGenerator()
        let endless = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), maximumDelay: .seconds(5))
        for attempt in [31, 63, 64, 1_000_000] {
            let delay = endless.delay(afterAttempt: attempt, using: &generator)
            #expect(delay.map { $0 <= .seconds(5) } == true)
        }
    }
}

@Suite("Flags")
struct FlagTests {
    @Test("Of many callers one sets the flag")
    func once() async {
        let flag = OnceFlag()
        #expect(!flag.isSet)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { flag.set() } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        #expect(flag.isSet)
    }
}
