import AsyncHTTPClient
import IngotCore
import IngotEmbedded
import IngotTesting
import NIOCore
import NIOHTTP1
import Testing

@Suite("The embedded D1 answers as D1 does")
struct D1EndpointTests {
    struct Answer: Sendable {
        var status: UInt
        var headers: HTTPHeaders
        var json: JSONValue

        var code: Int64? { json["errors"]?.arrayValue?.first?["code"]?.integerValue }
        var message: String? { json["errors"]?.arrayValue?.first?["message"]?.stringValue }
        var results: [JSONValue] { json["result"]?.arrayValue ?? [] }
    }

    private static func call(
        _ cloud: EmbeddedCloud,
        _ action: String = "/query",
        authorization: String? = nil,
        database: String? = nil,
        account: String? = nil,
        method: HTTPMethod = .POST,
        body: String = #"{"sql":"SELECT 1"}"#
    ) async throws -> Answer {
        let settings = cloud.settings
        var request = HTTPClientRequest(
            url: "\(settings.databaseBaseURL)/accounts/\(account ?? settings.accountID)/d1/database/"
                + "\(database ?? settings.databaseID)\(action)"
        )
        request.method = method
        let authorization = authorization ?? "Bearer \(settings.databaseToken.revealed)"
        if !authorization.isEmpty { request.headers.add(name: "Authorization", value: authorization) }
        if method == .POST { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 32 << 20)
        return Answer(
            status: response.status.code,
            headers: response.headers,
            json: try JSONParser.parse(Array(bytes.readableBytesView))
        )
    }

