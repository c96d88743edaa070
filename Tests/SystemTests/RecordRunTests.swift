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

    /// A source or a definition by its name, and what it finds.
    struct Named: Sendable, CustomTestStringConvertible {
        var name: String
        var configuration = "{\"days\":1}"
        /// How many rows a run with the configuration has, and one without.
        var rows: Int
        var rowsWithoutConfiguration: Int?

        var testDescription: String { name }
    }

    private static let names = [
        Named(name: "p2c-calls", rows: 12),
        Named(name: "P2C-DubqueRecentCallsRip", rows: 12),
        Named(name: "P2C-DailyBulletin", rows: 5, rowsWithoutConfiguration: 15),
        Named(name: "P2C-Inmates", rows: 3),
        Named(name: "iowa-corrections", rows: 4),
        // The registry's terms leave 72 s between two requests; without details one is enough.
        Named(name: "Iowa-Registry", configuration: "{\"days\":1,\"details\":false}", rows: 2),
        // It has no rows of its own: it completes those of the calls.
        Named(name: "geocode-backfill", rows: 0),
    ]

    private static func classicPortal() -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = rows.classicCalls(12, areClosed: true)
        contents.inmates = rows.inmates(3)
        // The days that a bulletin is asked for end with this one; midnight may come before the run does.
        for day in -4...1 {
            let date = Timestamp.now().advanced(by: .seconds(86_400 * day)).description.prefix(10).split(separator: "-")
            let text = "\(date[1])/\(date[2])/\(date[0])"
            contents.bulletins[text] = rows.bulletin(4, day: text)
        }
        return ClassicPortalSite(contents)
    }

    /// What each source is run against.
    private static func site(of name: String) -> any SiteImitation {
        switch name {
        case "iowa-corrections": CorrectionsSite(rows.offenders(4))
        case "Iowa-Registry": RegistrySite(rows.registrants(2))
        case "geocode-backfill": GeocoderSite()
        default: classicPortal()
        }
    }

    /// Runs a source against its site; the geocoder after the calls that it completes, of which one has no place.
    private static func run(
        _ named: Named,
        _ words: [String],
        _ settings: [String: String],
        rows: Int
    ) async throws {
        if named.name == "geocode-backfill" {
            try await RecordSite.serving(classicPortal()) { site in
                let end = try await run(["p2c-calls"], origin: site.address, settings)
                #expect(end.isSuccess, "\(end.errors)")
            }
        }
        try await RecordSite.serving(site(of: named.name)) { site in
            let end = try await run([named.name] + words, origin: site.address, settings)
            #expect(end.isSuccess, "\(end.errors)")
            #expect(end.output.contains("\"outcome\":\"succeeded\""))
            #expect(end.output.contains("\"rows\":\(rows),"), "\(end.output)")
            switch named.name {
            case "P2C-DailyBulletin": #expect(site.count("/jqHandler.ashx") == rows / 5, "a request a day")
            case "geocode-backfill": #expect(site.count("/search") == 1)
            default: break
            }
        }
    }

    @Test("take their parameters as JSON and are done", arguments: names)
    func configuration(named: Named) async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            try await Self.run(named, ["--config", named.configuration], settings, rows: named.rows)
        }
    }

    @Test("need no parameters", arguments: names)
    func withoutConfiguration(named: Named) async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            var settings = settings
            // The registry's details take a request each: an operator's terms stand in the place of the published ones.
            if named.name == "Iowa-Registry" { settings[Assignment.Name.requestsPerHour] = "36000" }
            try await Self.run(named, [], settings, rows: named.rowsWithoutConfiguration ?? named.rows)
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
        // The registry's terms leave 72 s between two requests, so that this one would be too many.
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
