import AsyncHTTPClient
import Crypto
import IngotCore
import IngotEmbedded
import IngotS3
import IngotTesting
import Testing

@Suite("Planned faults, seen on the wire")
struct FaultInjectionTests {
    private static func withDatabase(
        _ first: [FaultPlan.Fault?],
        _ body: @Sendable (EmbeddedCloud, RawConnection) async throws -> Void
    ) async throws {
        try await withEmbeddedCloud(faults: FaultPlan(database: .init(first: first))) { cloud in
            try await body(cloud, RawConnection(port: cloud.databasePort))
        }
    }

    struct Case: Sendable {
        var fault: FaultPlan.Fault
        var status: Int
        var code: Int64?
        var text: String
        var retryAfter: String?
    }

    static let refusals: [Case] = [
        Case(
            fault: .rateLimited(retryAfterSeconds: 7),
            status: 429,
            code: 971,
            text: "Please wait and consider throttling your request speed",
            retryAfter: "7"
        ),
        Case(
            fault: .rateLimited(retryAfterSeconds: nil),
            status: 429,
            code: 971,
            text: "Please wait and consider throttling your request speed",
            retryAfter: nil
        ),
        Case(
            fault: .overloaded,
            status: 429,
            code: 7500,
            text: "D1 DB is overloaded. Requests queued for too long.",
            retryAfter: nil
        ),
        Case(fault: .internalError, status: 500, code: 7500, text: "internal error", retryAfter: nil),
        Case(fault: .gatewayTimeout, status: 504, code: nil, text: "<html>", retryAfter: nil),
    ]

