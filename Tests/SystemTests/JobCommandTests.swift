import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

@Suite("Commands about the jobs of a running gateway", .fillsTheMachine, .timeLimit(.minutes(10)))
struct JobCommandTests {
    @Test("An ended job is done again with its own parameters, followed or not; one that runs is not")
    func retry() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            try await ingot.run("ingest", "probe", "--set", "fail=planted", "--set", "events=2", expecting: 1)
            let first = try await ingot.newestJob()
            let followed = try await ingot.run("retry", first.id.rawValue, expecting: 1)
            let second = try await ingot.newestJob()
            #expect(second.id != first.id && second.parameters == first.parameters)
            #expect(second.error?.code == "planted")
            #expect(followed.output.contains(second.id.rawValue))
            let printed = try await ingot.run("retry", second.id.rawValue, "--detach").output
            let third = String(printed.prefix { !$0.isNewline })
            #expect(try await gateway.events(of: third).last?.data["error"]?["code"] == "planted")
            let running = try await gateway.submit("probe", ["sleep_ms": 600_000])
            try await ingot.run("retry", running, expecting: 1)
            let absent = try await ingot.run("retry", JobID.make().rawValue, expecting: 1)
            #expect(absent.errors.contains("ingot jobs"))
            try await ingot.run("cancel", running)
        }
        // With no gateway nobody would go on with it.
        let alone = try await ingot.run("retry", JobID.make().rawValue, "--detach", expecting: 2)
        #expect(alone.errors.contains("ingot serve"))
    }

    @Test("What only an operator says of a gateway is not taken from a command that talks to one")
    func operatorsOptions() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await RunningGateway.run(data: folder.path("data")) { _ in
            for arguments in [["--sandbox"], ["--from", folder.path]] {
                let refused = try await ingot.run(["ingest", "probe"] + arguments, expecting: 2)
                #expect(refused.errors.contains("start it with --"), "\(refused.errors)")
            }
            #expect(try await ingot.run("jobs", "--json").output.contains(#""jobs":[]"#))
        }
    }

    @Test("A webhook is added, tried, told of the jobs that it asked for, and removed")
    func webhooks() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await PostReceiver.serving(keeping: folder.path("posts")) { address in
            try await RunningGateway.run(data: folder.path("data")) { _ in
                let made = try await ingot.run("webhooks", "add", address, "--event", "job.failed", "--source", "probe")
                let words = made.output.split(whereSeparator: \.isWhitespace).map(String.init)
                let id = try #require(words.first { $0.hasPrefix("wh_") })
                let secret = try #require(words.first { $0.hasPrefix("whsec_") })
                let list = try await ingot.run("webhooks", "list").output
                for word in [id, address, "job.failed", "probe", "enabled"] { #expect(list.contains(word), "\(list)") }
                #expect(!list.contains(secret))
                #expect(try await ingot.run("webhooks", "test", id).output.contains("delivered (204)"))

                try await ingot.run("ingest", "probe")
                try await ingot.run("ingest", "probe", "--set", "fail=planted", expecting: 1)
                let job = try await ingot.newestJob().id.rawValue
                var deliveries: [JSONValue] = []
                while !deliveries.contains(where: { $0["job"] == .string(job) && $0["delivered_at"] != nil }) {
                    let answer = try await ingot.run("webhooks", "deliveries", id, "--json").output
                    deliveries = try JSONValue(parsing: answer.utf8)["deliveries"]?.arrayValue ?? []
                }
                // The try, and the one that was asked for.
                #expect(deliveries.count == 2)
                let table = try await ingot.run("webhooks", "deliveries", id).output
                #expect(table.contains(job) && table.contains("job.failed") && table.contains("delivered (204)"))
                let posts = try WholeFile.text(folder.path("posts")).split(separator: "\n")
                #expect(try posts.contains { try JSONValue(parsing: $0.utf8)["data"]?["job"]?["id"] == .string(job) })

                try await ingot.run("webhooks", "remove", id)
                #expect(!(try await ingot.run("webhooks", "list").output).contains(id))
                let gone = try await ingot.run("webhooks", "test", id, expecting: 1)
                #expect(gone.errors.contains("ingot webhooks list"))
                try await ingot.run("webhooks", "remove", id, expecting: 1)
                try await ingot.run("webhooks", "add", "http://example.org/hook", expecting: 2)
                try await ingot.run("webhooks", "add", address, "--event", "job.begun", expecting: 2)
            }
        }
    }
}
