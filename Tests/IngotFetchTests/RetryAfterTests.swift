import IngotCore
import Testing

@testable import IngotFetch

@Suite("Retry-After")
struct RetryAfterTests {
    private let now = Timestamp("2026-11-21T07:00:00.000Z")

    @Test(
        "is read in both forms, and bounded",
        arguments: [
            ("0", 0), ("120", 120), (" 7 ", 7), ("Sat, 21 Nov 2026 07:00:30 GMT", 30),
            ("Sat, 21 Nov 2026 06:00:00 GMT", 0), ("Sat, 21 Nov 2037 06:00:00 GMT", 86_400), ("999999", 86_400),
            ("99999999999999999999999", 86_400),
        ]
    )
    func forms(text: String, seconds: Int) throws {
        #expect(RetryAfter.pause(text, now: try #require(now)) == .seconds(seconds))
    }

    @Test("is nothing when it is neither", arguments: ["", "soon", "-5", "1.5", "Sat, 21 Nov"])
    func odd(text: String) throws {
        #expect(RetryAfter.pause(text, now: try #require(now)) == nil)
        #expect(RetryAfter.pause(nil) == nil)
    }
}
