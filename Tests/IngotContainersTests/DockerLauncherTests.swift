import Glibc
import IngotContainers
import IngotCore
import IngotTesting
import Testing

@Suite(
    "Runners in containers of a real engine",
    .enabled("podman does not run containers here") { await PodmanService.works.value },
    .fillsTheMachine,
    .timeLimit(.minutes(10))
)
struct DockerLauncherTests {
    @Test("A runner that succeeds: its log, its exit, and nothing afterwards")
    func success() async throws {
        try await ReportTaker.with { address in
            try await ContainerFixture.with { fixture in
                let output = CollectedOutput()
                let parameters: JSONValue = ["events": 3, "log_lines": 3, "sleep_ms": 300]
                let assignment = try fixture.assignment(parameters, gateway: address)
                let exit = try await fixture.run(assignment, limits: .standard, output: output) { handle async throws in
                    #expect(try await fixture.containers() == [assignment.container])
                    #expect(handle.count == 64)
                }
                #expect(exit.ending == RunnerExit(code: 0))
                for line in 1...3 { #expect(output.text.contains("probe log line \(line)\n")) }
            }
        }
    }

    @Test("Exit codes", arguments: [2, 4, 7])
    func exits(code: Int) async throws {
        try await ContainerFixture.with { fixture in
            let exit = try await fixture.run(try fixture.assignment(["fail": .string("exit:\(code)")]))
            #expect(exit.ending == RunnerExit(code: code))
        }
    }

    @Test(
        "Crashes: the runner is the first process of its container, which the kernel keeps from its own signals",
        arguments: [("crash", nil), ("signal:11", 11), ("kill", 9)] as [(String, Int?)]
    )
    func crash(failure: String, signal: Int?) async throws {
        try await ContainerFixture.with { fixture in
            let exit = try await fixture.run(try fixture.assignment(["fail": .string(failure)]))
            // What aborts ends by SIGABRT where that is delivered, and by the trap that follows it elsewhere.
            #expect(signal.map { exit.signal == $0 } ?? [4, 6, 11].contains(exit.signal), "\(exit)")
        }
    }

    @Test("A huge line and binary bytes come through whole")
    func noise() async throws {
        try await ReportTaker.with { address in
            try await ContainerFixture.with { fixture in
                let output = CollectedOutput()
                let assignment = try fixture.assignment(["fail": "noise"], gateway: address)
                let start = ContinuousClock.now
                #expect(try await fixture.run(assignment, output: output).ending == RunnerExit(code: 0))
                // A runner whose output an overloaded engine does not take for 5 s cuts its line.
                let wasHeldUp = ContinuousClock.now - start >= .seconds(5)
                let written = output.bytes
                let line = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000_000) + [0x0A]
                let end: [UInt8] = [0x00, 0xFF, 0xFE, 0x80, 0xC3, 0x28, 0x0A]
                let isWhole = written == line + end
                let isCut =
                    written.count < line.count + end.count && written.suffix(end.count) == end[...]
                    && written.dropLast(end.count).allSatisfy { $0 == UInt8(ascii: "x") }
                #expect(isWhole || wasHeldUp && isCut, "\(written.count) bytes, the last \(written.suffix(20))")
            }
        }
    }

    @Test("Killed from outside")
    func killed() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["sleep_ms": 600_000])
            let exit = try await fixture.run(assignment, limits: .standard) { handle async throws in
                #expect(try await fixture.podman.command("kill", handle).isSuccess)
            }
            #expect(exit.ending == RunnerExit(signal: 9))
        }
    }

    @Test("Removed from outside")
    func removed() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["sleep_ms": 600_000])
            let exit = try await fixture.run(assignment, limits: .standard) { handle async throws in
                #expect(try await fixture.podman.command("rm", "-f", "-t", "0", handle).isSuccess)
            }
            #expect(exit.signal == 9 || exit.reason == "lost", "\(exit)")
        }
    }

    @Test("More memory than it may have")
    func memory() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["memory_mib": 1024, "sleep_ms": 600_000])
            let exit = try await fixture.run(assignment, limits: JobLimits(memoryBytes: 128 << 20))
            #expect(exit.signal == 9)
            // Podman says of nothing that it ran out of memory; only a sample just before tells.
            #expect(["out_of_memory", "out_of_memory_or_killed"].contains(exit.reason), "\(exit)")
        }
    }

    @Test("More time than it may have")
    func deadline() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["sleep_ms": 600_000, "ignore_stop": true])
            let exit = try await fixture.run(assignment, limits: JobLimits(wallSeconds: 1))
            #expect(exit.ending == RunnerExit(signal: 9, reason: "deadline"))
        }
    }

    @Test("More processor time than it may have")
    func processorTime() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["cpu_ms": 600_000, "ignore_stop": true])
            let exit = try await fixture.run(assignment, limits: JobLimits(cpuSeconds: 1))
            #expect(exit.reason == "cpu_time")
            #expect((exit.cpuSeconds ?? 0) >= 1)
        }
    }

    @Test("Cancelled at any moment", arguments: [0, 1, 20, 60, 120, 200, 300, 500, 1000])
    func cancelled(milliseconds: Int) async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["sleep_ms": 600_000])
            let running = Task { try await fixture.run(assignment) }
            if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
            running.cancel()
            #expect(try await !running.value.isSuccess)
            try await fixture.expectNothingLeft()
        }
    }

    @Test("The engine is killed and comes back while a runner goes on")
    func engineRestarted() async throws {
        let fixture = try await ContainerFixture()
        let output = CollectedOutput()
        let assignment = try fixture.assignment(["sleep_ms": 10_000, "log_lines": 50, "fail": "exit:7"])
        let running = try await fixture.podman.serve {
            let running = Task { try await fixture.run(assignment, output: output) }
            await output.wait(for: "probe log line 50\n")
            return running
        }
        // Nobody serves the socket now.
        #expect(try await fixture.containers() == [assignment.container])
        try await fixture.podman.serve {
            #expect(try await running.value.ending == RunnerExit(code: 7))
            try await fixture.expectNothingLeft()
        }
        #expect(output.text.components(of: "probe log line ") == 50)
    }

    @Test("Labels tell whose it is, and no secret is anywhere but in its environment")
    func secrets() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["sleep_ms": 600_000])
            let exit = try await fixture.run(assignment, limits: .standard) { handle async throws in
                let format = "{{json .Config.Labels}} {{json .Config.Cmd}} {{.Name}} {{json .Args}}"
                let shown = try await fixture.podman.command("inspect", handle, "--format", format).output
                #expect(shown.contains(#""ingot.gateway":"\#(fixture.gateway)""#))
                #expect(shown.contains(#""ingot.job":"\#(assignment.job)""#))
                #expect(!shown.contains("of-the-test"))
                let list = try await fixture.podman.command("ps", "--no-trunc").output
                #expect(list.contains(assignment.container) && !list.contains("of-the-test"))
                #expect(try await fixture.podman.command("kill", handle).isSuccess)
            }
            #expect(exit.signal == 9)
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
