import IngotCore
import IngotFetch
import IngotTesting
import Logging
import Testing

@Suite("Upstream")
struct UpstreamTests {
    // Lives as long as the test process.
    private static let connections = UpstreamConnections()

    private static func upstream(_ origin: String, folder: TemporaryFolder, attempts: Int = 3) -> Upstream {
        var configuration = Fetcher.Configuration()
        configuration.retry = RetryPolicy(
            maximumAttempts: attempts,
            firstDelay: .milliseconds(1),
            maximumDelay: .milliseconds(2)
        )
        return Upstream(
            origin: Upstream.Origin(origin),
            isOperatorsOwn: true,
            fetcher: Fetcher(
                connections: connections,
                captureFolder: folder.path,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                configuration: configuration,
                logger: Logger(label: "test")
            )
        )
    }

    private static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> String {
        (["HTTP/1.1 \(status)", "content-length: \(body.utf8.count)", "connection: close"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private let file = UpstreamFile(name: "a.zip", path: "files/a.zip")

    @Test("captures a file byte for byte, with its hash, size and entity tag")
    func captures() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([Self.answer("200 OK", ["etag: \"v1\""], "hello")])
        let capture = try #require(
            try await Self.upstream(server.url, folder: folder).capture(file, limit: 100)
        )
        #expect(capture.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        #expect(capture.size == 5)
        #expect(capture.etag == "\"v1\"")
        #expect(capture.url == server.url + "/files/a.zip")
        #expect(try WholeFile.text(capture.path) == "hello")
        var stored: [UInt8] = []
        for try await piece in try capture.body.open() { stored += piece }
        #expect(stored == Array("hello".utf8))
        capture.removeLocalFile()
        #expect(throws: (any Error).self) { try WholeFile.text(capture.path) }
        try await server.close()
    }

    @Test("asks for a known file only if it has changed, and takes “not modified” for an answer only then")
    func conditional() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([
            Self.answer("200 OK", ["etag: W/\"v1\"", "last-modified: Sat, 21 Nov 2026 07:00:00 GMT"], "hello"),
            Self.answer("304 Not Modified"),
        ])
        let upstream = Self.upstream(server.url, folder: folder)
        let capture = try #require(try await upstream.capture(file, limit: 100))
        let known = CaptureValidators(etag: capture.etag, lastModified: capture.lastModified)
        #expect(try await upstream.capture(file, unless: known, limit: 100) == nil)
        #expect(!server.requests[0].contains("if-"))
        #expect(server.requests[1].contains("if-none-match: w/\"v1\""))
        #expect(server.requests[1].contains("if-modified-since: sat, 21 nov 2026 07:00:00 gmt"))
        let failure = await #expect(throws: JobFailure.self) { try await upstream.capture(file, limit: 100) }
        #expect(failure?.code == "upstream_status")
        #expect(CaptureValidators(etag: nil, lastModified: nil) == nil)
        try await server.close()
    }

    @Test("tries again what can pass")
    func triesAgain() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([
            Self.answer("503 Service Unavailable"), Self.answer("429 Too Many Requests", ["retry-after: 0"]),
            Self.answer("200 OK", [], "page"),
        ])
        let page = try await Self.upstream(server.url, folder: folder).page("index.htm")
        #expect(page == Array("page".utf8))
        #expect(server.connections == 3)
        try await server.close()
    }

    @Test(
        "says what went wrong in the end",
        arguments: [
            (answer("404 Not Found"), "upstream_not_found", false, 1),
            (answer("403 Forbidden"), "upstream_status", false, 1),
            (answer("500 Internal Server Error"), "upstream_status", true, 3),
            (answer("503 Service Unavailable", ["retry-after: 86400"]), "upstream_status", true, 1),
            (answer("200 OK", [], String(repeating: "x", count: 200)), "upstream_too_large", false, 1),
            // The body breaks off before its announced end.
            ("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf", "upstream_unreachable", true, 3),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe", "upstream_unreachable", true, 3),
            ("not http at all\r\n\r\n", "upstream_unreachable", true, 3),
            ("", "upstream_unreachable", true, 3),
        ]
    )
    func failures(answer: String, code: String, isTransient: Bool, connections: Int) async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([answer])
        let failure = await #expect(throws: JobFailure.self) {
            try await Self.upstream(server.url, folder: folder).capture(file, limit: 100)
        }
        #expect(failure?.code == code)
        #expect(failure?.isTransient == isTransient)
        #expect(failure?.message.contains(server.url) == true)
        #expect(server.connections == connections)
        try await server.close()
    }

    @Test("nobody listens")
    func nobodyListens() async throws {
        let folder = try TemporaryFolder()
        let failure = await #expect(throws: JobFailure.self) {
            try await Self.upstream("http://127.0.0.1:1", folder: folder).page("index.htm")
        }
        #expect(failure?.code == "upstream_unreachable")
    }

    @Test("reads a folder in place")
    func folder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("origin/a.zip", "hello")
        try folder.write("origin/.hidden", "no")
        let upstream = Self.upstream(folder.path + "/origin/", folder: folder)
        #expect(try upstream.fileNames() == ["a.zip"])
        let capture = try #require(try await upstream.capture(file, limit: 100))
        #expect(capture.path == folder.path + "/origin/a.zip")
        #expect(capture.size == 5)
        #expect(capture.url == "file:a.zip")
        let tooLarge = await #expect(throws: JobFailure.self) { try await upstream.capture(file, limit: 4) }
        #expect(tooLarge?.code == "upstream_too_large")
    }

    @Test(
        "a name that leads out of the folder is refused",
        arguments: ["../secret", "a/b", "", ".x", "a\\b", "a\u{0}b"]
    )
    func unsafeNames(name: String) async throws {
        let folder = try TemporaryFolder()
        let upstream = Self.upstream(folder.path, folder: folder)
        let failure = await #expect(throws: JobFailure.self) {
            try await upstream.capture(UpstreamFile(name: name, path: name), limit: 100)
        }
        #expect(failure?.code == "upstream_unsafe_name")
    }
}
