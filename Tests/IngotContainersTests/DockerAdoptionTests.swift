import IngotContainers
import IngotCore
import IngotTesting
import Testing

@Suite(
    "Containers of an earlier gateway",
    .enabled("podman does not run containers here") { await PodmanService.works.value },
    .fillsTheMachine,
    .timeLimit(.minutes(10))
)
struct DockerAdoptionTests {
    @Test("The next gateway reads on where the last one left, and tells the end")
    func adopted() async throws {
        try await ContainerFixture.with { fixture in
            let (first, second) = (CollectedOutput(), CollectedOutput())
            let assignment = try fixture.assignment(["log_lines": 3000, "sleep_ms": 6000, "fail": "exit:7"])
            let earlier = fixture.launcher()
            let running = Task {
                try await earlier.run(assignment, limits: JobLimits(), started: { _ in }, output: { first.append($0) })
            }
            await first.wait(for: "probe log line 1\n")
            await earlier.leave(assignment.leftover())
            let exit = try #require(
                await fixture.launcher().adopt(assignment.leftover()) { second.append($0) }
            )
            #expect(exit.ending == RunnerExit(code: 7))
            #expect((first.text + second.text).components(of: "probe log line ") == 3000)
            #expect(try await running.value.reason == "lost")
        }
    }

    @Test("A container that ended while no gateway was there tells its exit and its log")
    func ended() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["log_lines": 20, "sleep_ms": 500, "fail": "exit:7"])
            let earlier = fixture.launcher()
            let (started, told) = AsyncStream.makeStream(of: String.self)
            let running = Task {
                try await earlier.run(assignment, limits: JobLimits(), started: { told.yield($0) }, output: { _ in })
            }
            var iterator = started.makeAsyncIterator()
            let handle = try #require(await iterator.next())
            await earlier.leave(assignment.leftover(handle))
            _ = try await running.value
            #expect(try await fixture.podman.command("wait", handle).output.contains("7"))
            let exit = try #require(await fixture.launcher().adopt(assignment.leftover(handle)) { _ in })
            #expect(exit.ending == RunnerExit(code: 7))
            #expect(await fixture.launcher().adopt(assignment.leftover(handle)) { _ in } == nil)
        }
    }

    @Test("Cancelling an adopted one ends it")
    func cancelled() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try await leftBehind(fixture)
            let adoption = Task { await fixture.launcher().adopt(assignment.leftover()) { _ in } }
            adoption.cancel()
            let exit = try #require(await adoption.value)
            #expect(!exit.isSuccess)
        }
    }

    @Test("Leftovers are removed by their label; what is kept and what is another's stays")
    func leftovers() async throws {
        try await ContainerFixture.with { fixture in
            let kept = try await leftBehind(fixture)
            let ended = try await leftBehind(fixture)
            let other = try await ContainerFixture()
            let foreign = "ingot-test-\(other.gateway)"
            let made = try await fixture.podman.command(
                "create",
                "--name",
                foreign,
                "--label",
                "ingot.gateway=\(other.gateway)",
                fixture.image,
                "run"
            )
            #expect(made.isSuccess)
            let neverStarted = "ingot-\(JobID.make())-1"
            let label = "ingot.gateway=\(fixture.gateway)"
            let created = try await fixture.podman.command(
                "create",
                "--name",
                neverStarted,
                "--label",
                label,
                fixture.image,
                "run"
            )
            #expect(created.isSuccess)
            await fixture.launcher().endLeftovers(except: [(kept.job, kept.attempt)])
            #expect(try await fixture.containers() == [kept.container])
            #expect(try await other.containers() == [foreign])
            #expect(await fixture.launcher().endLeftover(ended.leftover()))
            #expect(await fixture.launcher().endLeftover(kept.leftover()))
            #expect(try await fixture.podman.command("rm", "-f", foreign).isSuccess)
        }
    }

    @Test("A container of the same name that a lost answer has left is replaced")
    func nameTaken() async throws {
        try await ContainerFixture.with { fixture in
            let assignment = try fixture.assignment(["fail": "exit:7"])
            let created = try await fixture.podman.command(
                "create",
                "--name",
                assignment.container,
                "--label",
                "ingot.gateway=\(fixture.gateway)",
                "--label",
                "ingot.job=\(assignment.job)",
                fixture.image,
                "run"
            )
            #expect(created.isSuccess)
            #expect(try await fixture.run(assignment).ending == RunnerExit(code: 7))
        }
    }

    /// A running container whose gateway has left it.
    private func leftBehind(_ fixture: ContainerFixture) async throws -> Assignment {
        let assignment = try fixture.assignment(["sleep_ms": 600_000, "log_lines": 1])
        let output = CollectedOutput()
        let earlier = fixture.launcher()
        Task {
            try await earlier.run(assignment, limits: JobLimits(), started: { _ in }, output: { output.append($0) })
        }
        await output.wait(for: "probe log line 1\n")
        await earlier.leave(assignment.leftover())
        return assignment
    }
}