    @Test("An answer that is a fault has done nothing, and the connection goes on after it", arguments: refusals)
    func answers(_ fault: Case) async throws {
        try await Self.withDatabase([nil, fault.fault]) { cloud, connection in
            try await connection.send(cloud.databaseCall(#"{"sql":"CREATE TABLE t(a)"}"#))
            #expect(try await connection.answer().status == 200)
            // The server answers without having read this body, which is larger than any buffer on the way.
            let padding = String(repeating: " ", count: 8 << 20)
            try await connection.send(cloud.databaseCall(#"{"sql":"INSERT INTO t VALUES (1)"}"# + padding))
            let answer = try await connection.answer()
            #expect(answer.status == fault.status)
            #expect(answer.code == fault.code)
            #expect(answer.text.contains(fault.text))
            #expect(answer.headers["retry-after"] == fault.retryAfter)
            #expect(answer.headers["content-type"] == (fault.code == nil ? "text/html" : "application/json"))
            try await connection.send(cloud.databaseCall(#"{"sql":"SELECT count(*) n FROM t"}"#))
            #expect(try await connection.answer().text.contains(#"[{"n":0}]"#))
        }
    }

    @Test("A connection that is dropped before the call has done nothing; one that is dropped after it has done all")
    func drops() async throws {
        try await Self.withDatabase([nil, .dropBefore, .dropAfter]) { cloud, connection in
            try await connection.send(cloud.databaseCall(#"{"sql":"CREATE TABLE t(a)"}"#))
            #expect(try await connection.answer().status == 200)
            let insert = cloud.databaseCall(#"{"sql":"INSERT INTO t VALUES (1)"}"#)
            for expected in [Int64(0), 1] {
                let connection = try await RawConnection(port: cloud.databasePort)
                try await connection.send(insert)
                #expect(try await connection.receive().isEmpty)
                #expect(try await cloud.database.rows("SELECT count(*) n FROM t").first?.integer("n") == expected)
            }
        }
    }

    @Test("A truncated body announces all of its length and ends in the middle")
    func truncated() async throws {
        try await Self.withDatabase([nil, .truncatedBody]) { cloud, connection in
            let call = cloud.databaseCall()
            try await connection.send(call)
            let whole = try await connection.answer()
            try await connection.send(call)
            let half = try await connection.answer()
            #expect(half.status == 200 && !half.isWhole)
            // The measured time in an answer makes its length differ by a few digits.
            let length = try #require(half.headers["content-length"].flatMap { Int($0) })
            #expect(half.body.count == length / 2)
            #expect(half.body.prefix(20) == whole.body.prefix(20))
            #expect(try await connection.receive().isEmpty)
        }
    }

    @Test("A corrupted answer of the database is not JSON")
    func corruptedAnswer() async throws {
        try await Self.withDatabase([.corruptedBody]) { cloud, connection in
            try await connection.send(cloud.databaseCall())
            let answer = try await connection.answer()
            #expect(answer.status == 200 && answer.isWhole)
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(answer.body) }
        }
    }

    @Test("A late answer comes whole after its time, and a trickling one in pieces over its time")
    func slow() async throws {
        let time = Duration.milliseconds(300)
        try await Self.withDatabase([.delay(time), .trickle(time)]) { cloud, connection in
            for isTrickle in [false, true] {
                let start = ContinuousClock.now
                try await connection.send(cloud.databaseCall())
                let answer = try await connection.answer()
                #expect(ContinuousClock.now - start >= time)
                #expect(answer.status == 200 && answer.isWhole)
                #expect(answer.text.contains(#"[{"one":1}]"#))
                #expect(isTrickle ? answer.pieces > 5 : answer.pieces <= 2)
            }
        }
    }

    @Test("Faults of the object store: bodies break so that their hash or length tells, and HEAD has no body")
    func objects() async throws {
        let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let body = ObjectBody(bytes: content, sha256: hexadecimal(SHA256.hash(data: content)))
        let plan = FaultPlan(
            objects: .init(first: [
                .corruptedBody, .corruptedBody, .truncatedBody, .trickle(.milliseconds(200)), .internalError,
                .rateLimited(retryAfterSeconds: 3), .overloaded, .gatewayTimeout, nil,
            ])
        )
        try await withEmbeddedCloud(faults: plan) { cloud in
            try await cloud.objects.put("a", body, contentType: "text/plain", onlyIfAbsent: false)
            let client = S3Client(settings: cloud.settings, httpClient: .shared, logger: .silent)
            let url = try client.presignedURL("a", lifetime: .seconds(600))
            let path = url.dropFirst(cloud.settings.objectEndpoint.count)
            let host = cloud.settings.objectEndpoint.dropFirst("http://".count)
            let call = " \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
            let connection = try await RawConnection(port: cloud.objectPort)
            func get(_ connection: RawConnection) async throws -> RawAnswer {
                try await connection.send("GET" + call)
                return try await connection.answer()
            }
            var changed: Set<Int> = []
            for _ in 0..<2 {
                let answer = try await get(connection)
                #expect(answer.status == 200 && answer.body.count == content.count)
                let differing = content.indices.filter { answer.body[$0] != content[$0] }
                #expect(differing.count == 1)
                changed.formUnion(differing)
                #expect(answer.headers["etag"] != "\"\(hexadecimal(Insecure.MD5.hash(data: answer.body)))\"")
            }
            #expect(changed.count == 2, "the same byte both times")
            let half = try await get(connection)
            #expect(half.status == 200 && half.body.count == content.count / 2 && !half.isWhole)

            let next = try await RawConnection(port: cloud.objectPort)
            let trickling = try await get(next)
            #expect(trickling.body == content && trickling.pieces > 5)
            for (status, code) in [(500, "InternalError"), (429, "TooManyRequests"), (503, "ServiceUnavailable")] {
                let answer = try await get(next)
                #expect(answer.status == status && answer.text.contains("<Code>\(code)</Code>"))
                #expect(answer.headers["retry-after"] == (status == 429 ? "3" : nil))
            }
            try await next.send("HEAD" + call)
            let head = try await next.answer(isHead: true)
            #expect(head.status == 504 && head.body.isEmpty)
            #expect(try await get(next).body == content)
        }
    }
}
