import Glibc
import IngotCore
import IngotTesting
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Limits of a runner, kept by control groups and without", .fillsTheMachine, .timeLimit(.minutes(30)))
struct LauncherLimitTests {
    @Test("Memory: a runner that fills 2 GiB is killed", arguments: MachineAbilities.limitKeepers)
    func memory(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let limits = JobLimits(memoryBytes: 256 << 20)
            let exit = try await fixture.run(["memory_mib": 2048, "sleep_ms": 60_000], limits: limits)
            #expect(exit.reason == "out_of_memory")
            #expect(exit.signal == 9)
            if usesControlGroups { #expect((exit.peakMemoryBytes ?? .max) <= 257 << 20) }
        }
    }

    @Test("A runner below its limits is left alone", arguments: MachineAbilities.limitKeepers)
    func below(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let limits = JobLimits(
                wallSeconds: 600,
                memoryBytes: 512 << 20,
                cpuSeconds: 600,
                processors: 4,
                processes: 200,
                openFiles: 256
            )
            let exit = try await fixture.run(
                ["memory_mib": 64, "children": 2, "open_files": 8, "sleep_ms": 500, "fail": "exit:7"],
                limits: limits
            )
            #expect(exit.ending == RunnerExit(code: 7))
            #expect((exit.peakMemoryBytes ?? 0) > 64 << 20)
            #expect((exit.cpuSeconds ?? 0) > 0)
        }
    }

    @Test("Wall time: it also passes for a runner that is stopped (SIGSTOP)")
    func deadline() async throws {
        try await LauncherFixture.with { fixture in
            let exit = try await fixture.run(["fail": "stop"], limits: JobLimits(wallSeconds: 1))
            #expect(exit.reason == "deadline")
        }
    }

    @Test("Wall time: a runner that does not listen is killed after the grace period")
    func deadlineOfDeaf() async throws {
        try await LauncherFixture.with { fixture in
            let exit = try await fixture.run(
                ["sleep_ms": 600_000, "ignore_stop": true],
                limits: JobLimits(wallSeconds: 1)
            )
            #expect(exit.ending == RunnerExit(signal: 9, reason: "deadline"))
        }
    }

    @Test("Processor time", arguments: MachineAbilities.limitKeepers)
    func processorTime(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let exit = try await fixture.run(["cpu_ms": 600_000], limits: JobLimits(cpuSeconds: 1))
            #expect(exit.reason == "cpu_time")
            #expect((exit.cpuSeconds ?? 0) >= 0.5)
        }
    }

    @Test("Processes: a fork bomb is ended with all that it has started", arguments: MachineAbilities.limitKeepers)
    func processes(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let exit = try await fixture.run(["fail": "fork_bomb"], limits: JobLimits(processes: 60))
            #expect(exit.ending == RunnerExit(signal: 9, reason: "processes"))
        }
    }

    @Test("Open files: the source meets the limit, and says so")
    func openFiles() async throws {
        try await GatewayFixture.with { fixture in
            // The job's standard limit.
            let job = try await fixture.runProbe(["open_files": 5000])
            #expect(job.status == .failed)
            #expect(job.error?.code == "open_files")
            #expect(job.error?.exit?.reason == "open_files")
        }
    }

    @Test("What the kernel says of a process that somebody else has reaped")
    func exitStatus() async throws {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup("read line; exit 7"), nil]
        defer { for argument in arguments { free(argument) } }
        var ends: [Int32] = [0, 0]
        // A pair of sockets and not a pipe, because only it is closed in all other children from the start.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        try #require(posix_spawn(&process, "/bin/sh", &actions, nil, &arguments, environ) == 0)
        let watch = try #require(ProcessWatch(process))
        #expect(!watch.hasEnded)
        #expect(watch.exitStatus == nil)
        close(ends[1])
        await watch.end()
        close(ends[0])
        #expect(watch.hasEnded)
        #expect(ExitEvidence(child: process).exit.ending == RunnerExit(code: 7))
        #expect(waitpid(process, nil, 0) == process)
        // Kernels before 6.15 do not say, and then nobody claims to know.
        let exit = ExitEvidence(status: watch.exitStatus).exit
        #expect(exit == RunnerExit(code: 7) || exit == RunnerExit(reason: "lost"))
    }

    @Test(
        "The reason follows from the evidence",
        arguments: [
            (ExitEvidence(status: 0), RunnerExit(code: 0)),
            (ExitEvidence(status: 7 << 8), RunnerExit(code: 7)),
            (ExitEvidence(status: 9), RunnerExit(signal: 9)),
            (ExitEvidence(status: 0x80 | 6), RunnerExit(signal: 6)),
            (ExitEvidence(status: nil), RunnerExit(reason: "lost")),
            (ExitEvidence(status: 9, limit: "deadline"), RunnerExit(signal: 9, reason: "deadline")),
            (ExitEvidence(status: 0, limit: "deadline"), RunnerExit(code: 0)),
            (ExitEvidence(status: 9, kills: 1), RunnerExit(signal: 9, reason: "out_of_memory")),
            (ExitEvidence(status: 1 << 8, refusals: 2), RunnerExit(code: 1, reason: "processes")),
            (ExitEvidence(status: 0, kills: 1, refusals: 2), RunnerExit(code: 0)),
            (ExitEvidence(status: 24, cpuLimit: 5), RunnerExit(signal: 24, reason: "cpu_time")),
            (ExitEvidence(status: 9, cpuLimit: 5), RunnerExit(signal: 9)),
        ]
    )
    func reasons(evidence: ExitEvidence, exit: RunnerExit) {
        #expect(evidence.exit == exit)
    }

    @Test("A sandbox's exit code stands for a signal, but for the one of a runner that was asked to stop")
    func sandboxCodes() {
        for (code, expected) in [
            (137, RunnerExit(signal: 9)), (134, RunnerExit(signal: 6)), (143, RunnerExit(code: 143)),
            (1, RunnerExit(code: 1)), (128, RunnerExit(code: 128)), (255, RunnerExit(code: 255)),
        ] {
            var evidence = ExitEvidence(status: Int32(code << 8))
            evidence.undoSandbox()
            #expect(evidence.exit == expected)
        }
    }
}

extension ExitEvidence {
    fileprivate init(
        status: Int32?,
        limit: String? = nil,
        kills: Int64 = 0,
        refusals: Int64 = 0,
        cpuLimit: Int? = nil
    ) {
        self.init(status: status)
        self.limit = limit
        outOfMemoryKills = kills
        refusedProcesses = refusals
        self.cpuLimit = cpuLimit
    }
}
