import IngotCore
import IngotTesting
import Logging
import Synchronization
import Testing

@testable import IngotFetch

/// Answers with what the test says, one answer a question; the last one stays.
private final class ScriptedResolver: HostResolver {
    private let answers: [String: [[String]]]
    private let asked = Mutex<[String]>([])

    init(_ answers: [String: [[String]]]) { self.answers = answers }

    var questions: [String] { asked.withLock { $0 } }

    func addresses(of host: String) async throws -> [IPAddress] {
        let number = asked.withLock { asked in
            asked.append(host)
            return asked.count { $0 == host } - 1
        }
        guard let answers = answers[host] else { throw HostNotResolved(host: host, reason: "no such name") }
        return answers[min(number, answers.count - 1)].compactMap { IPAddress($0) }
    }
}

@Suite("Where a source may fetch")
struct AddressGuardTests {
    private static func upstream(
        _ origin: String,
        isOperatorsOwn: Bool = true,
        folder: TemporaryFolder,
        resolver: any HostResolver = SystemResolver(),
        deadline: Duration = .seconds(60)
    ) -> Upstream {
        var configuration = Fetcher.Configuration()
        configuration.retry = RetryPolicy(maximumAttempts: 1, firstDelay: .zero, maximumDelay: .zero)
        configuration.deadline = deadline
        return Upstream(
            origin: Upstream.Origin(origin),
            isOperatorsOwn: isOperatorsOwn,
            fetcher: Fetcher(
                connections: UpstreamConnections(resolver: resolver),
                captureFolder: folder.path,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                configuration: configuration,
                logger: .silent
            )
        )
    }

    private static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> String {
        (["HTTP/1.1 \(status)", "content-length: \(body.utf8.count)", "connection: close"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func port(_ server: RawServer) -> Int { Int(server.url.split(separator: ":").last ?? "") ?? 0 }

    @Test("The operator's own origin is fetched from wherever it is; the same address as a source's own is not")
    func origin() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([Self.answer("200 OK", [], "page")])
        #expect(try await Self.upstream(server.url, folder: folder).page("a") == Array("page".utf8))
        let failure = await #expect(throws: JobFailure.self) {
            try await Self.upstream(server.url, isOperatorsOwn: false, folder: folder).page("a")
        }
        #expect(failure?.code == "address_refused")
        #expect(failure?.isTransient == false)
        #expect(failure?.message == "127.0.0.1 is at 127.0.0.1, which is loopback; nothing is fetched from there.")
        #expect(failure?.advice?.contains("--origin SOURCE=\(server.url)") == true)
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("A name and password in an origin show in no failure")
    func userInfo() async throws {
        let folder = try TemporaryFolder()
        for origin in ["http://me:hunter22@127.0.0.1:1", "HTTPS://hunter22@host", "http://me:hunt/hunter22@host"] {
            let failure = await #expect(throws: JobFailure.self) {
                try await Self.upstream(origin, folder: folder).page("a")
            }
            #expect(failure.map { "\($0) \($0.advice ?? "")" }?.contains("hunt") == false, "\(origin)")
        }
    }

    @Test(
        "The advice names the origin as it has to be given",
        arguments: [
            ("https://127.0.0.1/a", "https://127.0.0.1."), ("http://[::1]:8080", "http://[::1]:8080."),
            ("https://[::1]:80", "https://[::1]:80."),
        ]
    )
    func advice(origin: String, shown: String) async throws {
        let folder = try TemporaryFolder()
        let failure = await #expect(throws: JobFailure.self) {
            try await Self.upstream(origin, isOperatorsOwn: false, folder: folder).page("a")
        }
        #expect(failure?.advice?.hasSuffix("--origin SOURCE=\(shown)") == true, "\(failure?.advice ?? "")")
    }

