import IngotCore
import Testing

@Suite(
    "Containers of a gateway, as Docker's own command line sees them",
    .whereAvailable(.container),
    .enabled(if: GatewayKind.isOnPath("docker"), "docker is not installed"),
    .serialized,
    .serving(.container),
    .timeLimit(.minutes(10))
)
struct ContainerKeepingTests {
    @Test("They bear their labels while they run, and afterwards there is none")
    func labels() async throws {
        let (gateway, client) = try current()
        let id = try await client.submitSleeper()
        let labels = ["job", "attempt", "source"].map { "{{.Label \"ingot.\($0)\"}}" }
        let format = (["{{.Names}}", "{{.State}}"] + labels).joined(separator: " ")
        let shown = try await gateway.docker("ps", "--filter", "label=ingot.job=\(id)", "--format", format)
        #expect(shown == ["ingot-\(id)-1 running \(id) 1 probe"])
        try await client.dispose(of: id)
        try await expectNone(of: id, gateway)
    }

    @Test("Five that run while the gateway is killed are taken over by the next one, and none is left")
    func adopted() async throws {
        let (gateway, client) = try current()
        var jobs: [String] = []
        for _ in 0..<5 { jobs.append(try await client.submitSleeper()) }
        let running = Set(try await gateway.containers())
        #expect(running.count == 5)
        try await gateway.restart()
        // The same ones, each the first attempt's.
        #expect(Set(try await gateway.containers()) == running)
        for job in jobs {
            let now = try await client.job(job)
            #expect(now.status == "running")
            #expect(now["attempt"] == 1)
        }
        for job in jobs {
            try await client.dispose(of: job)
            #expect(try await client.job(job).status == "cancelled")
            try await expectNone(of: job, gateway)
        }
        #expect(try await gateway.containers() == [])
    }

    @Test("One that is killed with the engine's own command is told as killed")
    func killed() async throws {
        let (gateway, client) = try current()
        let id = try await client.submitSleeper(options: "?max_attempts=1")
        _ = try await gateway.docker("kill", "ingot-\(id)-1")
        let error = try await client.end(of: id)["error"]
        #expect(error?["code"] == "runner_killed")
        #expect(error?["exit"]?["signal"] == 9)
        try await expectNone(of: id, gateway)
    }

    @Test("One that takes more memory than it may is told as out of memory, or as that or killed")
    func memory() async throws {
        let (gateway, client) = try current()
        let parameters: JSONValue = ["memory_mib": 1024, "sleep_ms": 60_000]
        let id = try await client.submit(parameters, options: "?max_attempts=1&memory_mib=128")
        let error = try await client.end(of: id)["error"]
        let code = error?["code"]?.stringValue ?? ""
        #expect(["out_of_memory", "out_of_memory_or_killed"].contains(code))
        #expect(error?["exit"]?["signal"] == 9)
        try await expectNone(of: id, gateway)
    }

    private func current() throws -> (ServedGateway, GatewayClient) {
        let gateway = try #require(CurrentGateway.value as? ServedGateway)
        return (gateway, GatewayClient(gateway: gateway))
    }

    /// Waits until the container of an ended job is gone, which may be a little later than the job's end.
    private func expectNone(of job: String, _ gateway: ServedGateway) async throws {
        for _ in 0..<200 {
            let left = try await gateway.docker("ps", "--all", "--quiet", "--filter", "label=ingot.job=\(job)")
            if left.isEmpty { return }
        }
        Issue.record("the container of job \(job) is still there")
    }
}
