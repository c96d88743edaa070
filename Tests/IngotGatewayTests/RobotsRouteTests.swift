import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("The robots.txt files that a gateway keeps", .timeLimit(.minutes(10)))
struct RobotsRouteTests {
    private let path = "robots?origin=https%3A%2F%2Fh.example"

    private func keep(_ attempt: RunningAttempt, _ robots: RobotsFile) async throws -> Int {
        try await attempt.send(.PUT, path, body: try JSONText.encode(robots)).status
    }

    @Test("What one job has fetched, another one finds, byte for byte")
    func shared() async throws {
        try await RunningAttempt.with(2) { _, attempts in
            let missing = try await attempts[1].send(.GET, path)
            #expect(missing.status == 404)
            #expect(try missing.json()["type"] == "/problems/robots-not-kept")
            let robots = RobotsFile(
                status: 200,
                text: "\u{FEFF}User-agent: *\r\nDisallow: /ä\u{0}\n",
                fetchedAt: Timestamp.now().advanced(by: .seconds(-60))
            )
            #expect(try await keep(attempts[0], robots) == 204)
            #expect(try await attempts[1].send(.GET, path).decoded(RobotsFile.self) == robots)
            #expect(try await attempts[1].send(.GET, "robots?origin=http://h.example").status == 404)
        }
    }

    @Test("One that is older than a day is not kept")
    func age() async throws {
        try await RunningAttempt.with(1) { _, attempts in
            let old = Timestamp.now().advanced(by: .seconds(-86_401))
            let status = try await keep(attempts[0], RobotsFile(status: 200, text: "", fetchedAt: old))
            #expect(status == 204)
            #expect(try await attempts[0].send(.GET, path).status == 404)
        }
    }

    @Test("The largest one is taken, however its characters are escaped, and a larger one refused")
    func size() async throws {
        try await RunningAttempt.with(1) { _, attempts in
            let text = String(repeating: "\u{1}", count: KeptRobots.maximumText)
            let now = Timestamp.now()
            let status = try await keep(attempts[0], RobotsFile(status: 200, text: text, fetchedAt: now))
            #expect(status == 204)
            #expect(try await attempts[0].send(.GET, path).decoded(RobotsFile.self).text == text)
            #expect(try await keep(attempts[0], RobotsFile(status: 200, text: text + "a", fetchedAt: now)) == 413)
            let body = [UInt8](repeating: 0x20, count: RobotsRoute.maximumBody + 1)
            #expect(try await attempts[0].send(.PUT, path, body: body).status == 413)
        }
    }

    @Test(
        "What is no origin is refused",
        arguments: [
            "", "h.example", "ftp://h.example", "https://H.example", "https://h.example/", "https://u@h.example",
            "https://h.example:123456",
        ]
    )
    func origins(origin: String) async throws {
        try await RunningAttempt.with(1) { _, attempts in
            let path = "robots?origin=\(PercentEncoding.encode(origin))"
            let asked = try await attempts[0].send(.GET, path)
            #expect(asked.status == 400)
            #expect(try await attempts[0].send(.PUT, path, body: Array("{}".utf8)).status == 400)
        }
    }

    @Test(
        "What is no file is refused",
        arguments: [
            ("", 400), ("{}", 422), ("{\"status\":99,\"text\":\"\",\"fetched_at\":\"2026-03-01T09:30:00.000Z\"}", 422),
            ("{\"status\":200,\"text\":\"\",\"fetched_at\":\"yesterday\"}", 422),
        ]
    )
    func bodies(body: String, status: Int) async throws {
        try await RunningAttempt.with(1) { _, attempts in
            let answer = try await attempts[0].send(.PUT, path, body: Array(body.utf8))
            #expect(answer.status == status, "\(answer.text)")
            #expect(try await attempts[0].send(.GET, path).status == 404)
        }
    }
}
