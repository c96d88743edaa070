import IngotCore
import IngotTesting
import Logging
import Synchronization
import Testing

@testable import IngotFetch

@Suite("A session with a site")
struct SiteSessionTests {
    /// Lends what it is told to, and remembers what it hears.
    private final class Lender: ProxyLeasing {
        private let lease: ProxyLease?
        private let state = Mutex((sessions: [String](), outcomes: [ProxyOutcome]()))

        /// - Parameter lease: `nil`: there is none, and asking without one is forbidden.
        init(_ lease: ProxyLease?) { self.lease = lease }

        var sessions: [String] { state.withLock { $0.sessions } }
        var outcomes: [ProxyOutcome] { state.withLock { $0.outcomes } }

        func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease {
            state.withLock { $0.sessions.append(session) }
            guard let lease else {
                throw JobFailure(code: "proxies_unavailable", message: "none", isTransient: true)
            }
            return lease
        }

        func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {
            state.withLock { $0.outcomes.append(outcome) }
        }
    }

    private func session(
        _ site: String,
        lender: Lender = Lender(.direct),
        budget: any RequestBudget = RecordingRequestBudget(),
        robots: any RobotsCache = KeptRobotsFiles.none,
        isOperatorsOwn: Bool = true,
        terms: HostTerms? = nil
    ) async throws -> SiteSession {
        try await SiteSession(
            with: site,
            isOperatorsOwn: isOperatorsOwn,
            fetcher: Fetcher(
                connections: UpstreamConnections(),
                captureFolder: "/tmp",
                budget: budget,
                robots: robots,
                logger: .silent
            ),
            terms: SiteSession.Terms(name: "s", proxies: lender, host: terms, retries: false)
        )
    }

