import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// What may happen to a gateway while runners work.
@Suite("Torture: the gateway", .fillsTheMachine, .timeLimit(.minutes(20)))
struct GatewayTortureTests {
    @Test("kill -9 of the gateway: the runner lives on, is adopted, and succeeds in its first attempt")
    func gatewayKilled() async throws {
        try await Repetitions.run(atOnce: 4) { repetition in
            let folder = try TemporaryFolder()
            let data = folder.path("data")
            let (id, runner) = try await TortureGateway.run(data: data) { gateway in
                let id = try await gateway.submit("probe", ["events": 40, "interval_ms": 100, "log_lines": 2])
                let runner = try gateway.runner(of: try await gateway.start(of: id))
                gateway.kill()
                return (id, runner)
            }
            #expect(kill(runner, 0) == 0, "the runner died with its gateway")
            try await TortureGateway.run(data: data) { gateway in
                let job = try await gateway.end(of: id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 1)
                await Leftovers.expectNone(data: data, jobs: [id], gateway: gateway.process)
            }
        }
    }

    @Test("kill -9 of the gateway and its runner: the next gateway says so, or tries again")
    func bothKilled() async throws {
        try await Repetitions.run(atOnce: 4) { repetition in
            let folder = try TemporaryFolder()
            let data = folder.path("data")
            let isRetried = repetition % 2 == 1
            let id = try await TortureGateway.run(data: data) { gateway in
                let id = try await gateway.submit(
                    "probe",
                    ["events": 1, "sleep_ms": 60_000, "sleep_attempts": 1, "children": 1, "daemons": 1],
                    options: "max_attempts=\(isRetried ? 2 : 1)"
                )
                let runner = try gateway.runner(of: try await gateway.start(of: id))
                if repetition % 4 < 2 {
                    gateway.kill()
                    _ = kill(runner, SIGKILL)
                } else {
                    // The other way round the gateway may still have seen it.
                    _ = kill(runner, SIGKILL)
                    gateway.kill()
                }
                return id
            }
            try await TortureGateway.run(data: data) { gateway in
                let job = try await Promise.expect(isRetried ? Promise.lost : Promise.killed) {
                    try await gateway.end(of: id)
                }
                if isRetried {
                    #expect(job.status == .succeeded, "\(String(describing: job.error))")
                    #expect(job.attempt == 2)
                } else {
                    #expect(job.status == .failed)
                    #expect(["runner_lost", "runner_killed"].contains(job.error?.code))
                }
                await Leftovers.expectNone(data: data, jobs: [id], gateway: gateway.process)
            }
        }
    }

