import IngotCore
import Testing

@testable import IngotD1

@Suite("The answers of D1's interface")
struct D1AnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var retryAfter: String? = nil
        var kind: DatabaseError.Kind
        var retry: D1Answer.Retry
        var testDescription: String { "\(status) \(body.prefix(60))" }
    }

    private static func error(_ code: Int, _ message: String) -> String {
        #"{"success":false,"errors":[{"code":\#(code),"message":"\#(message)"}],"messages":[],"result":null}"#
    }

    static let failures: [Case] = [
        Case(status: 400, body: error(7500, "no such table: t: SQLITE_ERROR"), kind: .statement, retry: .never),
        Case(
            status: 400,
            body: error(7500, "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT"),
            kind: .constraint,
            retry: .never
        ),
        Case(status: 400, body: error(7500, "Exceeded maximum DB size"), kind: .full, retry: .never),
        Case(status: 400, body: error(7500, "Network connection lost."), kind: .unavailable, retry: .ifIdempotent),
        Case(status: 400, body: error(7400, "The request is malformed"), kind: .statement, retry: .never),
        Case(status: 400, body: error(6003, "Invalid request headers"), kind: .access, retry: .never),
        Case(status: 401, body: error(10000, "Authentication error"), kind: .access, retry: .never),
        Case(status: 403, body: error(9109, "Invalid access token"), kind: .access, retry: .never),
        Case(status: 403, body: error(7403, "The given account is not valid"), kind: .access, retry: .once),
        Case(status: 404, body: error(7404, "could not be found"), kind: .notFound, retry: .never),
        Case(status: 404, body: error(7003, "Could not route"), kind: .notFound, retry: .never),
        Case(
            status: 429,
            body: error(971, "Please wait"),
            retryAfter: "30",
            kind: .overloaded,
            retry: .refused(after: .seconds(30))
        ),
        Case(status: 429, body: error(971, "Please wait"), kind: .overloaded, retry: .refused(after: nil)),
        Case(status: 429, body: error(7500, "D1 DB is overloaded."), kind: .overloaded, retry: .ifIdempotent),
        Case(status: 500, body: error(7500, "internal error"), kind: .unavailable, retry: .ifIdempotent),
        Case(status: 504, body: "<html>504</html>", kind: .unavailable, retry: .ifIdempotent),
        Case(status: 502, body: "", kind: .unavailable, retry: .ifIdempotent),
        Case(status: 302, body: "<html>moved</html>", kind: .malformedAnswer, retry: .never),
        Case(status: 200, body: "{\"success\":tr", kind: .malformedAnswer, retry: .ifIdempotent),
        Case(status: 200, body: #"{"success":true,"result":[]}"#, kind: .malformedAnswer, retry: .ifIdempotent),
        Case(
            status: 200,
            body: #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[1,2]]}}]}"#,
            kind: .malformedAnswer,
            retry: .ifIdempotent
        ),
    ]

    @Test("Every failure has its kind, its advice and its time to try again", arguments: failures)
    func failure(_ example: Case) {
        let answer = D1Answer(status: example.status, retryAfter: example.retryAfter, body: Array(example.body.utf8))
        let failure = #expect(throws: D1Answer.Failure.self) { try answer.results(count: 1) }
        #expect(failure?.error.kind == example.kind)
        #expect(failure?.retry == example.retry)
        #expect(failure?.error.advice != nil)
    }

    @Test(
        "A statement without rows has an empty result however that is written",
        arguments: ["null", "[]", #"{"columns":[],"rows":[]}"#]
    )
    func empty(_ results: String) throws {
        let body = #"{"success":true,"errors":[],"result":[{"results":\#(results),"meta":{"changes":3}}]}"#
        let answer = D1Answer(status: 200, retryAfter: nil, body: Array(body.utf8))
        #expect(try answer.results(count: 1) == [StatementResult(changes: 3)])
    }
}
