import IngotCore
import Testing

@testable import IngotClient

@Suite("Problem documents")
struct GatewayProblemTests {
    @Test(
        "say what happened, and what is wrong one by one",
        arguments: [
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
        #expect("\(GatewayProblem(document: try JSONValue(parsing: document.utf8), status: 503))" == text)
    }

    @Test("have a kind, and advice by it or of the gateway's own")
    func members() {
        let problem = GatewayProblem(
            document: ["type": "/problems/unknown-job", "title": "No.", "detail": "There is no x.", "instance": "/a"],
            status: 404,
            retryAfter: "7"
        )
        #expect(problem.kind == "unknown-job")
        #expect(problem.advice == "`ingot jobs` lists the jobs")
        #expect(problem.retryAfter == .seconds(7))
        #expect(problem.instance == "/a")
        #expect(!problem.isTransient)
        let own = GatewayProblem(document: ["type": "/problems/unknown-job", "advice": "Wait."], status: 503)
        #expect(own.advice == "Wait.")
        #expect(own.isTransient)
    }

    @Test("that are none are told by the status", arguments: ["x", "-1", "99999999999999999999999"])
    func retryAfter(text: String) {
        let problem = GatewayProblem(document: nil, status: 502, retryAfter: text)
        #expect(problem.type == "about:blank")
        #expect(problem.retryAfter == nil)
    }
}