    private static func sql(_ text: String, _ parameters: String? = nil) -> String {
        var writer = JSONWriter()
        writer.raw("{\"sql\":")
        writer.string(text)
        if let parameters {
            writer.raw(",\"params\":")
            writer.raw(parameters.utf8)
        }
        writer.raw("}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("Wrong credentials and names get D1's statuses and codes")
    func access() async throws {
        try await withEmbeddedCloud { cloud in
            let wrong = try await Self.call(cloud, authorization: "Bearer nonsense")
            #expect(wrong.status == 401 && wrong.code == 10000 && wrong.message == "Authentication error")
            let missing = try await Self.call(cloud, authorization: "")
            #expect(missing.status == 401 && missing.code == 10000)
            let token = cloud.settings.databaseToken.revealed
            for other in ["Basic abc", "Basic \(token)", token, "Bearer", "Bearer \(token)x"] {
                let answer = try await Self.call(cloud, authorization: other)
                #expect(answer.status == 401 && answer.code == 10000)
            }
            for scheme in ["bearer", "BEARER"] {
                #expect(try await Self.call(cloud, authorization: "\(scheme) \(token)").status == 200)
            }
            let malformed = try await Self.call(cloud, account: "0")
            #expect(malformed.status == 404 && malformed.code == 7003)
            #expect(malformed.message?.hasPrefix("Could not route to /accounts/0/d1/database/") == true)
            let account = try await Self.call(cloud, account: String(repeating: "0", count: 32))
            #expect(account.status == 403 && account.code == 7403)
            let id = "11111111-1111-4111-8111-111111111111"
            let database = try await Self.call(cloud, database: id)
            #expect(database.status == 404 && database.code == 7404)
            #expect(database.message == "The database \(id) could not be found")
            #expect(try await Self.call(cloud, database: "x").code == 7400)
            #expect(try await Self.call(cloud, "/nothing").code == 7003)
            let description = try await Self.call(cloud, "", method: .GET)
            #expect(description.json["result"]?["uuid"]?.stringValue == cloud.settings.databaseID)
        }
    }

    @Test(
        "Malformed bodies get 400 and code 7400",
        arguments: [
            "", "[]", "{", #"{"sql":"SELECT 1","batch":[]}"#, #"{"batch":[]}"#, "{}", #"{"sql":1}"#,
            #"{"sql":"SELECT ?1","params":[true]}"#, #"{"sql":"SELECT ?1","params":{"a":1}}"#,
            #"{"sql":"SELECT ?1; SELECT 2","params":[1]}"#,
            #"{"batch":[{"sql":"SELECT 1; SELECT 2"},{"sql":"SELECT 3"}]}"#,
            #"{"sql":"SELECT ?1","params":[[256]]}"#, #"[{"sql":"SELECT 1"}]"#,
        ]
    )
    func malformed(_ body: String) async throws {
        try await withEmbeddedCloud { cloud in
            let answer = try await Self.call(cloud, body: body)
            #expect(answer.status == 400)
            #expect(answer.code == 7400)
            #expect(answer.message?.hasPrefix("The request is malformed: ") == true)
        }
    }

    @Test("Statements that D1 refuses get 400, code 7500 and D1's text")
    func statements() async throws {
        try await withEmbeddedCloud { cloud in
            let ones = "[" + Array(repeating: "1", count: 101).joined(separator: ",") + "]"
            let marks = Array(repeating: "?", count: 101).joined(separator: ",")
            let cases: [(String, String)] = [
                (Self.sql("SELECT \(marks)", ones), "too many SQL variables at offset 207: SQLITE_ERROR"),
                (
                    Self.sql("SELECT 1 --" + String(repeating: "x", count: 99_990)),
                    "statement too long: SQLITE_TOOBIG"
                ),
                (
                    Self.sql("SELECT ?1", "[\"\(String(repeating: "x", count: 2_000_001))\"]"),
                    "string or blob too big: SQLITE_TOOBIG"
                ),
                (Self.sql("ATTACH 'a' AS b"), "not authorized: SQLITE_AUTH"),
                (Self.sql("BEGIN"), "not authorized: SQLITE_AUTH"),
                (Self.sql("PRAGMA journal_mode"), "not authorized: SQLITE_AUTH"),
                (Self.sql(""), "SQL code did not contain a statement."),
                (Self.sql("SELECT ?1, ?2", "[1]"), "Wrong number of parameter bindings for SQL query."),
            ]
            for (body, text) in cases {
                let answer = try await Self.call(cloud, body: body)
                #expect(answer.status == 400)
                #expect(answer.code == 7500)
                #expect(answer.message == text)
            }
        }
    }

    @Test("Numbers bind as doubles, and both forms of rows are D1's")
    func forms() async throws {
        try await withEmbeddedCloud { cloud in
            let batch = #"""
                {"batch":[{"sql":"CREATE TABLE t(s TEXT, b BLOB)"},{"sql":"INSERT INTO t VALUES (?1, ?2)",
                "params":[42,[1,2]]},{"sql":"SELECT s, b, 1 AS s, 2.0 AS r, NULL AS n FROM t"}]}
                """#
            let objects = try await Self.call(cloud, body: batch)
            #expect(objects.status == 200)
            #expect(objects.results.count == 3)
            #expect(objects.results[0]["results"] == [])
            #expect(objects.results[1]["meta"]?["changes"] == 1)
            #expect(objects.results[2]["results"] == [["s": 1, "b": [1, 2], "r": 2, "n": nil]])
            let names = [
                "served_by", "duration", "changes", "last_row_id", "changed_db", "size_after", "rows_read",
                "rows_written", "timings",
            ]
            for name in names { #expect(objects.results[2]["meta"]?[name] != nil) }
            #expect(objects.headers.first(name: "Ratelimit")?.hasPrefix("\"default\";r=") == true)
            let arrays = try await Self.call(cloud, "/raw", body: Self.sql("SELECT s, b, 1 AS s FROM t"))
            #expect(
                arrays.results[0]["results"] == ["columns": ["s", "b", "s"], "rows": [["42.0", [1, 2], 1]]]
            )
            let empty = try await Self.call(cloud, "/raw", body: Self.sql("DELETE FROM t"))
            #expect(empty.results[0]["results"] == ["columns": [], "rows": []])
        }
    }

    @Test("A batch that fails leaves nothing, and the answer has no result")
    func atomic() async throws {
        try await withEmbeddedCloud { cloud in
            let body = #"{"batch":[{"sql":"CREATE TABLE t(a)"},{"sql":"INSERT INTO nowhere VALUES (1)"}]}"#
            let answer = try await Self.call(cloud, body: body)
            #expect(answer.json["success"] == false && answer.results.isEmpty)
            #expect(try await Self.call(cloud, body: Self.sql("SELECT * FROM t")).status == 400)
        }
    }

    @Test(
        "A refusal that leaves the body unread ends the connection, so that nothing else is taken for it",
        arguments: ["Expect: 100-continue", "Connection: close"]
    )
    func unreadBody(_ header: String) async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            try await connection.send(
                "POST /client/v4/accounts/a/d1/database/b/query HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer wrong\r\n"
                    + "\(header)\r\nContent-Length: 100000\r\n\r\n"
            )
            let refusal = try await connection.answer()
            #expect(refusal.status == 401)
            #expect(refusal.headers["connection"] == "close")
            #expect(try await connection.receive().isEmpty, "the connection goes on")
        }
    }

    @Test("A client that waits for it is told to send its body, and one whose request is refused is not")
    func awaitedBody() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            for _ in 0..<2 {
                let call = cloud.databaseCall().replacing("Host: ", with: "Expect: 100-continue\r\nHost: ")
                let head = try #require(call.firstRange(of: "\r\n\r\n"))
                try await connection.send(String(call[..<head.upperBound]))
                #expect(try await connection.receive() == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
                try await connection.send(String(call[head.upperBound...]))
                let answer = try await connection.answer()
                #expect(answer.status == 200)
                #expect(answer.text.contains(#""one":1"#))
            }
        }
    }

    @Test("A body over the limit gets 413")
    func tooLarge() async throws {
        try await withEmbeddedCloud { cloud in
            let answer = try await Self.call(cloud, body: String(repeating: " ", count: 17 << 20))
            #expect(answer.status == 413)
        }
    }

    @Test("A budget of calls ends in 429 with code 971 and a time to wait")
    func budget() async throws {
        try await withEmbeddedCloud(faults: FaultPlan(databaseCallBudget: 1, window: .seconds(300))) { cloud in
            #expect(try await Self.call(cloud).headers.first(name: "Ratelimit")?.contains("r=0") == true)
            let answer = try await Self.call(cloud)
            #expect(answer.status == 429 && answer.code == 971)
            #expect(answer.headers.first(name: "Retry-After").flatMap { Int($0) } != nil)
        }
    }
}
