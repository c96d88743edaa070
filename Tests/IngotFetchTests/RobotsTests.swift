import IngotCore
import IngotTesting
import Testing

@testable import IngotFetch

@Suite("Keeping to robots.txt")
struct RobotsTests {
    private static func site(
        robots: ScriptedSite.Answer,
        page: ScriptedSite.Answer = .status("200 OK", [], "page")
    ) async throws -> ScriptedSite {
        try await ScriptedSite { path, _ in path == "/robots.txt" ? robots : page }
    }

    @Test("The file is asked for once, before anything else, and kept for others")
    func once() async throws {
        let site = try await Self.site(robots: .status("200 OK", [], "user-agent: *\ndisallow: /b\ncrawl-delay: 3"))
        let cache = KeptRobotsFiles()
        let first = try ScriptedUpstream(site.url, robots: cache)
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<5 { group.addTask { try await first.page("a\(number)") } }
            for try await page in group { #expect(page == "page") }
        }
        #expect(site.paths[0] == "/robots.txt")
        #expect(site.paths.count { $0 == "/robots.txt" } == 1)
        let kept = await cache.robots(of: site.url)
        #expect(kept?.status == 200)
        #expect(kept?.text.contains("disallow: /b") == true)
        // Both the file and the pages went by the budget, and the pages at the site's own pace.
        #expect(first.budget.requests.count == 6)
        #expect(first.budget.requests[0].minimumInterval == nil)
        #expect(first.budget.requests[1...].allSatisfy { $0.minimumInterval == .seconds(3) })
        #expect(first.budget.requests.allSatisfy { $0.answer == .served && $0.host == "127.0.0.1" })
        let second = try ScriptedUpstream(site.url, robots: cache)
        _ = try await second.page("c")
        #expect(site.paths.count { $0 == "/robots.txt" } == 1)
        try await site.close()
    }

