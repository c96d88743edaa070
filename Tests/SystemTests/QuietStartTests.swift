import IngotCore
import IngotTesting
import NIOHTTP1
import StandInProxies
import Testing

@Suite("A gateway that is told nothing", .fillsTheMachine, .timeLimit(.minutes(10)))
struct QuietStartTests {
    /// The variables by which programs find the proxy that stands between them and the world.
    private static let proxyVariables = [
        FetchSettings.Name.proxy, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    ]

    @Test("asks nobody but this machine at its start, and its pool's standard settings name nobody else")
    func start() async throws {
        let proxies = try await StandInProxies()
        proxies.set([0], .wrongStatus)
        var environment: [String: String] = [FetchSettings.Name.noProxy: "", "NO_PROXY": "", "no_proxy": ""]
        for name in Self.proxyVariables { environment[name] = "http://\(proxies.address(0))" }
        let folder = try TemporaryFolder()
        try await RunningGateway.run(data: folder.path("data"), environment: environment) { gateway in
            let job = try await gateway.submit("probe", ["events": 1])
            try await gateway.events(of: job) { $0.name == "done" }
            let status = try await gateway.send(.GET, "/api/proxies/status", nil).body
            #expect(status["is_active"] == false)
            #expect(status["validating"] == false)
            #expect(status["sources"] == [])
            #expect(status["config"]?["sources"] == [])
            #expect(status["config"]?["validation_url"] == .string(gateway.url + "/api/proxies/check"))
            for _ in 0..<3 { #expect(try await gateway.send(.POST, "/api/proxies/refresh", [:]).status == 200) }
            #expect(try await gateway.send(.GET, "/readyz", nil).status == 200)
            #expect(proxies.connectionCount == 0, "\(proxies.requests)")

            // Had it asked anybody, this is where that would have been seen.
            let list: JSONValue = ["name": "far", "url": "http://lists.example/proxies.txt"]
            #expect(try await gateway.send(.POST, "/api/proxies/config", ["sources": [list]]).status == 200)
            while try await gateway.send(.GET, "/api/proxies/status", nil).body["by_source"]?.arrayValue?.first?[
                "error"
            ]
                == nil
            { try await Task.sleep(for: .milliseconds(20)) }
            #expect(proxies.requests.map(\.target) == ["lists.example:80"])
        }
        try await proxies.close()
    }
}
