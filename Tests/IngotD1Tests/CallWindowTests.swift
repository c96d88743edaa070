import Testing

@testable import IngotD1

@Suite("The account of calls")
struct CallWindowTests {
    @Test("Calls go at once until the window is full, then as the oldest leave it")
    func window() {
        var window = CallWindow(calls: 3, length: .seconds(300))
        #expect(window.take(now: .zero) == nil)
        #expect(window.take(now: .seconds(1)) == nil)
        #expect(window.take(now: .seconds(2)) == nil)
        // Who asks too early and then never comes has taken nothing.
        #expect(window.take(now: .seconds(3)) == .seconds(300))
        #expect(window.take(now: .seconds(299)) == .seconds(300))
        #expect(window.take(now: .seconds(300)) == nil)
        #expect(window.take(now: .seconds(300)) == .seconds(301))
        #expect(window.take(now: .seconds(900)) == nil)
    }

    @Test("No more than the limit fit into any window, however they come")
    func neverOver() {
        var window = CallWindow(calls: 10, length: .seconds(60))
        var generator = SystemRandomNumberGenerator()
        var now = Duration.zero
        var moments: [Duration] = []
        for _ in 0..<500 {
            now += .milliseconds(Int.random(in: 0...8000, using: &generator))
            while let later = window.take(now: now) { now = later }
            moments.append(now)
        }
        for index in moments.indices.dropFirst(10) {
            #expect(moments[index] - moments[index - 10] >= .seconds(60))
        }
    }

    @Test("What the server says is scarce is spread, what is plenty is not")
    func learning() {
        var window = CallWindow(calls: 100, length: .seconds(300))
        window.learn(RateLimitPolicy(remaining: 500, resetAfter: .seconds(100)), now: .zero)
        #expect(window.take(now: .zero) == nil)
        window.learn(RateLimitPolicy(remaining: 4, resetAfter: .seconds(100)), now: .zero)
        #expect(window.take(now: .zero) == .seconds(20))
        window.hold(until: .seconds(90))
        #expect(window.take(now: .seconds(20)) == .seconds(90))
        // A shorter wait does not undo a longer one.
        window.hold(until: .seconds(30))
        #expect(window.take(now: .seconds(30)) == .seconds(90))
        window.learn(RateLimitPolicy(remaining: 0, resetAfter: .seconds(60)), now: .seconds(90))
        #expect(window.take(now: .seconds(90)) == .seconds(150))
    }

    struct Header: Sendable, CustomTestStringConvertible {
        var text: String
        var policies: [RateLimitPolicy]
        var testDescription: String { text }
    }

    static let headers: [Header] = [
        Header(
            text: #""default";r=50;t=30"#,
            policies: [RateLimitPolicy(remaining: 50, resetAfter: .seconds(30))]
        ),
        Header(text: #""burst"; r=0; t=1"#, policies: [RateLimitPolicy(remaining: 0, resetAfter: .seconds(1))]),
        Header(
            text: #""default";r=50;t=30, "burst";r=3;t=1"#,
            policies: [
                RateLimitPolicy(remaining: 50, resetAfter: .seconds(30)),
                RateLimitPolicy(remaining: 3, resetAfter: .seconds(1)),
            ]
        ),
        Header(
            text: #""a, b; r=7";r=2;t=3,nothing,"c";r=4"#,
            policies: [RateLimitPolicy(remaining: 2, resetAfter: .seconds(3))]
        ),
        Header(text: "", policies: []),
        Header(text: "r=5;t=1", policies: []),
        Header(text: #""d";r=-1;t=5"#, policies: []),
        Header(text: #""d";r=5;t=99999999"#, policies: []),
        Header(text: #""d";r=5;t=99999999999999999999"#, policies: []),
    ]

    @Test("The header of the server reads, with one policy or several", arguments: headers)
    func header(_ example: Header) { #expect(RateLimitPolicy.policies(in: example.text) == example.policies) }
}
