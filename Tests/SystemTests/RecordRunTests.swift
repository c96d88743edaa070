import IngotCore
import IngotTesting
import RecordSites
import StandInProxies
import Subprocess
import SystemPackage
import Testing

/// `ingot-runner run SOURCE --config JSON`, against stand-ins of the sites and real stores.
@Suite("Sources of records that are run by hand", .fillsTheMachine)
struct RecordRunTests {
    private static let rows = MadeUpRows()

    private static func classicPortal() -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = rows.classicCalls(12, areClosed: true)
        contents.inmates = rows.inmates(3)
        return ClassicPortalSite(contents)
    }

    /// What each source is run against; its name is a source's or a definition's.
    private static func site(of name: String) -> any SiteImitation {
        switch name {
        case "iowa-corrections": CorrectionsSite(rows.offenders(4))
        case "Iowa-Registry": RegistrySite([])
        case "geocode-backfill": GeocoderSite()
        default: classicPortal()
        }
    }

    @Test(
        "take their parameters as JSON and are done",
        arguments: [
            "p2c-calls", "P2C-DubqueRecentCallsRip", "P2C-DailyBulletin", "P2C-Inmates", "iowa-corrections",
            "Iowa-Registry", "geocode-backfill",
        ]
    )
    func configuration(name: String) async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            try await RecordSite.serving(Self.site(of: name)) { site in
                let end = try await Self.run([name, "--config", "{\"days\":1}"], origin: site.address, settings)
                #expect(end.isSuccess, "\(end.errors)")
                #expect(end.output.contains("\"outcome\":\"succeeded\""))
                if name == "P2C-DailyBulletin" { #expect(site.count("/jqHandler.ashx") == 1, "one day") }
            }
        }
    }

    @Test("need no parameters")
    func withoutConfiguration() async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            try await RecordSite.serving(Self.classicPortal()) { site in
                let end = try await Self.run(["p2c-calls"], origin: site.address, settings)
                #expect(end.isSuccess, "\(end.errors)")
                #expect(end.output.contains("\"rows\":12"))
            }
        }
    }

    @Test("ask through the proxies of their parameters, and not at all where none of those works")
    func ownProxies() async throws {
        let folder = try TemporaryFolder()
        let proxies = try await StandInProxies()
        proxies.set([0], .good)
        try await RunningStores.run(data: folder.path("data")) { settings in
            try await RecordSite.serving(Self.classicPortal()) { site in
                func run(_ list: [String]) async throws -> End {
                    let parameters: JSONValue = ["proxies": .array(list.map { .string($0) })]
                    let words = ["p2c-calls", "--config", parameters.canonicalText]
                    return try await Self.run(words, origin: site.address, settings)
                }
                let proxied = try await run([proxies.address(0)])
                #expect(proxied.isSuccess, "\(proxied.errors)")
                #expect(proxied.output.contains("\"rows\":12"))
                #expect(site.callers == [StandInProxies.ipAddress(0)])

                site.forgetRequests()
                let dead = try await run([proxies.address(1)])
                #expect(dead.code == 1)
                #expect(dead.output.contains("through the proxy http://\(proxies.address(1))"), "\(dead.output)")
                let malformed = try await run(["ftp://\(proxies.address(0))"])
                #expect(malformed.code == 1)
                #expect(malformed.output.contains("proxy_malformed"), "\(malformed.output)")
                #expect(site.callers.isEmpty)
            }
        }
        try await proxies.close()
    }

    @Test("refuse what is no JSON object, and run nothing", arguments: ["{\"days\":", "7", "", "[]"])
    func malformed(text: String) async throws {
        let end = try await Self.run(["p2c-calls", "--config", text], origin: "http://127.0.0.1:1", [:])
        #expect(end.code == 2)
        #expect(end.errors.contains("--config"))
    }

    @Test("refuse a name that nothing has")
    func unknown() async throws {
        let end = try await Self.run(["p2c-nothing"], origin: "http://127.0.0.1:1", ["INGOT_PLACE": "1"])
        #expect(end.code == 2)
    }

    private struct End {
        var code: Int32?
        var isSuccess: Bool
        var output: String
        var errors: String
    }

    private static func run(_ words: [String], origin: String, _ settings: [String: String]) async throws -> End {
        var settings = settings
        settings["INGOT_ORIGIN"] = origin
        // The registry's terms leave 72 s between two requests, and one is enough here.
        settings[FetchSettings.Name.hostsWithoutRobots] = "127.0.0.1"
        let result = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot-runner"))),
            arguments: Arguments(["run"] + words),
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: settings.compactMap { name, value in
                        Environment.Key(rawValue: name).map { ($0, value) }
                    }
                )
            ),
            input: .none,
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        var code: Int32?
        if case .exited(let status) = result.terminationStatus { code = status }
        return End(
            code: code,
            isSuccess: result.terminationStatus.isSuccess,
            output: result.standardOutput,
            errors: result.standardError
        )
    }
}
