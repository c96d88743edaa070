import IngotCore
import IngotTesting
import StandInProxies
import Testing

@Suite("ingot proxies", .fillsTheMachine, .timeLimit(.minutes(10)))
struct ProxiesCommandTests {
    /// Asks until enough proxies are valid.
    private static func list(_ ingot: IngotCommandLine, until count: Int) async throws -> Set<String> {
        while true {
            let lines = try await ingot.run("proxies", "list").output.split(whereSeparator: \.isNewline)
            if lines.count >= count { return Set(lines.map(String.init)) }
        }
    }

    @Test("A gateway fills its pool at the start, shows and changes it, and has it again after a restart")
    func life() async throws {
        let proxies = try await StandInProxies()
        let site = try await CountingSite()
        let good = Set(0..<12)
        proxies.set(good, .good)
        site.set("/list", .init(200, proxies.list(0..<30)))
        let folder = try TemporaryFolder()
        let arguments = ["--proxy-source", "mine=\(site.address("/list"))", "--proxy-target", "12"]
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(data: folder.path("data"), arguments: arguments) { _ in
            let list = try await Self.list(ingot, until: 12)
            #expect(list == Set(good.map { proxies.address($0) }))
            let status = try await ingot.run("proxies", "status").output
            #expect(status.contains("valid    12 of 12, at rest"))
            #expect(status.contains("mine"))
            #expect(try await ingot.run("proxies", "refresh").output.contains("Refresh started"))
            try await ingot.run("proxies", "config", expecting: 2)
            try await ingot.run("proxies", "config", "--target", "0", expecting: 2)
            let changed = try await ingot.run("proxies", "config", "--target", "11", "--direct", "--json").output
            let config = try JSONValue(parsing: changed.utf8)["config"]
            #expect(config?["target_count"] == 11)
            #expect(config?["direct_allowed"] == true)
        }
        // The list is gone; the proxies are not.
        site.set("/list", .init(500, ""))
        try await RunningGateway.run(data: folder.path("data"), arguments: arguments) { _ in
            #expect(try await Self.list(ingot, until: 11) == Set(good.map { proxies.address($0) }))
            let status = try await ingot.run("proxies", "status", "--json").output
            #expect(try JSONValue(parsing: status.utf8)["config"]?["target_count"] == 11)
        }
        try await proxies.close()
        try await site.close()
    }
}
