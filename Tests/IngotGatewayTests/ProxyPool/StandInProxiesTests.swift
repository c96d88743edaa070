import FoundationEssentials
import StandInProxies
import Subprocess
import SystemPackage
import Testing

private let curl = "/usr/bin/curl"

@Suite("Stand-in proxies", .enabled(if: FileManager.default.isExecutableFile(atPath: curl), "curl is not there"))
struct StandInProxiesTests {
    @Test("Another client's requests go through, in absolute form and by CONNECT", arguments: [[], ["--proxytunnel"]])
    func manners(options: [String]) async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite(["/page?a=b": .init(200, "lantern")])
        proxies.set([3], .good)
        proxies.set([4], .captivePage)
        for (number, text) in [(3, "lantern"), (4, "Log in")] {
            let result = try await run(
                .path(FilePath(curl)),
                arguments: .init(
                    ["-sS", "-m", "60", "-x", "http://\(proxies.address(number))"] + options
                        + [site.address("/page?a=b")]
                ),
                output: .string(limit: 65_536),
                error: .string(limit: 65_536)
            )
            #expect(result.standardOutput.contains(text), "\(result.standardError)")
        }
        #expect(site.requests.map(\.from) == [StandInProxies.ipAddress(3)])
        #expect(proxies.requests.map(\.line) == ["GET /page?a=b HTTP/1.1", proxies.requests.last?.line])
        #expect(proxies.connections == [3: 1, 4: 1])
        try await proxies.close()
        try await site.close()
    }
}
