import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@Suite("ingot keys and ingot audit", .fillsTheMachine)
struct KeysCommandTests {
    @Test("A key is made, used and revoked with nothing running, and its life is in the audit log")
    func life() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        let made = try await ingot.run("keys", "create", "--role", "viewer", "--name", "ci", "--expires", "90d")
        let key = String(made.output.prefix { !$0.isNewline })
        #expect(key.hasPrefix("ingot_") && key.utf8.count == 49)
        let list = try JSONValue(parsing: await ingot.run("keys", "list", "--json").output.utf8)
        let id = try #require(list["keys"]?.arrayValue?.first?["id"]?.stringValue)
        #expect(list["keys"]?.arrayValue?.first?["name"] == "ci")
        #expect(!(try await ingot.run("keys", "list").output).contains(key))
        try await ingot.run("keys", "revoke", id)
        try await ingot.run("keys", "revoke", "key_000000000000", expecting: 1)
        try await ingot.run("keys", "create", "--role", "root", expecting: 2)
        try await ingot.run("keys", "create", "--role", "viewer", "--expires", "soon", expecting: 2)
        let audit = try JSONValue(parsing: await ingot.run("audit", "--json").output.utf8)
        let outcomes = (audit["entries"]?.arrayValue ?? []).map { $0["outcome"]?.stringValue }
        #expect(outcomes == ["422 invalid-body", "404 unknown-api-key", "200", "201"])
        #expect(try await ingot.run("audit").output.contains("POST /api/keys"))
    }

    @Test("Commands find the key of a running gateway by themselves, and take another from a file or the environment")
    func connection() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await RunningGateway.run(data: data) { gateway in
            let here = IngotCommandLine(data: data)
            try await here.run("sources")
            // The same gateway by its address.
            try await here.run("sources", "--gateway", gateway.url)
            let port = gateway.url.split(separator: ":").last ?? ""
            try await here.run("sources", "--gateway", "http://localhost:\(port)")
            let key = try await here.run("keys", "create", "--role", "viewer").output
            // What the environment says counts here as well.
            var viewer = IngotCommandLine(data: data)
            viewer.environment = ["INGOT_API_KEY": String(key.prefix { !$0.isNewline })]
            try await viewer.run("sources")
            let small = try await viewer.run("keys", "list", expecting: 1)
            #expect(small.errors.contains("admin"))
            // From elsewhere, the key has to be given.
            var elsewhere = IngotCommandLine(data: folder.path("other"))
            let refused = try await elsewhere.run("sources", "--gateway", gateway.url, expecting: 1)
            #expect(refused.errors.contains("--key-file"))
            try folder.write("key", key)
            try await elsewhere.run("sources", "--gateway", gateway.url, "--key-file", folder.path("key"))
            let denied = try await elsewhere.run(
                "keys",
                "list",
                "--gateway",
                gateway.url,
                "--key-file",
                folder.path("key"),
                expecting: 1
            )
            #expect(denied.errors.contains("admin"))
            elsewhere.environment = ["INGOT_API_KEY_FILE": folder.path("key")]
            try await elsewhere.run("sources", "--gateway", gateway.url)
            elsewhere.environment = ["INGOT_API_KEY": String(key.prefix { !$0.isNewline })]
            try await elsewhere.run("sources", "--gateway", gateway.url)
            elsewhere.environment = ["INGOT_API_KEY": "wrong"]
            let wrong = try await elsewhere.run("sources", "--gateway", gateway.url, expecting: 1)
            #expect(wrong.errors.contains("not one of this gateway's") || wrong.errors.contains("Send an API key"))
            // Never in the clear to another machine, whatever it would answer.
            let open = try await elsewhere.run("sources", "--gateway", "http://ingot.example:1", expecting: 2)
            #expect(open.errors.contains("--insecure-http"))
            try await elsewhere.run("sources", "--gateway", "http://localhost.example.invalid:1", expecting: 2)
        }
    }

    @Test("No secret of the gateway is in what ps shows of any process")
    func processList() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            let id = try await gateway.submit("probe", ["sleep_ms": 60_000])
            try await gateway.events(of: id) { $0.data["status"] == "running" }
            let key = gateway.key.revealed
            var count = 0
            for process in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(process) != nil {
                // One that has ended meanwhile shows nothing.
                guard let line = try? WholeFile.bytes("/proc/\(process)/cmdline") else { continue }
                count += 1
                #expect(!String(decoding: line, as: UTF8.self).contains(key))
            }
            #expect(count > 2)
            let cancelled = try await gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel", nil)
            #expect(cancelled.status < 300)
            try await gateway.events(of: id)
        }
    }

    @Test("A gateway that others could reach does not start without a key, and says how to make one")
    func openGateway() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        let arguments = ["serve", "--host", "0.0.0.0", "--port", "0"]
        let refused = try await ingot.run(arguments, expecting: 1)
        #expect(refused.errors.contains("ingot keys create"))
        try await ingot.run("keys", "create", "--role", "operator")
        try await RunningGateway.run(data: folder.path("data"), arguments: ["--host", "0.0.0.0"]) { gateway in
            let port = gateway.url.split(separator: ":").last ?? ""
            let loopback = RunningGateway(url: "http://127.0.0.1:\(port)", key: gateway.key, client: gateway.client)
            let answer = try await loopback.send(.GET, "/api/sources", nil)
            #expect(answer.status == 200)
        }
        try await ingot.run("serve", "--anonymous", "root", expecting: 2)
        try await ingot.run("serve", "--host", "0.0.0.0", "--port", "0", "--anonymous", "viewer", expecting: 1)
    }
}
