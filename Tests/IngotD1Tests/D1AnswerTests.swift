import IngotCore
import Testing

@testable import IngotD1

@Suite("The answers of D1's interface")
struct D1AnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var headers = RetryHeaders()
        var kind: DatabaseError.Kind
        var retry: CallFailure.Retry
        /// A part of the advice.
        var advice: String
        var after: Duration? = nil
        var testDescription: String { "\(status) \(body.prefix(100))" }
    }

    private static func error(_ code: Int, _ message: String, result: String = #","result":null"#) -> String {
        #"{"success":false,"errors":[{"code":\#(code),"message":"\#(message)"}],"messages":[]\#(result)}"#
    }

    private static func sql(
        _ message: String,
        _ kind: DatabaseError.Kind,
        _ retry: CallFailure.Retry,
        _ advice: String
    ) -> Case {
        Case(status: 400, body: error(7500, message), kind: kind, retry: retry, advice: advice)
    }

    private static let rateLimit = error(971, "Please wait and consider throttling your request speed")

    static let codes: [Case] = [
        Case(
            status: 400,
            body: error(7400, "The request is malformed: params with multiple statements is not supported"),
            kind: .statement,
            retry: .never,
            advice: "entry of a batch"
        ),
        Case(
            status: 400,
            body: error(7400, "The request is malformed: failed to decode id"),
            kind: .notFound,
            retry: .never,
            advice: "D1_DATABASE_ID"
        ),
        Case(
            status: 400,
            body: error(7400, "The request is malformed"),
            kind: .statement,
            retry: .never,
            advice: "D1_BASE_URL"
        ),
        Case(
            status: 400,
            body: error(6003, "Invalid request headers"),
            kind: .access,
            retry: .never,
            advice: "D1_API_TOKEN"
        ),
        Case(
            status: 400,
            body: error(9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"),
            kind: .access,
            retry: .never,
            advice: "Authorization header"
        ),
        Case(
            status: 403,
            body: error(9109, "Invalid access token"),
            kind: .access,
            retry: .never,
            advice: "D1 Edit"
        ),
        Case(
            status: 401,
            body: error(10000, "Authentication error"),
            kind: .access,
            retry: .never,
            advice: "D1_API_TOKEN"
        ),
        Case(
            status: 403,
            body: error(10000, "Authentication error"),
            kind: .access,
            retry: .never,
            advice: "CF_ACCOUNT_ID"
        ),
        Case(
            status: 403,
            body: error(7403, "The given account is not valid or is not authorized to access this service"),
            kind: .access,
            retry: .once,
            advice: "D1 Edit"
        ),
        Case(
            status: 404,
            body: error(7404, "The database x could not be found"),
            kind: .notFound,
            retry: .never,
            advice: "D1_DATABASE_ID"
        ),
        Case(
            status: 400,
            body: error(7003, "Could not route to /client/v4, perhaps your object identifier is invalid?"),
            kind: .notFound,
            retry: .never,
            advice: "CF_ACCOUNT_ID"
        ),
        Case(status: 404, body: error(7003, "Could not route"), kind: .notFound, retry: .never, advice: "is not an id"),
        Case(
            status: 429,
            body: rateLimit,
            headers: RetryHeaders(after: .seconds(30)),
            kind: .overloaded,
            retry: .whenAdmitted,
            advice: "1,200 in five minutes",
            after: .seconds(30)
        ),
        Case(
            status: 429,
            body: rateLimit,
            headers: RetryHeaders(policies: [RateLimitPolicy(remaining: 0, resetAfter: .seconds(77))]),
            kind: .overloaded,
            retry: .whenAdmitted,
            advice: "1,200 in five minutes",
            after: .seconds(77)
        ),
        Case(status: 429, body: rateLimit, kind: .overloaded, retry: .whenAdmitted, advice: "fewer and larger"),
        Case(
            status: 429,
            body: error(7500, "D1 DB is overloaded. Requests queued for too long."),
            kind: .overloaded,
            retry: .ifIdempotent,
            advice: "fewer jobs"
        ),
        Case(
            status: 429,
            body: error(7500, "D1 DB is overloaded. Too many requests queued."),
            headers: RetryHeaders(after: .seconds(3)),
            kind: .overloaded,
            retry: .ifIdempotent,
            advice: "fewer jobs",
            after: .seconds(3)
        ),
        Case(
            status: 500,
            body: error(7500, "internal error"),
            kind: .unavailable,
            retry: .ifIdempotent,
            advice: "cloudflarestatus"
        ),
        Case(
            status: 400,
            body: error(4242, "something new"),
            kind: .statement,
            retry: .never,
            advice: "not known here"
        ),
        Case(
            status: 503,
            body: error(4242, "something new"),
            kind: .unavailable,
            retry: .ifIdempotent,
            advice: "try again later"
        ),
        Case(
            status: 403,
            body: error(4242, "something new"),
            kind: .access,
            retry: .never,
            advice: "D1 Edit"
        ),
    ]

    static let texts: [Case] = [
        sql("near \\\"SELEC\\\": syntax error at offset 0: SQLITE_ERROR", .statement, .never, "correct the statement"),
        sql("too many SQL variables at offset 435: SQLITE_ERROR", .statement, .never, "100 values"),
        sql("Wrong number of parameter bindings for SQL query.", .statement, .never, "placeholder"),
        sql("no such table: nodes: SQLITE_ERROR", .statement, .never, "another version"),
        sql("table nodes has no column named x: SQLITE_ERROR", .statement, .never, "another version"),
        sql("not authorized: SQLITE_AUTH", .statement, .never, "does not allow"),
        sql("UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT", .constraint, .never, "rule of its table"),
        sql(
            "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
            .constraint,
            .never,
            "rule of its table"
        ),
        sql("D1_ERROR: UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT", .constraint, .never, "rule of its table"),
        sql("statement too long: SQLITE_TOOBIG", .tooLarge, .never, "fewer rows"),
        sql("string or blob too big: SQLITE_TOOBIG", .tooLarge, .never, "fewer rows"),
        sql("Exceeded maximum DB size", .full, .never, "paid plan"),
        sql("database or disk is full: SQLITE_FULL", .full, .never, "paid plan"),
        sql("database disk image is malformed: SQLITE_CORRUPT", .malformedAnswer, .never, "damaged"),
        sql("database is locked: SQLITE_BUSY", .overloaded, .ifIdempotent, "try again later"),
        sql("D1 DB's isolate exceeded its memory limit and was reset.", .tooLarge, .onceIfIdempotent, "fewer rows"),
        sql("D1 DB exceeded its CPU time limit and was reset.", .tooLarge, .onceIfIdempotent, "fewer rows"),
        sql(
            "D1 DB storage operation exceeded timeout which caused object to be reset.",
            .tooLarge,
            .onceIfIdempotent,
            "30 seconds"
        ),
        sql("Network connection lost.", .unavailable, .ifIdempotent, "try again later"),
        sql("D1 DB storage caused object to be reset.", .unavailable, .ifIdempotent, "try again later"),
        sql("D1 DB reset because its code was updated.", .unavailable, .ifIdempotent, "try again later"),
        sql(
            "Cannot resolve D1 DB due to transient issue on remote node.",
            .unavailable,
            .ifIdempotent,
            "try again later"
        ),
        sql(
            "Internal error while starting up D1 DB storage caused object to be reset.",
            .unavailable,
            .ifIdempotent,
            "try again later"
        ),
        sql(
            "Can't read from request stream because client disconnected.",
            .unavailable,
            .ifIdempotent,
            "try again later"
        ),
        // The same texts with another status.
        Case(
            status: 500,
            body: error(7500, "D1 DB exceeded its CPU time limit and was reset."),
            kind: .tooLarge,
            retry: .onceIfIdempotent,
            advice: "fewer rows"
        ),
        Case(
            status: 200,
            body: error(7500, "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT", result: #","result":[]"#),
            kind: .constraint,
            retry: .never,
            advice: "rule of its table"
        ),
        Case(
            status: 200,
            body: #"{"success":true,"errors":[],"result":[{"success":false,"error":"Network connection lost."}]}"#,
            kind: .unavailable,
            retry: .ifIdempotent,
            advice: "try again later"
        ),
    ]

    private static let html = "<!DOCTYPE html><html><body>Bad gateway</body></html>"

    static let bodies: [Case] =
        [502, 503, 504].flatMap { status in
            [html, "", "null", "[]", "{}", #"{"success":false,"errors":[],"result":null}"#].map { body in
                Case(status: status, body: body, kind: .unavailable, retry: .ifIdempotent, advice: "try again")
            }
        } + [
            Case(status: 429, body: html, kind: .overloaded, retry: .whenAdmitted, advice: "fewer and larger"),
            Case(status: 413, body: html, kind: .tooLarge, retry: .never, advice: "fewer rows"),
            Case(status: 408, body: "", kind: .unavailable, retry: .ifIdempotent, advice: "try again"),
            Case(status: 401, body: html, kind: .access, retry: .never, advice: "D1_API_TOKEN"),
            Case(status: 403, body: html, kind: .access, retry: .never, advice: "from this address"),
            Case(status: 404, body: html, kind: .notFound, retry: .never, advice: "D1_BASE_URL"),
            Case(status: 302, body: html, kind: .malformedAnswer, retry: .never, advice: "another address"),
            Case(status: 400, body: html, kind: .malformedAnswer, retry: .never, advice: "D1_BASE_URL"),
            Case(status: 200, body: html, kind: .malformedAnswer, retry: .ifIdempotent, advice: "D1_BASE_URL"),
            Case(status: 200, body: "", kind: .malformedAnswer, retry: .ifIdempotent, advice: "D1_BASE_URL"),
            Case(
                status: 200,
                body: "{\"success\":tr",
                kind: .malformedAnswer,
                retry: .ifIdempotent,
                advice: "D1_BASE_URL"
            ),
            Case(
                status: 200,
                body: String(repeating: "[", count: 100_000),
                kind: .malformedAnswer,
                retry: .ifIdempotent,
                advice: "D1_BASE_URL"
            ),
            Case(status: 200, body: "{}", kind: .statement, retry: .never, advice: "not known here"),
        ]
        + [
            // A success that says nothing, or too much, of the one statement.
            #"{"success":true}"#,
            #"{"success":true,"result":null}"#,
            #"{"success":true,"result":[]}"#,
            #"{"success":true,"result":[null]}"#,
            #"{"success":true,"result":[{"results":7}]}"#,
            #"{"success":true,"result":[{"results":[{"a":1}]}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":[1],"rows":[]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[1,2]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[7]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[{}]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[[256]]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[["x"]]]}}]}"#,
        ].map { Case(status: 200, body: $0, kind: .malformedAnswer, retry: .ifIdempotent, advice: "D1_BASE_URL") }

    @Test("A gateway that gives up after nearly 30 seconds says that the call was too much")
    func tooSlow() {
        for (seconds, kind, retry) in [
            (24, DatabaseError.Kind.unavailable, CallFailure.Retry.ifIdempotent), (29, .tooLarge, .onceIfIdempotent),
        ] {
            let body = Array("<html>504 Gateway Time-out</html>".utf8)
            let answer = D1Answer(status: 504, headers: RetryHeaders(), body: body, duration: .seconds(seconds))
            let failure = #expect(throws: CallFailure.self) { try answer.results(count: 1) }
            #expect(failure?.error.kind == kind && failure?.retry == retry)
        }
    }

    @Test("What SQLite says is not mistaken for D1's own words, whatever names it holds")
    func namesInErrors() {
        for (message, kind) in [
            ("UNIQUE constraint failed: overloaded.id: SQLITE_CONSTRAINT", DatabaseError.Kind.constraint),
            ("no such table: overloaded: SQLITE_ERROR", .statement),
        ] {
            let body = #"{"success":false,"errors":[{"code":7500,"message":"\#(message)"}]}"#
            let answer = D1Answer(status: 400, headers: RetryHeaders(), body: Array(body.utf8))
            let failure = #expect(throws: CallFailure.self) { try answer.results(count: 1) }
            #expect(failure?.error.kind == kind && failure?.retry == .never)
        }
    }

    @Test("Every failure has its kind, its advice and its time to try again", arguments: codes + texts + bodies)
    func failure(_ example: Case) {
        let answer = D1Answer(status: example.status, headers: example.headers, body: Array(example.body.utf8))
        let failure = #expect(throws: CallFailure.self) { try answer.results(count: 1) }
        #expect(failure?.error.kind == example.kind)
        #expect(failure?.retry == example.retry)
        #expect(failure?.after == example.after)
        #expect(failure?.error.advice?.contains(example.advice) == true, "\(failure?.error.advice ?? "none")")
        #expect(failure?.error.message.isEmpty == false)
    }

    @Test(
        "A failure is read whatever its result says, and keeps code and words",
        arguments: [#","result":null"#, "", #","result":[]"#]
    )
    func results(_ result: String) {
        let body = Self.error(7500, "no such table: t: SQLITE_ERROR", result: result)
        let answer = D1Answer(status: 400, headers: RetryHeaders(), body: Array(body.utf8))
        let failure = #expect(throws: CallFailure.self) { try answer.results(count: 1) }
        #expect(failure?.error.code == 7500)
        #expect(failure?.error.message == "no such table: t: SQLITE_ERROR")
    }

    @Test("The server's own word on trying again counts")
    func shouldRetry() {
        func retry(_ status: Int, _ body: String, _ shouldRetry: Bool) -> CallFailure.Retry? {
            let headers = RetryHeaders(shouldRetry: shouldRetry)
            let answer = D1Answer(status: status, headers: headers, body: Array(body.utf8))
            return #expect(throws: CallFailure.self) { try answer.results(count: 1) }?.retry
        }
        #expect(retry(500, "", false) == .never)
        #expect(retry(429, Self.rateLimit, false) == .never)
        #expect(retry(400, Self.error(4242, "x"), true) == .ifIdempotent)
        #expect(retry(429, Self.rateLimit, true) == .whenAdmitted)
    }

    @Test("Long words are cut, and several errors are all told")
    func messages() {
        let long = String(repeating: "x", count: 5000)
        let body = #"{"success":false,"errors":[{"code":1,"message":"first"},{"message":"\#(long)"}]}"#
        let answer = D1Answer(status: 400, headers: RetryHeaders(), body: Array(body.utf8))
        let failure = #expect(throws: CallFailure.self) { try answer.results(count: 1) }
        #expect(failure?.error.message.hasPrefix("first; xxx") == true)
        #expect(failure?.error.message.count == 1000)
    }

    @Test(
        "A statement without rows has an empty result however that is written",
        arguments: [#""results":null,"#, #""results":[],"#, #""results":{"columns":[],"rows":[]},"#, ""]
    )
    func empty(_ results: String) throws {
        let body = #"{"success":true,"errors":[],"result":[{\#(results)"meta":{"changes":3}}]}"#
        let answer = D1Answer(status: 200, headers: RetryHeaders(), body: Array(body.utf8))
        #expect(try answer.results(count: 1) == [StatementResult(changes: 3)])
    }

    @Test("Values of every kind are read, also without the account of the statement")
    func values() throws {
        let body = #"""
            {"success":true,"result":[{"success":true,"results":{"columns":["a","a","b","c","d","e"],
            "rows":[[1,2.5,"ü\n",null,[0,255],true]]}}]}
            """#
        let answer = D1Answer(status: 200, headers: RetryHeaders(), body: Array(body.utf8))
        let result = try #require(try answer.results(count: 1).first)
        #expect(result.columns == ["a", "a", "b", "c", "d", "e"])
        #expect(result.rows == [[1, .real(2.5), "ü\n", nil, .blob([0, 255]), 1]])
        #expect(result.changes == 0)
    }

    @Test("A number beyond 2^53 is not read as another one")
    func largeNumbers() throws {
        let body = #"{"success":true,"result":[{"results":{"columns":["n"],"rows":[[9007199254740993]]}}]}"#
        let answer = D1Answer(status: 200, headers: RetryHeaders(), body: Array(body.utf8))
        let row = try #require(try answer.results(count: 1).first?.named.first)
        #expect(throws: RowError.self) { try row.integer("n") }
    }
}
