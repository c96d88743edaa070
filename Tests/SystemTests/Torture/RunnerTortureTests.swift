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
        arguments: [String] = [],
        _ body: @escaping @Sendable (TortureGateway, _ repetition: Int) async throws -> [String]
    ) async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await TortureGateway.run(data: data, arguments: ["--slots", "64"] + arguments) { gateway in
            let jobs = Jobs()
            // The first job leaves connections and threads that stay.
            _ = try await gateway.end(of: try await gateway.submit("probe", [:]))
            let descriptors = gateway.openDescriptors
            try await Repetitions.run(atOnce: atOnce) { repetition in
                await jobs.add(try await body(gateway, repetition))
            }
            await Leftovers.expectNone(data: data, jobs: await jobs.ids, gateway: gateway.process)
            #expect(gateway.openDescriptors <= descriptors + 2 * atOnce, "descriptors are left open")
            // Whatever came late, no job has left its end.
            for id in await jobs.ids { #expect(try await gateway.job(id).status.isTerminal) }
            #expect(try await gateway.send(.GET, "/healthz").status == 200)
        }
    }

    private actor Jobs {
        var ids: [String] = []
        func add(_ more: [String]) { ids += more }
    }

    @Test("kill -9 of the runner is a failure with signal 9 at once, and a retry when one is left")
    func killed() async throws {
        try await torture { gateway, repetition in
            let isRetried = repetition % 2 == 1
            let id = try await gateway.submit(
                "probe",
                ["events": 1, "log_lines": 3, "sleep_ms": 2_000, "children": 2],
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
            return [id]
        }
    }

    @Test("Children, also those that left the session, end with their runner")
    func children() async throws {
        try await torture { gateway, repetition in
            let id = try await gateway.submit(
                "probe",
                ["events": 1, "sleep_ms": repetition % 2 == 0 ? 60_000 : 100, "children": 2, "daemons": 2],
                options: "max_attempts=1"
            )
            let job = try await gateway.start(of: id)
            if repetition % 2 == 0 { _ = kill(try gateway.runner(of: job), SIGKILL) }
            let end = try await gateway.end(of: id)
            #expect(end.status == (repetition % 2 == 0 ? .failed : .succeeded))
            return [id]
        }
    }

    @Test("A runner that is frozen past its lease is lost, and the next attempt does its work")
    func frozen() async throws {
        // All repetitions wait out the same twenty seconds.
        try await torture(atOnce: 50) { gateway, repetition in
            let isRetried = repetition % 2 == 1
            let id = try await gateway.submit(
                "probe",
                ["events": 1, "sleep_ms": 3_000],
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
            return [id]
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
            return [id]
        }
    }

    @Test("Cancelled in every state, twice, and while it succeeds: one true end")
    func cancelled() async throws {
        try await torture(arguments: ["--slots", "4"]) { gateway, repetition in
            let kind = repetition % 5
            let parameters: [JSONValue] = [
                ["events": 1, "sleep_ms": 60_000, "children": 1, "daemons": 1],
                ["fail": "transient_torture"],
                ["events": 1, "sleep_ms": 20],
                ["fail": "hang"],
                ["events": 0],
            ]
            let id = try await gateway.submit("probe", parameters[kind], options: "max_attempts=10")
            // At another moment each time: queued, starting, running, waiting for a retry, ending.
            try await Task.sleep(for: .milliseconds(Int64(repetition * 13 % 120)))
            async let first = gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel")
            async let second = gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel")
            let statuses = [try await first.status, try await second.status]
            let job = try await Promise.expect(Promise.cancelled) { try await gateway.end(of: id) }
            switch job.status {
            case .cancelled: #expect(statuses.allSatisfy { [200, 202].contains($0) }, "\(statuses)")
            case .succeeded:
                #expect(kind == 2 || kind == 4, "only a short job may have been faster")
                #expect(job.result != nil)
            default: Issue.record("job \(id) ended as \(job.status): \(String(describing: job.error))")
            }
            return [id]
        }
    }
}
