import Testing

@testable import IngotD1

@Suite("The account of calls")
struct CallWindowTests {
    let start = ContinuousClock.now

    @Test("Calls go at once until the window is full, then as the oldest leave it")
    func window() {
        var window = CallWindow(calls: 3, length: .seconds(300))
        #expect(window.book(now: start) == start)
        #expect(window.book(now: start + .seconds(1)) == start + .seconds(1))
        #expect(window.book(now: start + .seconds(2)) == start + .seconds(2))
        #expect(window.book(now: start + .seconds(3)) == start + .seconds(300))
        #expect(window.book(now: start + .seconds(3)) == start + .seconds(301))
        #expect(window.book(now: start + .seconds(900)) == start + .seconds(900))
    }

    @Test("No more than the limit fit into any window, however they come")
    func neverOver() {
        var window = CallWindow(calls: 10, length: .seconds(60))
        var generator = SystemRandomNumberGenerator()
        var now = start
        var moments: [ContinuousClock.Instant] = []
        for _ in 0..<500 {
            now += .milliseconds(Int.random(in: 0...8000, using: &generator))
            moments.append(window.book(now: now))
        }
        moments.sort()
        for index in moments.indices.dropFirst(10) {
            #expect(moments[index] - moments[index - 10] >= .seconds(60))
        }
    }

    @Test("What the server says is scarce is spread, what is plenty is not")
    func learning() {
        var window = CallWindow(calls: 100, length: .seconds(300))
        window.learn(remaining: 500, resetAfter: .seconds(100), now: start)
        #expect(window.book(now: start) == start)
        window.learn(remaining: 4, resetAfter: .seconds(100), now: start)
        #expect(window.book(now: start) == start + .seconds(20))
        window.hold(until: start + .seconds(90))
        #expect(window.book(now: start) == start + .seconds(90))
    }

    @Test(
        "The header of the server reads",
        arguments: [
            (#""default";r=50;t=30"#, 50, 30), (#""burst"; r=0; t=1"#, 0, 1),
        ]
    )
    func header(_ text: String, _ remaining: Int, _ seconds: Int) {
        let header = RateLimitHeader(text)
        #expect(header?.remaining == remaining)
        #expect(header?.resetAfter == .seconds(seconds))
    }

    @Test("What is no such header is ignored", arguments: ["", "r=5", "r=-1;t=5", "r=5;t=99999999"])
    func noHeader(_ text: String) { #expect(RateLimitHeader(text) == nil) }
}
