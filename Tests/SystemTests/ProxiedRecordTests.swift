import IngotCore
import IngotTesting
import NIOHTTP1
import RecordSites
import StandInProxies
import Testing

/// The definition of a portal's calls, run through the proxies of a real gateway's pool by real runners.
@Suite("Records that are collected through proxies", .fillsTheMachine, .timeLimit(.minutes(20)))
struct ProxiedRecordTests {
    private static let definition = "P2C-DubqueRecentCallsRip"
    private static let source = "p2c-calls"
    private static let count = 30

    private static func portal() -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = MadeUpRows().classicCalls(count, areClosed: true)
        return ClassicPortalSite(contents)
    }

    /// A gateway before a portal, with a pool whose list names ten proxies.
    private struct World: Sendable {
        let gateway: RunningGateway
        let portal: RecordSite
        let proxies: StandInProxies
        /// Serves the list, as `/list`.
        let lists: CountingSite

        static let numbers = 0..<10

        /// The addresses that the portal may be asked from.
        static let addresses = Set(numbers.map(StandInProxies.ipAddress))

        private static func arguments(for portal: RecordSite) -> [String] {
            ["--origin", "\(source)=\(portal.address)", "--host-rate", "1000", "--host-requests", "100"]
        }

        /// What a gateway before the portal is given.
        var portalArguments: [String] { Self.arguments(for: portal) }

        static func with(
            _ behaviour: StandInProxies.Behaviour,
            _ body: @escaping @Sendable (World) async throws -> Void
        ) async throws {
            let proxies = try await StandInProxies()
            proxies.set(numbers, behaviour)
            let lists = try await CountingSite(["/list": .init(200, proxies.list(numbers))])
            let folder = try TemporaryFolder()
            try await RecordSite.serving(ProxiedRecordTests.portal()) { portal in
                try await RunningGateway.run(
                    data: folder.path("data"),
                    arguments: [
                        "--proxy-source", "mine=\(lists.address("/list"))", "--proxy-target", "\(numbers.count)",
                    ] + arguments(for: portal)
                ) { gateway in
                    try await body(World(gateway: gateway, portal: portal, proxies: proxies, lists: lists))
                }
            }
            try await proxies.close()
            try await lists.close()
        }

        /// Asks until the pool's status is as it should be.
        func pool(until isReached: (JSONValue) -> Bool) async throws {
            while true {
                if isReached(try await gateway.send(.GET, "/api/proxies/status", nil).body) { return }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        /// Starts a run of the definition with short pauses between its attempts.
        func start(_ parameters: JSONValue) async throws -> String {
            let definitions = try await gateway.send(.GET, "/api/jobs", nil).body.arrayValue ?? []
            let definition = try #require(
                definitions.first { $0["name"]?.stringValue == ProxiedRecordTests.definition }
            )
            let path = "/api/jobs/\(definition["job_id"]?.integerValue ?? 0)"
            let pauses: JSONValue = ["shortest_pause_seconds": 1, "longest_pause_seconds": .number(1.2)]
            let change: JSONValue = ["retries": ["endless": pauses]]
            #expect(try await gateway.send(.PATCH, path, change).status == 200)
            let started = try await gateway.send(.POST, "\(path)/run", ["config": parameters])
            #expect(started.status == 200, "\(started.body.canonicalText)")
            return try #require(started.body["run_id"]?.stringValue)
        }

        /// Runs the definition to its end; its job.
        func run(_ parameters: JSONValue) async throws -> Job {
            let run = try await start(parameters)
            try await gateway.events(of: run) { $0.name == "done" }
            let job = try await gateway.job(run)
            #expect(job.status == .succeeded, "\(String(describing: job.error))")
            return job
        }

        /// What is kept of each record, besides the moments at which it was seen.
        func records() async throws -> [String: JSONValue] {
            let page = try await gateway.send(.GET, "/api/records/\(source)?limit=1000", nil).body
            var records: [String: JSONValue] = [:]
            for record in page["records"]?.arrayValue ?? [] {
                let key = try #require(record["key"]?.stringValue)
                let members = record.objectValue?.filter { !$0.key.hasSuffix("_seen") } ?? [:]
                records[key] = .object(members)
            }
            return records
        }
    }

    @Test("Every request of a run comes from a proxy of the pool, and its records are those of a direct run")
    func injection() async throws {
        try await World.with(.good) { world in
            try await world.pool { $0["total"]?.integerValue == 10 }
            #expect(try await world.run(["use_proxies": true, "workers": 4, "rows": 5]).attempt == 1)
            #expect(world.portal.requests.count > 6)
            #expect(!world.portal.callers.isEmpty)
            #expect(world.portal.callers.isSubset(of: World.addresses), "\(world.portal.callers)")
            // What the proxies passed on is what the portal saw.
            let target = world.portal.address.dropFirst("http://".count)
            #expect(world.proxies.requests.contains { $0.target == target })
            let proxied = try await world.records()
            #expect(proxied.count == Self.count)

            // The same without proxies, in a gateway that knows nothing of the first one's records.
            world.portal.forgetRequests()
            let folder = try TemporaryFolder()
            try await RunningGateway.run(data: folder.path("data"), arguments: world.portalArguments) { gateway in
                let direct = World(gateway: gateway, portal: world.portal, proxies: world.proxies, lists: world.lists)
                _ = try await direct.run(["rows": 5])
                #expect(world.portal.callers == ["127.0.0.1"])
                #expect(try await direct.records() == proxied)
            }
        }
    }

    @Test("Ten failing attempts: each takes another proxy than the one before, and none asks directly")
    func rotation() async throws {
        try await World.with(.good) { world in
            try await world.pool { $0["total"]?.integerValue == 10 }
            world.portal.fail(.status(503), times: 10)
            #expect(try await world.run(["use_proxies": true]).attempt == 11)
            #expect(world.portal.callers.isSubset(of: World.addresses), "\(world.portal.callers)")
            let failing = world.portal.requests.prefix(10).map(\.from)
            #expect(Set(failing).count >= 2)
            #expect(zip(failing, failing.dropFirst()).allSatisfy { $0 != $1 }, "\(failing)")
            #expect(try await world.records().count == Self.count)
        }
    }

    @Test("A run that finds no proxy has the list fetched again, waits, and goes on with those that turn up")
    func waiting() async throws {
        try await World.with(.dead) { world in
            try await world.pool { $0["churn_stats"]?["checked"]?.integerValue ?? 0 >= 10 }
            let others = 20..<23
            world.proxies.set(others, .good)
            let run = try await world.start(["use_proxies": true])
            world.lists.set("/list", .init(200, world.proxies.list(others)))
            try await world.gateway.events(of: run) { $0.name == "done" }
            let job = try await world.gateway.job(run)
            #expect(job.status == .succeeded)
            #expect(job.attempt == 1)
            #expect(world.lists.count("/list") >= 2)
            #expect(world.portal.callers.isSubset(of: others.map(StandInProxies.ipAddress)))
            #expect(try await world.records().count == Self.count)
        }
    }

    @Test("With all proxies dead and no leave to ask directly the portal is not asked, and the run says why")
    func dead() async throws {
        try await World.with(.dead) { world in
            // The pool's word is that nobody is asked directly, unless a run says otherwise.
            try await world.pool {
                $0["config"]?["direct_allowed"] == false && $0["churn_stats"]?["checked"]?.integerValue ?? 0 >= 10
            }
            let run = try await world.start(["use_proxies": true])
            try await world.gateway.events(of: run) { _ in try await world.gateway.job(run).lastError != nil }
            let job = try await world.gateway.job(run)
            #expect(job.lastError?.code == "proxies_unavailable")
            #expect(job.lastError?.message.contains("127.0.0.1") == true)
            #expect(job.lastError?.isTransient == true)
            let history = try await world.gateway.send(.GET, "/api/history?job_id=\(job.definitionID ?? 0)", nil).body
            #expect(history.arrayValue?.first?["last_error"]?["code"] == "proxies_unavailable")
            #expect([200, 202].contains(try await world.gateway.send(.POST, "/api/history/\(run)/stop", [:]).status))
            try await world.gateway.events(of: run) { $0.name == "done" }
            #expect(world.portal.callers.isEmpty)
            #expect(world.proxies.connectionCount >= 10)
        }
    }

    @Test("Proxies that die while they are lent are given back for others, and the portal is not asked directly")
    func dying() async throws {
        try await World.with(.good) { world in
            try await world.pool { $0["total"]?.integerValue == 10 }
            // All but one, which is found after as many failing attempts as it takes.
            world.proxies.set(1..<10, .dead)
            let job = try await world.run(["use_proxies": true])
            #expect(world.portal.callers == [StandInProxies.ipAddress(0)])
            #expect(job.attempt <= 10)
            #expect(try await world.records().count == Self.count)
        }
    }
}
