import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@Suite("The options of ingot serve are obeyed", .fillsTheMachine, .timeLimit(.minutes(10)))
struct ServeOptionsTests {
    @Test("It answers to the names that it was given, believes its proxy, and holds keys to their rate")
    func access() async throws {
        let folder = try TemporaryFolder()
        let arguments = [
            "--allowed-host", "ingot.lan", "--trusted-proxy", "127.0.0.1", "--requests-per-second", "0.001",
        ]
        try await RunningGateway.run(data: folder.path("data"), arguments: arguments) { gateway in
            for (host, status) in [("ingot.lan", 200), ("other.lan", 421)] {
                let answer = try await gateway.send(.GET, "/api/sources", nil, headers: [("host", host)])
                #expect(answer.status == status)
            }
            let made = try await gateway.send(
                .POST,
                "/api/keys",
                ["role": "viewer"],
                headers: [("x-forwarded-for", "203.0.113.5")]
            )
            let key = try #require(made.body["key"]?.stringValue)
            let entries = try await gateway.send(.GET, "/api/audit", nil).body["entries"]?.arrayValue
            #expect(entries?.first?["remote_address"] == "203.0.113.5", "\(entries ?? [])")
            var statuses: [Int] = []
            for _ in 0..<2 {
                let headers = [("authorization", "Bearer \(key)")]
                statuses.append(try await gateway.send(.GET, "/api/sources", nil, headers: headers).status)
            }
            #expect(statuses == [200, 429])
        }
        let ingot = IngotCommandLine(data: folder.path("data"))
        for wrong in [["--allowed-host", "https://ingot.lan"], ["--trusted-proxy", "proxy.lan"]] {
            let refused = try await ingot.run(["serve", "--port", "0"] + wrong, expecting: 1)
            #expect(refused.errors.contains(wrong[0]))
        }
    }

    @Test("Job definitions answer on a second port, where that is wanted and can be had")
    func orchestratorPort() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("other"))
        for wrong in ["0", "65536", "many"] {
            let refused = try await ingot.run(["serve", "--port", "0", "--orchestrator-port", wrong], expecting: 2)
            #expect(refused.errors.contains("--orchestrator-port"))
        }
        let port = try FreePort.find()
        let data = folder.path("data")
        try await RunningGateway.run(data: data, arguments: ["--orchestrator-port", "\(port)"]) { gateway in
            let there = RunningGateway(url: "http://127.0.0.1:\(port)", key: gateway.key, client: gateway.client)
            for path in ["/api/jobs", "/api/history", "/api/proxies/status"] {
                #expect(try await there.send(.GET, path, nil).status == 200, "\(path)")
            }
            #expect(try await there.send(.GET, "/api/jobs", nil).body.arrayValue?.isEmpty == false)
            // Another gateway cannot have it too, neither as its first nor as its second, and says so.
            for ports in [["--port", "0", "--orchestrator-port", "\(port)"], ["--port", "\(port)"]] {
                let refused = try await ingot.run(["serve"] + ports, expecting: 1)
                #expect(refused.errors.contains("\(port) cannot be used"))
                #expect(refused.output.isEmpty)
            }
        }
    }

    @Test("A key goes to another machine in the clear only when that is accepted")
    func insecureHTTP() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let made = try await IngotCommandLine(data: data).run("keys", "create", "--role", "viewer")
        let elsewhere = IngotCommandLine(
            data: folder.path("other"),
            environment: ["INGOT_API_KEY": String(made.output.prefix { !$0.isNewline })]
        )
        try await RunningGateway.run(data: data, arguments: ["--host", "0.0.0.0"]) { gateway in
            let port = gateway.url.split(separator: ":").last ?? ""
            // This machine by an address that is not its loopback's.
            let address = "http://0.0.0.0:\(port)"
            let refused = try await elsewhere.run("sources", "--gateway", address, expecting: 2)
            #expect(refused.errors.contains("--insecure-http"))
            let accepted = try await elsewhere.run("sources", "--gateway", address, "--insecure-http")
            #expect(accepted.output.contains("usc"))
        }
    }

    @Test(
        "Jobs that share a source or a host wait for one another, the most urgent first",
        arguments: [
            ["--source-slots", "probe=1"],
            ["--host-slots", "upstream.example=1", "--origin", "probe=http://upstream.example/"],
        ]
    )
    func slots(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(
            data: folder.path("data"),
            arguments: ["--slots", "4"] + arguments,
            environment: ["INGOT_PROBE_STAMPS": folder.path("stamps")]
        ) { gateway in
            let first = try await gateway.submit("probe", ["key": "first", "events": 1, "sleep_ms": 600_000])
            try await gateway.events(of: first, after: 0) { $0.data["message"]?.stringValue == "event 1 of 1" }
            var waiting: [String] = []
            for (key, priority) in [("low", "-5"), ("middle", "0"), ("high", "5")] {
                let printed = try await ingot.run(
                    ["ingest", "probe", "--set", "key=\(key)", "--priority=\(priority)", "--detach"]
                )
                waiting.append(String(printed.output.prefix { !$0.isNewline }))
            }
            for id in waiting { #expect(try await gateway.job(id).status == .queued) }
            try await ingot.run("cancel", first)
            for id in waiting { #expect(try await gateway.events(of: id).last?.data["status"] == "succeeded") }
        }
        let stamps = try WholeFile.text(folder.path("stamps")).split(separator: "\n")
            .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        // The first one is ended before it can say so, or says it: either way nobody starts beside it.
        #expect(
            stamps.filter { !$0.hasPrefix("first") }
                == ["high S", "high E", "middle S", "middle E", "low S", "low E"]
        )
        #expect(stamps.first == "first S" && !stamps.dropFirst(2).contains("first E"), "\(stamps)")
    }

    @Test("What is kept is what it was told to keep, from its start on")
    func keeping() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await RunningGateway.run(data: data) { gateway in
            for _ in 0..<3 { try await gateway.events(of: try await gateway.submit("probe", [:])) }
        }
        @Sendable func count(_ gateway: RunningGateway) async throws -> (jobs: Int, entries: Int) {
            let jobs = try await gateway.send(.GET, "/api/ingest/jobs", nil).body["jobs"]?.arrayValue
            let entries = try await gateway.send(.GET, "/api/audit", nil).body["entries"]?.arrayValue
            return (jobs?.count ?? -1, entries?.count ?? -1)
        }
        let forever = ["--keep-jobs", "forever", "--keep-jobs-count", "0", "--keep-audit", "forever"]
        try await RunningGateway.run(data: data, arguments: forever) { gateway in
            let kept = try await count(gateway)
            #expect(kept.jobs == 3 && kept.entries == 3, "\(kept)")
        }
        let arguments = [
            "--keep-jobs-count", "1", "--keep-audit", "1s", "--keep-logs", "1s", "--keep-logs-count", "1",
            "--keep-deliveries", "1s",
        ]
        // What is kept for a second has to be older than that.
        try await Task.sleep(for: .milliseconds(1100))
        try await RunningGateway.run(data: data, arguments: arguments) { gateway in
            var left = try await count(gateway)
            while left.jobs > 1 || left.entries > 0 { left = try await count(gateway) }
            #expect(left.jobs == 1)
        }
        let ingot = IngotCommandLine(data: data)
        try await ingot.run("serve", "--keep-jobs", "sometimes", expecting: 2)
        try await ingot.run("serve", "--keep-jobs-count=-1", expecting: 2)
    }
}