    @Test(
        "Every notation of an address of this machine is refused",
        arguments: [
            "0x7f.1", "2130706433", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]",
            "localhost",
        ]
    )
    func notations(host: String) async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([Self.answer("200 OK", [], "page")])
        let failure = await #expect(throws: JobFailure.self) {
            try await Self.upstream("http://\(host):\(Self.port(server))", isOperatorsOwn: false, folder: folder).page(
                "a"
            )
        }
        #expect(failure?.code == "address_refused")
        #expect(failure?.message.contains("loopback") == true)
        #expect(server.connections == 0)
        try await server.close()
    }

    @Test(
        "A redirect of the operator's origin to itself is followed, and to another port or host of the machine refused"
    )
    func redirects() async throws {
        let folder = try TemporaryFolder()
        let inner = try await RawServer([Self.answer("200 OK", [], "secret")])
        for location in [inner.url + "/a", "http://localhost:\(Self.port(inner))/a", "//0x7f.1:\(Self.port(inner))/a"] {
            let server = try await RawServer([
                Self.answer("302 Found", ["location: /other"]), Self.answer("200 OK", [], "page"),
                Self.answer("301 Moved Permanently", ["location: \(location)"]),
            ])
            let upstream = Self.upstream(server.url, folder: folder)
            #expect(try await upstream.page("a") == Array("page".utf8))
            #expect(server.requests[1].hasPrefix("get /other "))
            let failure = await #expect(throws: JobFailure.self) { try await upstream.page("b") }
            #expect(failure?.code == "address_refused", "\(location)")
            try await server.close()
        }
        #expect(inner.connections == 0)
        try await inner.close()
    }

    @Test("Five redirects are followed and not six; a redirect must lead to an http(s) address")
    func chains() async throws {
        let folder = try TemporaryFolder()
        let hop = Self.answer("307 Temporary Redirect", ["location: /again"])
        let server = try await RawServer(Array(repeating: hop, count: 5) + [Self.answer("200 OK", [], "page"), hop])
        let upstream = Self.upstream(server.url, folder: folder)
        #expect(try await upstream.page("a") == Array("page".utf8))
        let failure = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(failure?.code == "redirect_refused")
        #expect(server.connections == 12)
        try await server.close()
        for location in ["gopher://example.org/", "file:///etc/passwd", "http://user:word@example.org/"] {
            let odd = try await RawServer([Self.answer("308 Permanent Redirect", ["location: \(location)"])])
            let failure = await #expect(throws: JobFailure.self) {
                try await Self.upstream(odd.url, folder: folder).page("a")
            }
            #expect(failure?.code == "redirect_refused", "\(location)")
            #expect(failure?.message.contains("word") == false)
            try await odd.close()
        }
    }

    @Test("A name is resolved once for each request, and only the answer that was checked is connected to")
    func rebinding() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([Self.answer("200 OK", [], "secret")])
        let port = Self.port(server)
        // A public address that the test's machine does not reach, or that does not listen there.
        let resolver = ScriptedResolver(["rebinding.test": [["192.31.196.1"], ["127.0.0.1"]]])
        let upstream = Self.upstream(
            "http://rebinding.test:\(port)",
            isOperatorsOwn: false,
            folder: folder,
            resolver: resolver,
            deadline: .seconds(2)
        )
        let first = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(first?.code == "upstream_unreachable")
        #expect(resolver.questions == ["rebinding.test"])
        let second = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(second?.code == "address_refused")
        #expect(second?.message.contains("rebinding.test is at 127.0.0.1") == true)
        #expect(resolver.questions.count == 2)
        #expect(server.connections == 0)
        try await server.close()
    }

    @Test("One private answer among public ones is enough to refuse")
    func mixedAnswers() async throws {
        let folder = try TemporaryFolder()
        let resolver = ScriptedResolver(["mixed.test": [["192.31.196.1", "10.0.0.1"]]])
        let upstream = Self.upstream("http://mixed.test", isOperatorsOwn: false, folder: folder, resolver: resolver)
        let failure = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(failure?.code == "address_refused")
        #expect(failure?.message.contains("10.0.0.1, which is private") == true)
    }

    @Test("The request goes by the name, and to the next address where one cannot be reached")
    func names() async throws {
        let folder = try TemporaryFolder()
        let server = try await RawServer([Self.answer("200 OK", [], "page")])
        let port = Self.port(server)
        // Nobody listens on the second loopback address.
        let resolver = ScriptedResolver(["site.test": [["127.0.0.2", "127.0.0.1"]]])
        let upstream = Self.upstream("http://site.test:\(port)", folder: folder, resolver: resolver)
        #expect(try await upstream.page("a") == Array("page".utf8))
        #expect(server.requests[0].contains("host: site.test:\(port)\r\n"))
        // The name is trusted with its port only.
        let other = try await RawServer([Self.answer("302 Found", ["location: http://site.test:\(port)/"])])
        let away = Self.upstream("http://site.test:\(Self.port(other))", folder: folder, resolver: resolver)
        let failure = await #expect(throws: JobFailure.self) { try await away.page("a") }
        #expect(failure?.code == "address_refused")
        try await other.close()
        try await server.close()
    }

    @Test("A name that nobody knows can be known later")
    func unknownName() async throws {
        let folder = try TemporaryFolder()
        let upstream = Self.upstream("http://nobody.test", folder: folder, resolver: ScriptedResolver([:]))
        let failure = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(failure?.code == "upstream_unreachable")
        #expect(failure?.isTransient == true)
        #expect(failure?.message.contains("the name nobody.test cannot be resolved (no such name)") == true)
    }
}
