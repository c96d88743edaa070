import IngotCore
import Testing

@testable import ingot

@Suite("Problems in words")
struct ProblemMessageTests {
    @Test(
        "says what happened, what is wrong one by one, and what to try next",
        arguments: [
            (
                #"{"detail":"There is no x.","type":"/problems/unknown-job"}"#,
                "There is no x.\n  `ingot jobs` lists the jobs"
            ),
            (#"{"title":"Wrong."}"#, "Wrong."),
            (#"{"detail":"/a is bad.","errors":[{"pointer":"/a","detail":"is bad"}]}"#, "/a is bad."),
            (
                #"{"detail":"/a is bad.","errors":[{"pointer":"/a","detail":"is bad"},{"detail":"odd"}]}"#,
                "/a is bad.\n  /a: is bad\n  odd"
            ),
            ("[]", "the gateway answered 503"),
        ]
    )
    func text(document: String, text: String) throws {
        #expect(ProblemMessage(problem: try JSONValue(parsing: document.utf8), status: 503).text == text)
    }

    @Test("tells a wrong request from one that failed")
    func exitCodes() {
        let codes = [400, 422, 404, 500, 502, 503].map { ProblemMessage(problem: nil, status: $0).exitCode }
        #expect(codes == [2, 2, 1, 1, 1, 3])
    }
}
