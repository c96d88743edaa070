import IngotCore
import IngotTesting
import Testing

@testable import IngotFetch

@Suite("Use of the budget")
struct BudgetUseTests {
    @Test("Each request has its permit, redirects and repetitions too, and gives it back with what the host said")
    func answers() async throws {
        let site = try await ScriptedSite { path, number in
            switch (path, number) {
            case ("/robots.txt", _): .status("404 Not Found")
            case ("/a", 0): .status("429 Too Many Requests", ["retry-after: 0"])
            case ("/a", 1): .status("503 Service Unavailable", ["retry-after: Sun, 06 Nov 1994 08:49:37 GMT"])
            case ("/a", 2): .status("503 Service Unavailable")
            case ("/a", 3): .whole(Array("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".utf8))
            case ("/a", 4): .whole([])
            case ("/a", _): .status("302 Found", ["location: /b"])
            default: .status("200 OK", [], "page")
            }
        }
        let fetching = try ScriptedUpstream(site.url, attempts: 6)
        #expect(try await fetching.page() == "page")
        #expect(
            fetching.budget.requests.map(\.answer) == [
                .served, .throttled(retryAfter: .zero), .throttled(retryAfter: .zero), .failed, .failed, .failed,
                .served, .served,
            ]
        )
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page("b", limit: 2) }
        #expect(failure?.code == "upstream_too_large")
        #expect(fetching.budget.requests.last?.answer == .served, "what is too large for us is no trouble of the host")
        try await site.close()
    }

    @Test("A cancelled request gives its permit back")
    func cancelled() async throws {
        let site = try await SilentServer()
        let fetching = try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none)
        let work = Task { try await fetching.page() }
        await site.connection()
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        #expect(fetching.budget.requests.map(\.answer) == [.unknown])
        try await site.close()
    }

    @Test("What fails before the host can answer says nothing of it")
    func unknown() async throws {
        let fetching = try ScriptedUpstream(
            "http://site.test",
            robots: KeptRobotsFiles.none,
            resolver: ListedResolver(["site.test": ["192.31.196.1"]])
        ) {
            $0.proxies = ProxySettings(forHTTP: try ProxyAddress("http://127.0.0.1:9"))
        }
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "proxy_unreachable")
        #expect(fetching.budget.requests.map(\.answer) == [.unknown])
    }

    @Test("A request that reached one of a host's addresses is not made at the next one without a permit of its own")
    func addresses() async throws {
        let site = try await ScriptedSite { _, number in
            number == 0 ? .whole([]) : .status("200 OK", [], "page")
        }
        let fetching = try ScriptedUpstream(
            "http://site.test:\(site.port)",
            attempts: 2,
            robots: KeptRobotsFiles.none,
            resolver: ListedResolver(["site.test": ["127.0.0.1", "127.0.0.1"]])
        )
        #expect(try await fetching.page() == "page")
        #expect(site.paths.count == 2)
        #expect(fetching.budget.requests.map(\.answer) == [.failed, .served])
        try await site.close()
    }

    @Test("A budget that gives no permits ends the fetch, and no request is made")
    func refused() async throws {
        struct ClosedBudget: RequestBudget {
            func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit {
                throw JobFailure(code: "attempt_superseded", message: "Another attempt has it.")
            }
            func finish(_ permit: RequestPermit, _ answer: HostAnswer) async {}
        }
        let folder = try TemporaryFolder()
        let site = try await ScriptedSite { _, _ in .status("200 OK", [], "page") }
        let upstream = Upstream(
            origin: .site(site.url),
            isOperatorsOwn: true,
            fetcher: Fetcher(
                connections: UpstreamConnections(),
                captureFolder: folder.path,
                budget: ClosedBudget(),
                robots: KeptRobotsFiles.none,
                logger: .silent
            )
        )
        let failure = await #expect(throws: JobFailure.self) { try await upstream.page("a") }
        #expect(failure?.code == "attempt_superseded")
        #expect(site.paths.isEmpty)
        try await site.close()
    }

    @Test("A fetcher that shares somebody's budget asks that one")
    func shared() async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK", [], "page") }
        let (folder, own, shared) = (try TemporaryFolder(), RecordingRequestBudget(), RecordingRequestBudget())
        let fetcher = Fetcher(
            connections: UpstreamConnections(),
            captureFolder: folder.path,
            budget: own,
            robots: KeptRobotsFiles(),
            logger: .silent
        )
        let upstream = Upstream(
            origin: .site(site.url),
            isOperatorsOwn: true,
            fetcher: fetcher.sharing(shared, KeptRobotsFiles.none)
        )
        #expect(try await upstream.page("a") == Array("page".utf8))
        #expect(own.requests.isEmpty)
        #expect(shared.requests.map(\.answer) == [.served])
        #expect(site.paths == ["/a"])
        try await site.close()
    }

    @Test("A folder takes no permit")
    func folder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a", "page")
        let fetching = try ScriptedUpstream(folder.path)
        #expect(try await fetching.page() == "page")
        #expect(fetching.budget.requests.isEmpty)
    }
}