    @Test("What is not allowed is not asked for, and the failure names the path, the line and the way out")
    func disallowed() async throws {
        let site = try await Self.site(robots: .status("200 OK", [], "user-agent: INGOT\n\ndisallow: /private"))
        let fetching = try ScriptedUpstream(site.url, attempts: 3)
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page("private/a?b=c") }
        #expect(failure?.code == "robots_disallowed")
        #expect(failure?.isTransient == false)
        #expect(
            failure?.message
                == "\(site.url)/private/a?b=c may not be fetched: line 3 of \(site.url)/robots.txt says “disallow: /private”."
        )
        #expect(failure?.advice?.contains("--ignore-robots 127.0.0.1") == true)
        #expect(site.paths == ["/robots.txt"])
        #expect(try await fetching.page("public") == "page")
        try await site.close()
    }

    @Test(
        "A site without the file forbids nothing",
        arguments: ["404 Not Found", "410 Gone", "403 Forbidden", "401 Unauthorized"]
    )
    func absent(status: String) async throws {
        let site = try await Self.site(robots: .status(status, [], "user-agent: *\ndisallow: /"))
        #expect(try await ScriptedUpstream(site.url).page() == "page")
        try await site.close()
    }

    @Test(
        "Nothing is fetched on a guess when it cannot be read",
        arguments: [
            ScriptedSite.Answer.status("503 Service Unavailable"), .status("429 Too Many Requests"), .whole([]),
            .whole(Array("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nuser-agent".utf8)),
        ]
    )
    func unreadable(answer: ScriptedSite.Answer) async throws {
        let site = try await Self.site(robots: answer)
        let fetching = try ScriptedUpstream(site.url, attempts: 3)
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.isTransient == true)
        #expect(failure?.message.contains("\(site.url)/robots.txt") == true)
        #expect(failure?.message.hasSuffix("Nothing is fetched from a site without its robots.txt.") == true)
        #expect(site.paths == Array(repeating: "/robots.txt", count: 3))
        try await site.close()
    }

    @Test("A file in a coding that nobody unpacks does not allow everything")
    func coding() async throws {
        let site = try await Self.site(robots: .status("200 OK", ["content-encoding: br"], "odd"))
        let failure = await #expect(throws: JobFailure.self) { try await ScriptedUpstream(site.url).page() }
        #expect(failure?.code == "upstream_compression")
        #expect(failure?.message.hasSuffix("Nothing is fetched from a site without its robots.txt.") == true)
        #expect(site.paths == ["/robots.txt"])
        try await site.close()
    }

    @Test("A wish for long pauses is cut, which the job's log says once")
    func longDelay() async throws {
        let site = try await Self.site(robots: .status("200 OK", [], "user-agent: *\ncrawl-delay: 3600"))
        let fetching = try ScriptedUpstream(site.url)
        _ = try await fetching.page("a")
        _ = try await fetching.page("b")
        #expect(fetching.budget.requests.dropFirst().map(\.minimumInterval) == [.seconds(600), .seconds(600)])
        #expect(
            fetching.notices.lines == [
                "robots.txt of \(site.url) asks to leave 3600.0 seconds between two requests; 600.0 seconds are left"
            ]
        )
        try await site.close()
    }

    @Test("It is tried again when the next page is asked for")
    func later() async throws {
        let site = try await ScriptedSite { path, number in
            if path == "/robots.txt", number == 0 { return .status("500 Internal Server Error") }
            return .status("200 OK", [], path == "/robots.txt" ? "" : "page")
        }
        let fetching = try ScriptedUpstream(site.url)
        await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(try await fetching.page() == "page")
        try await site.close()
    }

    @Test("A redirect's target is held against its own site's file")
    func redirects() async throws {
        let other = try await Self.site(robots: .status("200 OK", [], "user-agent: *\ndisallow: /secret"))
        let otherURL = "http://site.test:\(other.port)"
        let site = try await ScriptedSite { path, _ in
            switch path {
            case "/robots.txt": .status("301 Moved Permanently", ["location: /elsewhere"])
            case "/elsewhere": .status("200 OK", [], "user-agent: *\ndisallow: /own")
            case "/a": .status("302 Found", ["location: \(otherURL)/secret"])
            case "/b": .status("302 Found", ["location: /own"])
            default: .status("200 OK", [], "page")
            }
        }
        // The other site stands at a public address, which a proxy of this test's own leads to.
        let proxy = try await ConnectProxy(to: other.port)
        let fetching = try ScriptedUpstream(
            site.url,
            resolver: ListedResolver(["site.test": ["192.31.196.1"]])
        ) {
            $0.proxies = ProxySettings(forHTTP: try ProxyAddress("http://127.0.0.1:\(proxy.port)"))
        }
        for (path, origin) in [("a", otherURL), ("b", site.url)] {
            let failure = await #expect(throws: JobFailure.self) { try await fetching.page(path) }
            #expect(failure?.code == "robots_disallowed")
            #expect(failure?.message.contains("of \(origin)/robots.txt") == true)
        }
        #expect(other.paths == ["/robots.txt"])
        #expect(site.paths == ["/robots.txt", "/elsewhere", "/a", "/b"])
        try await proxy.close()
        try await other.close()
        try await site.close()
    }

    @Test("Only its first 500 KiB are read, and no line that is cut off")
    func large() async throws {
        let head = "user-agent: *\ndisallow: /first\n"
        let filling = String(repeating: "#", count: RobotsRules.maximumBytes - head.utf8.count - 11) + "\n"
        let text = head + filling + "disallow: /cut-off\ndisallow: /late\n"
        let site = try await Self.site(robots: .status("200 OK", [], text))
        let fetching = try ScriptedUpstream(site.url)
        #expect(try await fetching.page("cut") == "page")
        #expect(try await fetching.page("late") == "page")
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page("first") }
        #expect(failure?.code == "robots_disallowed")
        try await site.close()
    }

    @Test("The operator can pass a host's file over, which the job's log says once")
    func overridden() async throws {
        let site = try await Self.site(robots: .status("200 OK", [], "user-agent: *\ndisallow: /"))
        let fetching = try ScriptedUpstream(site.url) { $0.hostsWithoutRobots = ["127.0.0.1"] }
        #expect(try await fetching.page() == "page")
        #expect(try await fetching.page("b") == "page")
        #expect(site.paths == ["/a", "/b"])
        #expect(fetching.notices.lines == ["robots.txt of 127.0.0.1 is not asked for: the operator has said so"])
        let others = try ScriptedUpstream(site.url) { $0.hostsWithoutRobots = ["other.test"] }
        await #expect(throws: JobFailure.self) { try await others.page() }
        #expect(others.notices.lines.isEmpty)
        try await site.close()
    }
}