    @Test("sends back the cookies that it was given, and lets go of those that were taken back")
    func cookies() async throws {
        let site = try await ScriptedSite { path, _ in
            switch path {
            case "/1": .status("200 OK", ["set-cookie: a=1; path=/; HttpOnly", "set-cookie: b=x=y"])
            case "/2": .status("200 OK", ["set-cookie: a=; Max-Age=0"])
            default: .status("200 OK")
            }
        }
        let session = try await session(site.url)
        for path in ["/1", "/2", "/3"] { _ = try await session.get(path) }
        #expect(await session.cookie("b") == "x=y")
        let sent = site.heads.map { head in
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("cookie:") }.map(String.init)
        }
        #expect(sent == [nil, "cookie: a=1; b=x=y", "cookie: b=x=y"])
        try await site.close()
    }

    @Test("keeps no cookie that is malformed, too large, or one too many")
    func cookieLimits() {
        var cookies = SiteCookies()
        for header in ["", "a", "=b", "a=b c", "a=\u{7F}", "a=" + String(repeating: "x", count: 5000)] {
            cookies.take(header)
        }
        #expect(cookies.header == nil)
        for number in 0..<100 { cookies.take("c\(number)=1") }
        #expect(cookies.header?.split(separator: ";").count == SiteCookies.maximumCount)
    }

    @Test("asks through the proxy that it was lent, this machine's sites too, and says how that went")
    func proxy() async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK", [], "page") }
        let proxy = try await ConnectProxy(to: site.port)
        let lender = Lender(.proxy(try ProxyAddress("http://127.0.0.1:\(proxy.port)"), id: "1"))
        let session = try await session(site.url, lender: lender)
        for _ in 0..<3 { _ = try await session.get("/") }
        #expect(!proxy.targets.isEmpty && Set(proxy.targets) == ["127.0.0.1:\(site.port)"])
        #expect(lender.sessions == ["s"], "one session, one proxy")
        #expect(lender.outcomes == [.served, .served, .served])
        try await proxy.close()
        try await site.close()
    }

    @Test(
        "tells of a proxy that does not connect, also for robots.txt, and says that another one may",
        arguments: ["407 Proxy Authentication Required", "502 Bad Gateway"],
        [false, true]
    )
    func refusingProxy(status: String, isForRobots: Bool) async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK") }
        let proxy = try await ConnectProxy(to: site.port, .refusing("HTTP/1.1 \(status)"))
        let lender = Lender(.proxy(try ProxyAddress("http://127.0.0.1:\(proxy.port)"), id: "1"))
        let robots = isForRobots ? KeptRobotsFiles() : KeptRobotsFiles.none
        let session = try await session(site.url, lender: lender, robots: robots)
        let failure = await #expect(throws: JobFailure.self) { try await session.get("/") }
        #expect(failure?.code == "proxy_refused")
        #expect(failure?.isTransient == true, "a job that takes another proxy is tried again")
        #expect(lender.outcomes == [.failed])
        #expect(site.paths.isEmpty)
        try await proxy.close()
        try await site.close()
    }

    @Test("asks directly where that is the rule, and not at all where it is forbidden")
    func withoutProxy() async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK") }
        _ = try await session(site.url, lender: Lender(.direct)).get("/")
        #expect(site.paths == ["/"])
        let failure = await #expect(throws: JobFailure.self) { try await session(site.url, lender: Lender(nil)) }
        #expect(failure?.code == "proxies_unavailable")
        #expect(site.paths == ["/"])
        try await site.close()
    }

    @Test("keeps to the longer one of what robots.txt and the terms ask for")
    func interval() async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK") }
        for (delay, expected) in [(10, Duration.seconds(72)), (100, .seconds(100))] {
            let budget = RecordingRequestBudget()
            let robots = KeptRobotsFiles(
                others: RobotsFile(status: 200, text: "User-agent: *\nCrawl-delay: \(delay)\n", fetchedAt: .now())
            )
            _ = try await session(
                site.url,
                budget: budget,
                robots: robots,
                terms: HostTerms(requestsPerHour: 50)
            ).get("/")
            let longest = min(expected, max(RobotsRules.longestCrawlDelay, .seconds(72)))
            #expect(budget.requests.map(\.minimumInterval) == [longest])
        }
        // Also for robots.txt itself.
        let budget = RecordingRequestBudget()
        let none = KeptRobotsFiles()
        _ = try await session(site.url, budget: budget, robots: none, terms: HostTerms(requestsPerHour: 50)).get("/")
        #expect(budget.requests.map(\.minimumInterval) == [.seconds(72), .seconds(72)])
        try await site.close()
    }

    @Test("asks nothing more once the site wanted to see a person")
    func blocked() async throws {
        let site = try await ScriptedSite { _, _ in
            .status("403 Forbidden", ["content-type: text/html"], "<html>Access denied</html>")
        }
        let session = try await session(site.url)
        for _ in 0..<3 {
            let failure = await #expect(throws: JobFailure.self) { try await session.get("/") }
            #expect(failure?.code == "upstream_blocked")
        }
        #expect(site.paths.count == 1)
        try await site.close()
    }

    @Test("follows redirects within the site, a few, and none that leads away")
    func redirects() async throws {
        let site = try await ScriptedSite { path, _ in
            switch path {
            case "/in": .status("302 Found", ["location: /there"])
            case "/out": .status("302 Found", ["location: http://elsewhere.example/"])
            case "/round": .status("302 Found", ["location: /round"])
            default: .status("200 OK", [], "page")
            }
        }
        let session = try await session(site.url)
        #expect(try await session.get("/in").body == Array("page".utf8))
        for path in ["/out", "/round"] {
            let failure = await #expect(throws: JobFailure.self) { try await session.get(path) }
            #expect(failure?.code == "redirect_refused", "\(path)")
        }
        #expect(site.paths.count { $0 == "/round" } == SiteSession.maximumRedirects + 1)
        try await site.close()
    }

    @Test("takes no more than its limit, no address within the network that nobody named, and no path to elsewhere")
    func limits() async throws {
        let site = try await ScriptedSite { _, _ in
            .bytes("200 OK", [], Array(repeating: 0x61, count: SiteSession.maximumBytes + 1))
        }
        let large = await #expect(throws: JobFailure.self) { try await session(site.url).get("/") }
        #expect(large?.code == "upstream_too_large")
        let inner = await #expect(throws: JobFailure.self) {
            try await session(site.url, isOperatorsOwn: false).get("/")
        }
        #expect(inner?.code == "address_refused")
        let away = await #expect(throws: JobFailure.self) { try await session(site.url).get("@elsewhere.example/") }
        #expect(away?.code == "address_refused")
        try await site.close()
    }

    @Test("encodes forms as browsers do")
    func forms() {
        let text = FormEncoding.text(of: [("a b", "c&d=é"), ("ctl00$x", "/+="), ("", "")])
        #expect(text == "a+b=c%26d%3D%C3%A9&ctl00%24x=%2F%2B%3D&=")
    }

    @Test(
        "knows challenges by their marks",
        arguments: [
            "<title>Just a moment...</title>", "<div class=\"g-recaptcha\">", "<p>Verify you are human</p>",
            "<iframe src=\"/_Incapsula_Resource?x\">",
        ]
    )
    func marks(page: String) {
        #expect(ChallengeMarks.mark(in: Array(page.utf8), headerNames: []) != nil)
        #expect(ChallengeMarks.mark(in: [], headerNames: ["cf-mitigated"]) != nil)
        #expect(ChallengeMarks.mark(in: Array("<html>maintenance</html>".utf8), headerNames: ["server"]) == nil)
    }
}
