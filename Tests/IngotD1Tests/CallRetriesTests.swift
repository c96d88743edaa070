import IngotCore
import Testing

@testable import IngotD1

@Suite("Whether a failed call is made again")
struct CallRetriesTests {
    private struct Highest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    private func waits(_ retry: CallFailure.Retry, after: Duration? = nil, isIdempotent: Bool) -> [Duration] {
        var retries = CallRetries(
            policy: RetryPolicy(maximumAttempts: 4, firstDelay: .milliseconds(100), maximumDelay: .milliseconds(250)),
            rateLimitWait: .seconds(60),
            isIdempotent: isIdempotent
        )
        let failure = CallFailure(
            error: DatabaseError(kind: .unavailable, message: "x"),
            retry: retry,
            after: after
        )
        var generator = Highest()
        var waits: [Duration] = []
        while waits.count < 100, let wait = retries.wait(after: failure, using: &generator) { waits.append(wait) }
        return waits
    }

    @Test("An unknown outcome is tried again only when that does no harm, with waits that double")
    func unknown() {
        let waits = waits(.ifIdempotent, isIdempotent: true)
        #expect(waits.map(\.milliseconds) == [100, 200, 250])
        #expect(self.waits(.ifIdempotent, isIdempotent: false).isEmpty)
        #expect(
            self.waits(.ifIdempotent, after: .seconds(9), isIdempotent: true)
                == Array(repeating: .seconds(9), count: 3)
        )
    }

    @Test("A rate limit is waited out by anyone, as long as the server says, but not for ever")
    func refused() {
        for isIdempotent in [true, false] {
            #expect(
                waits(.whenAdmitted, after: .seconds(300), isIdempotent: isIdempotent)
                    == Array(repeating: .seconds(300), count: 12)
            )
            let unnamed = waits(.whenAdmitted, isIdempotent: isIdempotent)
            #expect(unnamed.map(\.components.seconds) == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60])
        }
    }

    @Test("Some failures are tried once more")
    func once() {
        #expect(waits(.once, isIdempotent: true).count == 1)
        #expect(waits(.once, isIdempotent: false).count == 1)
        #expect(waits(.onceIfIdempotent, isIdempotent: true).count == 1)
        #expect(waits(.onceIfIdempotent, isIdempotent: false).isEmpty)
        #expect(waits(.never, isIdempotent: true).isEmpty)
    }
}

@Suite("What headers say about trying again")
struct RetryHeadersTests {
    private let now = Timestamp(millisecondsSinceEpoch: 784_111_777_000)

    private func headers(_ values: [String: String]) -> RetryHeaders { RetryHeaders(now: now) { values[$0] } }

    @Test(
        "The wait comes in seconds, milliseconds or as a date",
        arguments: [
            (["retry-after": "30"], .seconds(30)),
            (["retry-after": "0"], .zero),
            (["retry-after": "1.5"], .milliseconds(1500)),
            (["retry-after-ms": "250"], .milliseconds(250)),
            (["retry-after-ms": "250", "retry-after": "30"], .milliseconds(250)),
            (["retry-after-ms": "x", "retry-after": "30"], .seconds(30)),
            // The time of the test is Sun, 06 Nov 1994 08:49:37 GMT.
            (["retry-after": "Sun, 06 Nov 1994 08:50:07 GMT"], .seconds(30)),
            (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero),
            // The server's clock is an hour behind.
            (
                ["retry-after": "Sun, 06 Nov 1994 07:50:07 GMT", "date": "Sun, 06 Nov 1994 07:49:37 GMT"],
                .seconds(30)
            ),
            ([:], nil),
            (["retry-after": "soon"], nil),
            (["retry-after": "-1"], nil),
            (["retry-after": "86400"], nil),
            (["retry-after": "nan"], nil),
            (["retry-after": "1e300"], nil),
        ] as [([String: String], Duration?)]
    )
    func after(_ values: [String: String], _ wait: Duration?) { #expect(headers(values).after == wait) }

    @Test("Whether to try at all")
    func shouldRetry() {
        #expect(headers(["x-should-retry": "true"]).shouldRetry == true)
        #expect(headers(["x-should-retry": "false"]).shouldRetry == false)
        #expect(headers(["x-should-retry": "maybe"]).shouldRetry == nil)
    }

    @Test("A policy without calls left tells when it starts anew")
    func reset() {
        #expect(headers(["ratelimit": #""default";r=0;t=30, "burst";r=0;t=5"#]).reset == .seconds(30))
        #expect(headers(["ratelimit": #""default";r=1;t=30"#]).reset == nil)
    }
}
