import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@testable import IngotGateway

@Suite(
    "Runners in a sandbox",
    .enabled(
        if: MachineAbilities.hasBubblewrap,
        "bubblewrap is not installed (scripts/setup --tests does) or not allowed"
    ),
    .fillsTheMachine,
    .timeLimit(.minutes(30))
)
struct SandboxTests {
    @Test("A job succeeds in it, and fails with its own reason")
    func job() async throws {
        try await GatewayFixture.with({ $0.sandbox = true }) { fixture in
            let job = try await fixture.runProbe(["events": 3, "log_lines": 2, "children": 2, "memory_mib": 16])
            #expect(job.status == .succeeded, "\(job)")
            #expect(try await fixture.runProbe(["fail": "probe_failed"]).error?.code == "probe_failed")
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 600_000, "children": 2])
            try await fixture.waitForProgress(of: id)
            #expect(try await fixture.post("/api/ingest/jobs/\(id)/cancel").status == 202)
            #expect(try await fixture.end(of: id).status == .cancelled)
        }
    }

    @Test(
        "The end of the runner inside is told as it was",
        arguments: [
            ("crash", RunnerExit(signal: 6)), ("kill", RunnerExit(signal: 9)), ("signal:11", RunnerExit(signal: 11)),
            ("exit:3", RunnerExit(code: 3)),
        ]
    )
    func endings(fail: String, exit: RunnerExit) async throws {
        try await LauncherFixture.with(sandbox: true) { fixture in
            let ending = try await fixture.run(["fail": .string(fail), "children": 2, "daemons": 2])
            #expect(ending.ending == exit)
            #expect((ending.peakMemoryBytes ?? 0) > 0)
            #expect((ending.cpuSeconds ?? 0) > 0)
        }
    }

    @Test("Limits hold in it", arguments: MachineAbilities.limitKeepers)
    func limits(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups, sandbox: true) { fixture in
            let memory = JobLimits(memoryBytes: 256 << 20)
            let exit = try await fixture.run(["memory_mib": 2048, "sleep_ms": 60_000], limits: memory)
            #expect(exit.reason == "out_of_memory")
            let deaf = try await fixture.run(
                ["ignore_stop": true, "sleep_ms": 600_000, "daemons": 1],
                limits: JobLimits(wallSeconds: 1)
            )
            #expect(deaf.ending == RunnerExit(signal: 9, reason: "deadline"))
        }
    }

    @Test("A runner that is stopped inside, or killed from outside, leaves nothing")
    func ended() async throws {
        try await LauncherFixture.with(sandbox: true) { fixture in
            let stopped = try await fixture.runUntilStopped(["log_lines": 1, "fail": "stop", "daemons": 2])
            #expect(stopped.isSuccess == false)
            let killed = try await fixture.runUntilStopped(
                ["log_lines": 1, "sleep_ms": 600_000, "daemons": 2]
            ) { runner in
                #expect(kill(runner.process, SIGKILL) == 0)
            }
            #expect(killed.ending == RunnerExit(signal: 9))
        }
    }

    @Test("Inside, only the work folder can be written, and the gateway's data and the home are empty")
    func view() async throws {
        try await ScratchFolder.with { folder in
            let (data, home, origin) = (folder.appending("data"), folder.appending("home"), folder.appending("origin"))
            let work = data.appending("work/job-1")
            for path in [work, home, origin] { try WorkFolder.make(path) }
            let secrets = [data.appending("secret"), home.appending("secret"), origin.appending("file")]
            for path in secrets {
                try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
            }
            let sandbox = try Sandbox(
                environment: ["PATH": "/usr/bin:/bin", "HOME": home.string],
                dataFolder: data,
                runner: BuiltProducts.runner
            )
            try await sandbox.check(workRoot: data)
            let script = """
                for path in "$@"; do [ -e "$path" ] && echo "sees $path"; done
                for path in /etc /usr \(data) \(home) \(origin) /run /sys /proc/sys; do
                    (: > "$path/ingot-sandbox-test") 2>/dev/null && echo "writes $path"
                done
                : > written && echo "writes work"
                kill -0 \(getpid()) 2>/dev/null && echo "sees the gateway"
                [ -x \(BuiltProducts.runner) ] && echo "has the runner"
                grep CapEff /proc/self/status
                """
            let words = ["/bin/sh", "-c", script, "sh"] + secrets.map(\.string)
            let result = try await Subprocess.run(
                .path(sandbox.program),
                arguments: Arguments(sandbox.arguments(running: words, workFolder: work, origin: origin.string)),
                environment: .custom(["PATH": "/usr/bin:/bin"]),
                output: .string(limit: 65_536),
                error: .string(limit: 65_536)
            )
            let expected = [
                "sees \(origin.appending("file"))", "writes work", "has the runner", "CapEff:\t0000000000000000",
            ]
            #expect(result.standardOutput.split(separator: "\n").map(String.init) == expected)
            #expect(FolderNames.of(work) == ["written"])
        }
    }

    @Test("Without bubblewrap the gateway does not start, and says what to do")
    func missing() async throws {
        await #expect {
            try await GatewayFixture.with({
                $0.sandbox = true
                $0.runnerEnvironment["PATH"] = "/nonexistent"
            }) { _ in }
        } throws: { error in
            guard let error = error as? GatewayError else { return false }
            return error.code == .sandboxUnavailable && error.advice?.contains("bubblewrap") == true
        }
    }
}
