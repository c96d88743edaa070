import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

@Suite("A gateway that is asked to stop while jobs run", .fillsTheMachine, .timeLimit(.minutes(10)))
struct DrainTests {
    /// Starts a gateway, runs the body, which asks it to stop, and returns when the process has ended by itself.
    private func serving<Value: Sendable>(
        _ folder: TemporaryFolder,
        _ arguments: String...,
        body: @escaping @Sendable (RunningGateway, _ stop: () throws -> Void) async throws -> Value
    ) async throws -> Value {
        let data = folder.path("data")
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let outcome = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot"))),
            arguments: Arguments(["serve", "--port", "0", "--data", data, "--enable-probe"] + arguments),
            environment: .inherit,
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var printed = execution.standardOutput.strings().makeAsyncIterator()
            let line = try await printed.next() ?? ""
            let url = String(line.prefix { !$0.isNewline }.dropFirst("listening on ".count))
            let result: Result<Value, any Error>
            do {
                let gateway = RunningGateway(url: url, key: try RunningGateway.localKey(of: data), client: client)
                result = .success(try await body(gateway) { try execution.send(signal: .terminate) })
            } catch {
                result = .failure(error)
                try execution.send(signal: .kill)
            }
            while try await printed.next() != nil {}
            return result
        }
        try await client.shutdown()
        let value = try outcome.closureResult.get()
        #expect(outcome.terminationStatus == .exited(0))
        return value
    }

    /// Waits until the job's runner has said something.
    private func waitForRunner(of job: String, _ gateway: RunningGateway) async throws {
        try await gateway.events(of: job, after: 0) { event in
            event.name == "progress" && event.data["message"]?.stringValue != nil
        }
    }

    /// Waits until the gateway takes no jobs any more.
    private func waitForDrain(_ gateway: RunningGateway) async throws {
        while try await gateway.send(.GET, "/readyz", nil).status != 503 {}
    }

    @Test("It takes no new jobs, waits for its runners, keeps what waits, and the next start goes on")
    func drains() async throws {
        let folder = try TemporaryFolder()
        let jobs = try await serving(folder, "--slots", "1", "--drain", "300") { gateway, stop in
            let running = try await gateway.submit("probe", ["events": 1, "sleep_ms": 1500])
            try await waitForRunner(of: running, gateway)
            let waiting = try await gateway.submit("probe", ["events": 2])
            try stop()
            try await waitForDrain(gateway)
            let refused = try await gateway.send(.POST, "/api/ingest/probe", [:])
            #expect(refused.status == 503)
            #expect(refused.body["type"] == "/problems/unavailable")
            // The stream lasts as long as the job: the gateway still takes the runner's reports.
            let last = try await gateway.events(of: running).last
            #expect(last?.data["status"] == "succeeded")
            return [running, waiting]
        }
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            let first = try await gateway.job(jobs[0])
            #expect(first.status == .succeeded)
            #expect(first.attempt == 1)
            try await gateway.events(of: jobs[1])
            #expect(try await gateway.job(jobs[1]).status == .succeeded)
        }
    }

    /// Leaves a runner alone, by a wait that is too short or by a second signal, and gives its job and the address.
    private func leave(
        _ folder: TemporaryFolder,
        drain: Int,
        signals: Int,
        sleep: Int64
    ) async throws -> (job: String, url: String) {
        try await serving(folder, "--drain", "\(drain)") { gateway, stop in
            let job = try await gateway.submit("probe", ["events": 1, "sleep_ms": .integer(sleep)])
            try await waitForRunner(of: job, gateway)
            try stop()
            if signals > 1 {
                try await waitForDrain(gateway)
                try stop()
            }
            return (job, gateway.url)
        }
    }

    @Test("It leaves when its wait is over, or at a second signal, and the job still ends truly", arguments: [1, 2])
    func leaves(signals: Int) async throws {
        let folder = try TemporaryFolder()
        let start = ContinuousClock.now
        let (job, _) = try await leave(folder, drain: signals == 1 ? 0 : 300, signals: signals, sleep: 3000)
        // It has not waited for the drain's five minutes.
        #expect(ContinuousClock.now - start < .seconds(200))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            let last = try await gateway.events(of: job).last
            #expect(last?.name == "done")
            #expect(last?.data["status"] == "succeeded")
        }
    }

    @Test("Commands with a gateway of their own leave the jobs of an earlier gateway alone")
    func commandsLeaveAlone() async throws {
        let folder = try TemporaryFolder()
        let jobs = try await serving(folder, "--slots", "1", "--drain", "0") { gateway, stop in
            let running = try await gateway.submit("probe", ["events": 1, "sleep_ms": 30_000])
            try await waitForRunner(of: running, gateway)
            let waiting = try await gateway.submit("probe", ["events": 2])
            try stop()
            return [running, waiting]
        }
        let command = IngotCommandLine(data: folder.path("data"))
        for _ in 0..<3 {
            let list = try JSONValue(parsing: try await command.run("jobs", "--json").output.utf8)
            let states = list["jobs"]?.arrayValue?.compactMap { $0["status"]?.stringValue }
            #expect(states == ["queued", "running"])
        }
        // Nobody would go on with it while the command waits.
        let watching = try await command.run("watch", jobs[1], expecting: 1)
        #expect(watching.errors.contains("ingot serve"))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            for id in jobs {
                try await gateway.events(of: id)
                let job = try await gateway.job(id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 1)
            }
        }
    }

    @Test("A cancelled job's runner is gone, though only a command's own gateway is there")
    func cancelOfCommand() async throws {
        let folder = try TemporaryFolder()
        let (job, _) = try await leave(folder, drain: 0, signals: 1, sleep: 600_000)
        let command = IngotCommandLine(data: folder.path("data"))
        #expect(try await command.run("cancel", job).output.contains("\(job) cancelled"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("data/work"))
        #expect(names.isEmpty)
        #expect(try await command.newestJob().status == .cancelled)
    }

    @Test("The next start takes the runner over, at the address that the runner knows")
    func adopts() async throws {
        let folder = try TemporaryFolder()
        let (job, url) = try await leave(folder, drain: 0, signals: 1, sleep: 20_000)
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            #expect(gateway.url == url)
            #expect(try await gateway.job(job).status == .running)
            try await gateway.events(of: job)
            let ended = try await gateway.job(job)
            #expect(ended.status == .succeeded)
            #expect(ended.attempt == 1)
        }
    }
}
