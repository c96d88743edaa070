import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Sessions of browsers", .timeLimit(.minutes(10)))
struct SessionTests {
    private func cookie(_ answer: Answer) throws -> String {
        String(try #require(answer.headers["set-cookie"].first).prefix { $0 != ";" })
    }

    @Test("A key in the body or in Authorization opens one; its cookie is out of reach for scripts and other sites")
    func open() async throws {
        try await GatewayFixture.with { fixture in
            let operatorKey = try await fixture.makeKey(.operator)
            for answer in [
                try await fixture.send(.POST, "/api/session", from: .holder(operatorKey.key)),
                try await fixture.send(
                    .POST,
                    "/api/session",
                    from: .nobody,
                    body: JSONValue.object(["key": .string(operatorKey.key)]).canonicalBytes
                ),
            ] {
                #expect(answer.status == 200)
                #expect(try answer.json() == ["caller": .string(operatorKey.id), "role": "operator"])
                let header = try #require(answer.headers["set-cookie"].first)
                let parts = header.split(separator: ";").map { $0.drop { $0 == " " } }
                #expect(parts.dropFirst() == ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"])
                #expect(!header.contains(operatorKey.key))
                let read = try await fixture.send(
                    .GET,
                    "/api/ingest/jobs",
                    from: .nobody,
                    headers: [("Cookie", "a=b; \(try cookie(answer)); c=d")]
                )
                #expect(read.status == 200)
            }
            // Beyond this machine the cookie travels over TLS only.
            let remote = try await fixture.send(
                .POST,
                "/api/session",
                from: .holder(operatorKey.key),
                headers: [("Host", "192.0.2.1")]
            )
            #expect(remote.headers["set-cookie"].first?.hasSuffix("; Secure") == true)
            #expect(remote.headers["set-cookie"].first?.hasPrefix("__Host-ingot_session_") == true)
            let secure = try await fixture.send(
                .GET,
                "/api/sources",
                from: .nobody,
                headers: [("Host", "192.0.2.1"), ("Cookie", try cookie(remote))]
            )
            #expect(secure.status == 200)
        }
    }

    @Test("A change with a cookie is made for a page of the gateway's own only")
    func crossSite() async throws {
        try await GatewayFixture.with { fixture in
            let cookie = try cookie(try await fixture.send(.POST, "/api/session"))
            func change(_ headers: [(String, String)]) async throws -> Answer {
                try await fixture.send(
                    .POST,
                    "/api/ingest/probe",
                    from: .nobody,
                    headers: [("Cookie", cookie)] + headers
                )
            }
            for headers in [
                [], [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
                [("Origin", fixture.address), ("Sec-Fetch-Site", "same-site")],
            ] {
                let answer = try await change(headers)
                #expect(answer.status == 403, "\(headers)")
                #expect(try answer.json()["type"] == "/problems/cross-site")
            }
            #expect(try await change([("Origin", fixture.address)]).status == 202)
            #expect(try await change([("Sec-Fetch-Site", "same-origin")]).status == 202)
            let login = try await fixture.send(
                .POST,
                "/api/session",
                headers: [("Origin", "https://evil.example")]
            )
            #expect(login.status == 403)
        }
    }

    @Test("It ends when it is closed, when its key is revoked, and not before")
    func end() async throws {
        try await GatewayFixture.with { fixture in
            let key = try await fixture.makeKey(.viewer)
            let first = try cookie(try await fixture.send(.POST, "/api/session", from: .holder(key.key)))
            let second = try cookie(try await fixture.send(.POST, "/api/session", from: .holder(key.key)))
            func status(_ cookie: String) async throws -> Int {
                try await fixture.send(.GET, "/api/sources", from: .nobody, headers: [("Cookie", cookie)]).status
            }
            #expect(first != second)
            #expect(try await status(first) == 200)
            let closed = try await fixture.send(
                .DELETE,
                "/api/session",
                from: .nobody,
                headers: [("Cookie", first), ("Origin", fixture.address)]
            )
            #expect(closed.status == 204)
            #expect(closed.headers["set-cookie"].first?.contains("Max-Age=0") == true)
            #expect(try await status(first) == 401)
            #expect(try await status(second) == 200)
            #expect(try await fixture.send(.DELETE, "/api/keys/\(key.id)").status == 200)
            #expect(try await status(second) == 401)
            let ended = try await fixture.send(.GET, "/api/sources", from: .nobody, headers: [("Cookie", second)])
            #expect(try ended.json()["type"] == "/problems/session-ended")
        }
    }

    @Test("What is no key opens none, and is not told back")
    func wrongKeys() async throws {
        try await GatewayFixture.with { fixture in
            let wrong = APIKeySecret().secret.revealed
            let bodies: [(String, Int)] = [
                ("", 401), ("{", 400), ("{}", 422), (#"{"key":1}"#, 422), (#"{"key":"\#(wrong)","x":1}"#, 422),
                (#"{"key":"\#(wrong)"}"#, 401), (#"{"key":"\#(String(repeating: "a", count: 5000))"}"#, 413),
            ]
            for (body, status) in bodies {
                let answer = try await fixture.send(.POST, "/api/session", from: .nobody, body: Array(body.utf8))
                #expect(answer.status == status, "\(body.prefix(40)) \(answer.text)")
                #expect(!answer.text.contains(wrong) && answer.headers["set-cookie"].isEmpty)
            }
        }
    }

    @Test("It ends after a time without use, and there are never too many")
    func table() {
        let table = SessionTable(gateway: "0123456789abcdef")
        #expect(table.cookieName(isSecure: false) == "ingot_session_01234567")
        #expect(table.cookieName(isSecure: true) == "__Host-ingot_session_01234567")
        let start = ContinuousClock.now
        let first = table.open(key: "key_1", at: start).revealed
        let almost = start.advanced(by: .seconds(12 * 3600 - 1))
        #expect(table.key(of: first, at: almost) == "key_1")
        #expect(table.key(of: first, at: almost.advanced(by: .seconds(12 * 3600 - 1))) == "key_1")
        #expect(table.key(of: first, at: almost.advanced(by: .seconds(36 * 3600))) == nil)
        #expect(table.count == 0)
        // One key's sessions make room for each other and never for another key's.
        let other = table.open(key: "key_1", at: start).revealed
        let sessions = (0..<(SessionTable.maximumPerKey + 10)).map { number in
            table.open(key: "key_2", at: start.advanced(by: .milliseconds(number))).revealed
        }
        #expect(table.count == SessionTable.maximumPerKey + 1)
        let now = start.advanced(by: .seconds(5))
        #expect(sessions.prefix(10).allSatisfy { table.key(of: $0, at: now) == nil })
        #expect(sessions.dropFirst(10).allSatisfy { table.key(of: $0, at: now) == "key_2" })
        #expect(table.key(of: other, at: now) == "key_1")
        table.closeAll(ofKey: "key_2")
        #expect(table.count == 1)
        for number in 0..<(SessionTable.maximumCount + 10) {
            _ = table.open(key: "key_\(number)", at: now.advanced(by: .milliseconds(number)))
        }
        #expect(table.count == SessionTable.maximumCount)
    }

    @Test("It ends after a week, however busy it is")
    func lifetime() {
        let table = SessionTable(gateway: "0123456789abcdef")
        let start = ContinuousClock.now
        let id = table.open(key: "key_1", at: start).revealed
        for hour in stride(from: 6, to: 7 * 24, by: 6) {
            #expect(table.key(of: id, at: start.advanced(by: .seconds(hour * 3600))) == "key_1")
        }
        #expect(table.key(of: id, at: start.advanced(by: SessionTable.lifetime)) == nil)
    }

    @Test("Opening too many with one key is refused like any other request")
    func tooMany() async throws {
        try await GatewayFixture.with({
            $0.access.requestBurst = 2
            $0.access.requestsPerSecond = 0.001
        }) { fixture in
            let key = try await fixture.makeKey(.viewer)
            for status in [200, 200, 429] {
                #expect(try await fixture.send(.POST, "/api/session", from: .holder(key.key)).status == status)
            }
        }
    }
}
