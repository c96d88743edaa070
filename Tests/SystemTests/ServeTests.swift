import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import NIOHTTP1
import StandInSite
import Subprocess
import Testing

@Suite("A gateway with real runners and real clients", .fillsTheMachine)
struct ServeTests {
    /// What `curl -N` prints of a job's events.
    private func curl(_ gateway: RunningGateway, _ job: String, _ arguments: String...) async throws -> String {
        try await Subprocess.run(
            .name("curl"),
            arguments: Arguments(
                ["--silent", "--no-buffer", "--max-time", "60"]
                    + ["--header", "Authorization: Bearer \(gateway.key.revealed)"] + arguments
                    + ["\(gateway.url)/api/ingest/jobs/\(job)/events"]
            ),
            output: .string(limit: 16 << 20)
        ).standardOutput
    }

    private func events(_ text: String) throws -> [RunningGateway.Event] {
        try text.components(separatedBy: "\n\n").compactMap { try RunningGateway.event($0) }
    }

    @Test("curl sees a snapshot, numbered events, done and the end; and resumes exactly where it stopped")
    func curlWatches() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(data: folder.path + "/data") { gateway in
            let job = try await gateway.submit("probe", ["events": 20, "interval_ms": 10])
            let text = try await curl(gateway, job)
            #expect(text.hasPrefix("retry: 2000\n"))
            let events = try events(text)
            #expect(events.first?.name == "snapshot")
            #expect(events.last?.name == "done")
            #expect(events.last?.data["status"] == "succeeded")
            let numbers = events.dropFirst().map(\.id)
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)

            let middle = events[events.count / 2].id
            let rest = try self.events(await curl(gateway, job, "--header", "Last-Event-ID: \(middle)"))
            #expect(rest == events.filter { $0.id > middle })
            let status = try await curl(
                gateway,
                job,
                "--header",
                "Last-Event-ID: \(try #require(numbers.last))",
                "--write-out",
                "%{http_code}"
            )
            #expect(status == "204")
        }
    }

    @Test("a runner that is killed leaves a failed job with its signal, nothing visible, and a free way")
    func killedRunner() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.sample("site/download/releasepoints/us/pl/900/1", label: "900-1", titles: [1, 3])
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: "900-1", titles: [1, 3]))
        // The site never answers for title 3, so the runner has written title 1 and waits when it is killed.
        try await StandInSite.serving(folder.path("site"), as: .uscode, faults: .on("usc03", .silence)) { site in
            try await kill(data: folder.path("data"), site: site.address)
        }
    }

    private func kill(data: String, site: String) async throws {
        let arguments = ["--origin", "usc=\(site)", "--max-attempts", "1"]
        try await RunningGateway.run(data: data, arguments: arguments) { gateway in
            let job = try await gateway.submit("usc", ["titles": ["1", "3"]])
            // From the first event on: the unit may be done before this watcher is there.
            try await gateway.events(of: job, after: 0) { event in
                event.name == "unit" && event.data["unit"] == "1" && event.data["status"] == "done"
            }
            let handle = try #require(try await gateway.job(job).runnerHandle)
            let pid = try #require(Int32(handle.prefix { $0 != ":" }))
            #expect(Glibc.kill(pid, SIGKILL) == 0)
            let last = try await gateway.events(of: job).last
            #expect(last?.name == "done")
            #expect(last?.data["status"] == "failed")
            #expect(last?.data["error"]?["code"] == "runner_killed")
            #expect(last?.data["error"]?["exit"]?["signal"] == 9)
            let corpus = try await gateway.send(.GET, "/api/export?source=usc", nil)
            #expect(corpus.status == 404)

            let next = try await gateway.send(
                .POST,
                "/api/ingest/usc",
                ["titles": ["1"]],
                headers: [("prefer", "wait=120")]
            )
            #expect(next.status == 200)
            #expect(next.body["status"] == "succeeded")
            let revisions = try await gateway.send(.GET, "/api/sources/usc/revisions", nil)
            let states = revisions.body["revisions"]?.arrayValue?.map { $0["status"]?.stringValue }
            #expect(states == ["promoted", "abandoned"])
        }
    }

    @Test("a command finds the gateway that runs on its data folder")
    func findsGateway() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try await RunningGateway.run(data: data) { gateway in
            let ingot = IngotCommandLine(data: data)
            let id = try await ingot.run("ingest", "probe", "--set", "events=3", "--detach").output
            let job = String(id.prefix { !$0.isNewline })
            try await ingot.run("watch", job)
            #expect(try await gateway.job(job).status == .succeeded)
            #expect(try await ingot.run("jobs").output.contains(job))
            #expect(try await ingot.run("job", job).output.contains("succeeded"))
            try await ingot.run("serve", "--port", "0", expecting: 1)
            let failed = try await ingot.run("ingest", "probe", "--set", "fail=probe_failed", expecting: 1)
            #expect(failed.output.contains("probe_failed"))
        }
    }

    @Test("the settings of its stores are printed while it runs, and by nobody else")
    func environment() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let ingot = IngotCommandLine(data: data)
        try await ingot.run("env", expecting: 3)
        try await RunningGateway.run(data: data) { _ in
            let lines = try await ingot.run("env").output.split(separator: "\n")
            var settings: [String: String] = [:]
            for line in lines {
                let parts = line.split(separator: "=", maxSplits: 1)
                settings[String(parts[0])] = String(parts[1])
            }
            // What they open is the gateway's: another program finds the same stores with nothing but them.
            let other = IngotCommandLine(data: folder.path("other"), environment: settings)
            let sample = try folder.sample("sample", label: "900-1")
            try await other.run("ingest", "usc", "--from", sample)
            #expect(try await ingot.run("revisions", "usc").output.contains("900-1"))
        }
        try await ingot.run("env", expecting: 3)
        #expect(!FileManager.default.fileExists(atPath: data + "/stores/environment"))
    }
}
