import Glibc
import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

/// What may happen to a runner while its gateway lives.
///
/// `INGOT_REPEATS` says how often each case is repeated, and `INGOT_BIN` where other executables lie than those of
/// this build.
@Suite("Torture: the runner", .fillsTheMachine, .timeLimit(.minutes(20)))
struct RunnerTortureTests {
    /// Repeats a case on one gateway, and looks for what it left.
    private func torture(
        atOnce: Int = 8,
        repetitions: Int = Repetitions.count,
        arguments: [String] = [],
        _ body: @escaping @Sendable (TortureGateway, _ repetition: Int) async throws -> [Job]
    ) async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await TortureGateway.run(data: data, arguments: ["--slots", "64"] + arguments) { gateway in
            let jobs = Jobs()
            // The first job leaves connections and threads that stay.
            _ = try await gateway.end(of: try await gateway.submit("probe", [:]))
            let descriptors = gateway.openDescriptors
            try await Repetitions.run(repetitions, atOnce: atOnce) { repetition in
                await jobs.add(try await body(gateway, repetition))
            }
            let ended = await jobs.ended
            await Leftovers.expectNone(data: data, jobs: ended.map(\.id.rawValue), gateway: gateway.process)
            // Each repetition asks through connections of its own, which stay open for a while.
            let open = gateway.openDescriptors
            #expect(
                open.values.reduce(0, +) <= descriptors.values.reduce(0, +) + 2 * atOnce,
                "\(descriptors) → \(open)"
            )
            // Whatever came late, each row has kept the end that was told first.
            let rows = try await gateway.rows()
            for job in ended { #expect(rows[job.id] == job) }
            #expect(try await gateway.send(.GET, "/healthz").status == 200)
        }
    }

    private actor Counter {
        var count = 0
        func add() { count += 1 }
    }

    private actor Jobs {
        var ended: [Job] = []
        func add(_ more: [Job]) { ended += more }
    }

    @Test("kill -9 of the runner is a failure with signal 9 at once, and a retry when one is left")
    func killed() async throws {
        try await torture { gateway, repetition in
            let isRetried = repetition % 2 == 1
            let id = try await gateway.submit(
                "probe",
                ["events": 1, "log_lines": 3, "sleep_ms": 60_000, "sleep_attempts": 1, "children": 2],
                options: "max_attempts=\(isRetried ? 2 : 1)"
            )
            let runner = try gateway.runner(of: try await gateway.start(of: id))
            #expect(kill(runner, SIGKILL) == 0)
            let job = try await Promise.expect(isRetried ? Promise.lost : Promise.killed) {
                try await gateway.end(of: id)
            }
            if isRetried {
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 2)
            } else {
                #expect(job.status == .failed)
                #expect(job.error?.code == "runner_killed")
                #expect(job.error?.exit?.signal == 9)
                #expect(job.error?.logTail?.contains("probe log line 3") == true)
                #expect((job.error?.peakMemoryBytes ?? 0) > 0)
            }
            return [job]
        }
    }

    @Test("Children, also those that left the session, end with their runner, and may be killed before it")
    func children() async throws {
        try await torture { gateway, repetition in
            let (isRunnerKilled, areChildrenKilled) = (repetition % 3 == 0, repetition % 3 == 1)
            var jobs: [Job] = []
            var id = ""
            var runner: pid_t = 0
            var others: [pid_t] = []
            // On a machine that is busy enough a job can be over before its children have been seen: then a longer one.
            for sleep: JSONValue in isRunnerKilled ? [60_000] : [4_000, 15_000, 60_000] {
                id = try await gateway.submit(
                    "probe",
                    ["events": 1, "sleep_ms": sleep, "children": 2, "daemons": 2],
                    options: "max_attempts=1"
                )
                let started = try await gateway.start(of: id)
                if !started.status.isTerminal { runner = try gateway.runner(of: started) }
                // What has just been started may not show its environment yet.
                for _ in 0..<400 where others.count < 4 && !started.status.isTerminal {
                    others = Leftovers.members(data: gateway.data, job: id).filter { $0 != runner }
                    if others.count < 4 { try await Task.sleep(for: .milliseconds(5)) }
                }
                if others.count == 4 { break }
                jobs.append(try await gateway.end(of: id))
            }
            #expect(others.count == 4)
            if areChildrenKilled { for process in others { _ = kill(process, SIGKILL) } }
            if isRunnerKilled { _ = kill(runner, SIGKILL) }
            let job = try await Promise.expect(Promise.killed) { try await gateway.end(of: id) }
            if isRunnerKilled {
                #expect(job.error?.code == "runner_killed")
            } else {
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
            }
            return jobs + [job]
        }
    }

    @Test("A runner that is frozen past its lease is lost, and the next attempt does its work")
    func frozen() async throws {
        // All repetitions wait out the same twenty seconds.
        try await torture(atOnce: 50) { gateway, repetition in
            let isRetried = repetition % 2 == 1
            let id = try await gateway.submit(
                "probe",
                ["events": 1, "sleep_ms": 60_000, "sleep_attempts": 1],
                options: "max_attempts=\(isRetried ? 2 : 1)"
            )
            let runner = try gateway.runner(of: try await gateway.start(of: id))
            #expect(kill(runner, SIGSTOP) == 0)
            let job = try await Promise.expect(isRetried ? Promise.lost * 2 : Promise.lost) {
                try await gateway.end(of: id)
            }
            if isRetried {
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 2)
            } else {
                #expect(job.status == .failed)
                #expect(job.error?.code == "runner_lost")
            }
            return [job]
        }
    }

    @Test("A memory limit, a wall limit, a processor limit and a fork bomb end by their names")
    func limits() async throws {
        try await torture(atOnce: 2) { gateway, repetition in
            let cases: [(JSONValue, String, String)] = [
                (["memory_mib": 2048, "sleep_ms": 60_000], "memory_mib=256", "out_of_memory"),
                (["sleep_ms": 60_000], "wall_seconds=1", "deadline"),
                (["fail": "fork_bomb"], "processes=64", "processes"),
                (["cpu_ms": 60_000], "cpu_seconds=1", "cpu_time"),
            ]
            let (parameters, limit, code) = cases[repetition % cases.count]
            let id = try await gateway.submit("probe", parameters, options: "max_attempts=1&\(limit)")
            let job = try await Promise.expect(Promise.cancelled) { try await gateway.end(of: id) }
            #expect(job.status == .failed)
            #expect(job.error?.code == code, "\(String(describing: job.error))")
            return [job]
        }
    }

    /// Where a job is when it is cancelled.
    private enum Stage: CaseIterable {
        case queued, starting, running, deaf, retrying, ending

        var parameters: JSONValue {
            switch self {
            case .queued, .running: ["events": 1, "sleep_ms": 60_000, "children": 1, "daemons": 1]
            case .starting: ["sleep_ms": 60_000]
            case .deaf: ["events": 1, "sleep_ms": 60_000, "ignore_stop": true]
            case .retrying: ["fail": "transient_torture"]
            case .ending: ["events": 1, "sleep_ms": 20]
            }
        }
    }

    @Test("Cancelled in every state, twice, and while it succeeds: one true end")
    func cancelled() async throws {
        let unstarted = Counter()
        let repetitions = max(Repetitions.count, 2 * Stage.allCases.count)
        // Few slots, so that what has the least priority waits.
        try await torture(repetitions: repetitions, arguments: ["--slots", "3"]) { gateway, repetition in
            let stage = Stage.allCases[repetition % Stage.allCases.count]
            let id = try await gateway.submit(
                "probe",
                stage.parameters,
                options: "max_attempts=10&priority=\(stage == .queued ? 0 : 9)"
            )
            switch stage {
            case .queued: break
            case .starting:
                try await gateway.watch(id) { $0.name == "done" || $0.data["status"] == "running" }
            case .running, .deaf: _ = try await gateway.start(of: id)
            case .retrying:
                try await gateway.watch(id) { $0.data["status"] == "queued" && $0.data["attempt"] == 1 }
            case .ending:
                _ = try await gateway.start(of: id)
                try await Task.sleep(for: .milliseconds(Int64(repetition % 30)))
            }
            async let first = gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel")
            async let second = gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel")
            let statuses = [try await first.status, try await second.status]
            let job = try await Promise.expect(Promise.cancelled) { try await gateway.end(of: id) }
            switch job.status {
            case .cancelled: #expect(statuses.allSatisfy { [200, 202].contains($0) }, "\(statuses)")
            case .succeeded:
                #expect(stage == .ending, "only a short job may have been faster")
                #expect(job.result != nil)
            default: Issue.record("job \(id) ended as \(job.status): \(String(describing: job.error))")
            }
            if stage == .queued, job.attempt == 0 { await unstarted.add() }
            return [job]
        }
        #expect(await unstarted.count > 0, "none was cancelled before it had started")
    }
}