    @Test("A gateway that is away for half a minute costs no attempt")
    func frozen() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await TortureGateway.run(data: data, arguments: ["--slots", "64"]) { gateway in
            var ids: [String] = []
            for _ in 0..<Repetitions.count {
                ids.append(try await gateway.submit("probe", ["events": 20, "interval_ms": 100]))
            }
            for id in ids { _ = try await gateway.start(of: id) }
            gateway.freeze()
            // The time itself is what is tried: longer than a lease.
            try await Task.sleep(for: .seconds(30))
            gateway.thaw()
            for id in ids {
                let job = try await gateway.end(of: id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 1)
            }
            await Leftovers.expectNone(data: data, jobs: ids, gateway: gateway.process)
        }
    }

    @Test("Stopped and killed again and again with jobs in all states: each ends once, and truly")
    func restarted() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let stamps = folder.path("stamps")
        var random = SeededRandom(seed: 5)
        var ids: [String] = []
        for round in 0..<Repetitions.count {
            let moment = Int64.random(in: 0...300, using: &random)
            ids += try await TortureGateway.run(
                data: data,
                arguments: ["--slots", "3", "--drain", "0"],
                environment: ["INGOT_PROBE_STAMPS": stamps]
            ) { gateway in
                var submitted: [String] = []
                for number in 0..<6 {
                    submitted.append(
                        try await gateway.submit(
                            "probe",
                            [
                                "events": 2, "interval_ms": .integer(Int64(number * 20)),
                                "key": .string("\(round)-\(number)"),
                            ],
                            // A runner that loses its gateway before it has its settings costs an attempt.
                            options: "max_attempts=10"
                        )
                    )
                }
                try await Task.sleep(for: .milliseconds(moment))
                // The other half is asked to end, and leaves its runners behind as well.
                if round % 2 == 0 { gateway.kill() }
                return submitted
            }
        }
        try await TortureGateway.run(
            data: data,
            arguments: ["--slots", "3"],
            environment: ["INGOT_PROBE_STAMPS": stamps]
        ) { [ids] gateway in
            var attempts: [String: Int] = [:]
            for id in ids {
                let job = try await gateway.end(of: id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                attempts[try #require(job.parameters["key"]?.stringValue)] = job.attempt
            }
            await Leftovers.expectNone(data: data, jobs: ids, gateway: gateway.process)
            // No job ran more often than its row says.
            let lines = try WholeFile.text(stamps).split(separator: "\n").map { $0.split(separator: " ") }
            let starts = Dictionary(grouping: lines.filter { $0[1] == "S" }) { String($0[0]) }.mapValues(\.count)
            #expect(starts.count == ids.count)
            for (key, count) in starts { #expect(count <= attempts[key] ?? 0, "job \(key) ran \(count) times") }
        }
    }

    /// What a job is doing when its gateway is killed.
    private enum Stage: CaseIterable {
        case running, queued, retrying, cancelled, failing

        var parameters: JSONValue {
            switch self {
            case .running, .queued: ["events": 1, "sleep_ms": 500]
            case .retrying: ["fail": "transient_torture"]
            case .cancelled: ["events": 1, "sleep_ms": 60_000, "ignore_stop": true]
            case .failing: ["events": 1, "sleep_ms": 50, "fail": "probe_failed"]
            }
        }
    }

    @Test("A gateway that is killed and started anew brings a job in any state to the end that it would have had")
    func states() async throws {
        try await Repetitions.run(max(Repetitions.count, Stage.allCases.count), atOnce: 4) { repetition in
            let folder = try TemporaryFolder()
            let data = folder.path("data")
            let stage = Stage.allCases[repetition % Stage.allCases.count]
            let (first, id) = try await TortureGateway.run(data: data, arguments: ["--slots", "1"]) { gateway in
                var first: String?
                if stage == .queued {
                    first = try await gateway.submit("probe", Stage.running.parameters)
                    _ = try await gateway.start(of: first ?? "")
                }
                let id = try await gateway.submit("probe", stage.parameters, options: "max_attempts=4")
                switch stage {
                case .queued: break
                case .retrying: try await gateway.watch(id) { $0.data["status"] == "queued" && $0.data["attempt"] == 1 }
                case .running, .failing: _ = try await gateway.start(of: id)
                case .cancelled:
                    _ = try await gateway.start(of: id)
                    #expect(try await gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel").status == 202)
                }
                gateway.kill()
                return (first, id)
            }
            try await TortureGateway.run(data: data, arguments: ["--slots", "1"]) { gateway in
                let job = try await Promise.expect(Promise.lost) { try await gateway.end(of: id) }
                switch stage {
                case .running:
                    #expect(job.status == .succeeded && job.attempt == 1, "\(String(describing: job.error))")
                case .queued:
                    #expect(job.status == .succeeded && job.attempt == 1, "\(String(describing: job.error))")
                    #expect(try await gateway.end(of: first ?? "").status == .succeeded)
                case .retrying: #expect(job.error?.code == "transient_torture" && job.attempt == 4)
                case .cancelled: #expect(job.status == .cancelled && job.attempt == 1)
                case .failing: #expect(job.error?.code == "probe_failed" && job.attempt == 1)
                }
                await Leftovers.expectNone(data: data, jobs: [id, first].compactMap(\.self), gateway: gateway.process)
            }
        }
    }

    @Test("Clocks that jump change nothing")
    func clockJumps() async throws {
        try await Repetitions.run(atOnce: 4) { repetition in
            let folder = try TemporaryFolder()
            let data = folder.path("data")
            let clock = try FakeClock(file: folder.path("clock"))
            // Only a program with shared libraries can be told another time.
            let command = [BuiltProducts.ofThisBuild("ingot")]
            try await TortureGateway.run(
                data: data,
                environment: clock.environment,
                command: command
            ) { gateway in
                let id = try await gateway.submit("probe", ["events": 40, "interval_ms": 100])
                let other = try await gateway.submit("probe", ["fail": "transient_once"], options: "max_attempts=2")
                _ = try await gateway.start(of: id)
                try clock.jump(seconds: repetition % 2 == 0 ? 86_400 : -86_400)
                let job = try await gateway.end(of: id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 1)
                // Or nothing was tried here.
                let end = try #require(job.finishedAt)
                let (created, distance) = (job.createdAt, Duration.seconds(86_000))
                #expect(end > created.advanced(by: distance) || end.advanced(by: distance) < created)
                let retried = try await gateway.end(of: other)
                #expect(retried.status == .failed)
                #expect(retried.attempt == 2)
                await Leftovers.expectNone(data: data, jobs: [id, other], gateway: gateway.process)
            }
        }
    }

    @Test("A full disk ends each job with its reason, and the gateway goes on")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let small = folder.path("small")
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
        let mounting = try await Subprocess.run(
            .name("mount"),
            arguments: ["-t", "tmpfs", "-o", "size=64m", "tmpfs", small],
            output: .discarded,
            error: .string(limit: 4096)
        )
        guard mounting.terminationStatus.isSuccess else {
            try Test.cancel("a small file system cannot be mounted here: \(mounting.standardError)")
        }
        let outcome: Result<Void, any Error>
        do {
            let data = small + "/data"
            // What is left of the disk is less than one job needs beside the part that jobs leave free.
            try Data(count: 52 << 20).write(to: URL(filePath: small + "/other"))
            let large = try folder.sample("large", label: "900-2", sections: 6000)
            try await TortureGateway.run(data: data, arguments: ["--origin", "usc=\(large)"]) { gateway in
                var ids: [String] = []
                for _ in 0..<Repetitions.count {
                    let id = try await gateway.submit("usc", [:], options: "max_attempts=1")
                    let job = try await gateway.end(of: id)
                    #expect(job.status == .failed)
                    #expect(job.error?.code == "disk_full", "\(String(describing: job.error))")
                    ids.append(id)
                }
                let health = try await gateway.send(.GET, "/healthz").body
                #expect(health["unwritten"] == 0, "\(health.canonicalText)")
                // The gateway's own rows still fit.
                let last = try await gateway.submit("probe", [:])
                #expect(try await gateway.end(of: last).status == .succeeded)
                await Leftovers.expectNone(data: data, jobs: ids, gateway: gateway.process)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        let unmounting = try await Subprocess.run(.name("umount"), arguments: [small], output: .discarded)
        #expect(unmounting.terminationStatus.isSuccess)
        try outcome.get()
    }
}

/// A wall clock that jumps when it is told to, for programs with shared libraries: `Tests/FakeClock`.
private struct FakeClock: Sendable {
    private let file: String

    init(file: String) throws {
        self.file = file
        try jump(seconds: 0)
    }

    var environment: [String: String] {
        ["LD_PRELOAD": BuiltProducts.ofThisBuild("libFakeClock.so"), "INGOT_FAKE_CLOCK": file]
    }

    /// - Parameter seconds: the offset from the true time.
    func jump(seconds: Int) throws {
        // In one step, as the program reads it all the time.
        try Data(Array("\(seconds)\n".utf8)).write(to: URL(filePath: file), options: .atomic)
    }
}
