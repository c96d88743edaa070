import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@testable import IngotGateway

/// A real gateway starts a runner and is killed; a launcher of the test takes the runner over.
@Suite("Taking over the runners of a gateway that was killed", .fillsTheMachine, .timeLimit(.minutes(30)))
struct AdoptionTests {
    @Test("It goes on, its output is read on, and its end is told", arguments: MachineAbilities.sandboxes)
    func end(sandbox: Bool) async throws {
        let parameters = ["log_lines=4", "events=1", "sleep_ms=3000", "daemons=1", "fail=exit:7"]
        try await KilledGateway.with(parameters, sandbox: sandbox) { left in
            let output = CollectedOutput()
            let exit = try #require(await left.launcher.adopt(left.runner(JobLimits())) { output.append($0) })
            #expect(exit.ending == RunnerExit(code: 7))
        }
    }

    @Test("A runner whose handle was never noted is found by its marker", arguments: MachineAbilities.sandboxes)
    func withoutHandle(sandbox: Bool) async throws {
        let parameters = ["log_lines=1", "events=1", "sleep_ms=3000", "daemons=1", "children=1", "fail=exit:7"]
        try await KilledGateway.with(parameters, sandbox: sandbox) { left in
            var runner = left.runner(JobLimits())
            runner.handle = nil
            let exit = try #require(await left.launcher.adopt(runner) { _ in })
            #expect(exit.ending == RunnerExit(code: 7))
        }
    }

    @Test("What no row tells of is ended at the start, and what is taken over is not")
    func leftovers() async throws {
        try await KilledGateway.with(["sleep_ms=600000", "log_lines=1", "daemons=2", "children=2"]) { left in
            await left.launcher.endLeftovers(except: [(left.job, 1)])
            #expect(left.handle.isAlive)
            await left.launcher.endLeftovers(except: [(left.job, 2)])
            #expect(!left.handle.isAlive || ProcessStatistics(of: left.handle.process)?.hasEnded == true)
        }
    }

    @Test(
        "The groups of a gateway in another group are found by their note",
        .enabled(if: MachineAbilities.controlGroups)
    )
    func otherGroup() async throws {
        try await ScratchFolder.with { folder in
            let file = folder.appending("work.groups")
            let place = try #require(ControlGroupPlace.find(for: folder.appending("other/\(JobID.make())")))
            let made = ControlGroup(in: place, name: "job-1", limits: JobLimits())
            var process: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
            defer { for argument in arguments { free(argument) } }
            try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, environ) == 0)
            #expect(made.holding(process) != nil)
            let notes = NotedControlGroups(file: file)
            #expect(notes.places(adding: place).map(\.folders) == [place.folders])
            // A later gateway has no groups, or others, and finds these for as long as something is in them.
            let later = notes.places(adding: nil)
            #expect(later.count == 1)
            let found = try #require(later.first.flatMap { ControlGroup(foundIn: $0, name: "job-1") })
            #expect(found.members == [process])
            found.kill()
            waitpid(process, nil, 0)
            await found.remove()
            #expect(notes.places(adding: nil).isEmpty)
            #expect(access(file.string, F_OK) != 0)
        }
    }

    @Test("A number that another process has, even with its start, is not killed")
    func strangerWithTheSameStart() async throws {
        try await LauncherFixture.with { fixture in
            var process: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
            defer { for argument in arguments { free(argument) } }
            try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, environ) == 0)
            // After a restart of the machine both can be those that an old row names.
            let handle = ProcessHandle(process: process, startTime: try #require(ProcessTree.startTime(of: process)))
            var session: pid_t = 0
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            posix_spawnattr_setflags(&attributes, Int16(0x80))  // POSIX_SPAWN_SETSID
            try #require(posix_spawn(&session, "/bin/sleep", nil, &attributes, &arguments, environ) == 0)
            let leader = ProcessHandle(process: session, startTime: try #require(ProcessTree.startTime(of: session)))
            for stranger in [handle, leader] {
                let runner = LeftoverRunner(
                    job: JobID.make(),
                    attempt: 1,
                    handle: "\(stranger)",
                    limits: JobLimits()
                )
                #expect(await fixture.launcher.endLeftover(runner))
                #expect(ProcessStatistics(of: stranger.process)?.hasEnded == false)
                kill(stranger.process, SIGKILL)
                waitpid(stranger.process, nil, 0)
            }
        }
    }

    @Test("What nobody has read yet is read by the next")
    func output() async throws {
        try await KilledGateway.with(["sleep_ms=600000", "log_lines=1"]) { left in
            // What the runner would write while no gateway is there.
            let folder = left.workFolder
            let pipe = try FileDescriptor.open(folder.appending("output"), .writeOnly, options: .closeOnExec)
            try pipe.closeAfter { _ = try pipe.writeAll(Array("written while no gateway was there\n".utf8)) }
            let output = CollectedOutput()
            let adoption = Task { await left.launcher.adopt(left.runner(JobLimits())) { output.append($0) } }
            await output.wait(for: "written while no gateway was there")
            adoption.cancel()
            #expect(await adoption.value != nil)
        }
    }

    @Test("Cancelling ends it with its whole tree", arguments: [false, true])
    func cancelled(ignoresStop: Bool) async throws {
        let parameters = ["sleep_ms=600000", "log_lines=1", "daemons=2", "children=2", "ignore_stop=\(ignoresStop)"]
        try await KilledGateway.with(parameters) { left in
            let adoption = Task { await left.launcher.adopt(left.runner(JobLimits())) { _ in } }
            adoption.cancel()
            let exit = try #require(await adoption.value)
            #expect(!exit.isSuccess)
            if ignoresStop { #expect(exit.ending == RunnerExit(signal: 9)) }
        }
    }

    @Test("Its wall time goes on from its start")
    func deadline() async throws {
        try await KilledGateway.with(["sleep_ms=600000", "log_lines=1", "ignore_stop=true"]) { left in
            let exit = try #require(await left.launcher.adopt(left.runner(JobLimits(wallSeconds: 1))) { _ in })
            #expect(exit.ending == RunnerExit(signal: 9, reason: "deadline"))
        }
    }

    @Test("A stopped runner (SIGSTOP) can be ended")
    func stopped() async throws {
        try await KilledGateway.with(["sleep_ms=600000", "log_lines=1"]) { left in
            #expect(kill(left.handle.process, SIGSTOP) == 0)
            let adoption = Task { await left.launcher.adopt(left.runner(JobLimits())) { _ in } }
            adoption.cancel()
            #expect(await adoption.value?.isSuccess == false)
        }
    }

    @Test("A runner that is dead is not taken over, and what it left is ended")
    func gone() async throws {
        try await KilledGateway.with(["sleep_ms=600000", "log_lines=1", "daemons=2", "children=2"]) { left in
            let watch = try #require(ProcessWatch(left.handle.process))
            #expect(kill(left.handle.process, SIGKILL) == 0)
            await watch.end()
            #expect(await left.launcher.adopt(left.runner(JobLimits())) { _ in } == nil)
        }
    }

    @Test("A number that belongs to another process by now is left alone")
    func otherProcess() async throws {
        try await LauncherFixture.with { fixture in
            var process: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
            defer { for argument in arguments { free(argument) } }
            try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, environ) == 0)
            let start = try #require(ProcessTree.startTime(of: process))
            for handle in ["\(process):\(start + 1)", "nonsense"] {
                let runner = LeftoverRunner(
                    job: JobID.make(),
                    attempt: 1,
                    handle: handle,
                    limits: JobLimits()
                )
                #expect(await fixture.launcher.adopt(runner) { _ in } == nil)
            }
            #expect(kill(process, 0) == 0)
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }
}

/// What a gateway that was killed with SIGKILL has left: a runner at work.
private struct KilledGateway: Sendable {
    let launcher: ProcessLauncher
    let job: JobID
    let handle: ProcessHandle
    let workFolder: FilePath

    func runner(_ limits: JobLimits) -> LeftoverRunner {
        LeftoverRunner(job: job, attempt: 1, handle: "\(handle)", limits: limits)
    }

    static func with(
        _ parameters: [String],
        sandbox: Bool = false,
        _ body: (KilledGateway) async throws -> Void
    ) async throws {
        try await ScratchFolder.with { folder in
            let data = folder.appending("data")
            let program = BuiltProducts.runner.removingLastComponent().appending("ingot")
            var options = ["serve", "--port", "0", "--data", data.string, "--enable-probe"]
            if sandbox { options.append("--sandbox") }
            let job = try await Subprocess.run(
                .path(program),
                arguments: Arguments(options),
                input: .none,
                output: .sequence,
                error: .discarded
            ) { execution in
                defer { _ = kill(execution.processIdentifier.value, SIGKILL) }
                var lines = execution.standardOutput.strings().makeAsyncIterator()
                _ = try #require(try await lines.next())
                return try await start(parameters, program: program, data: data)
            }.closureResult
            let workRoot = DataFolder(data).work
            let workFolder = workRoot.appending("\(job)-1")
            let fixture = LauncherFixture(
                launcher: ProcessLauncher(
                    executable: BuiltProducts.runner,
                    workRoot: workRoot,
                    environment: [:],
                    grace: .milliseconds(500),
                    logger: GatewayFixture.quiet
                ),
                workRoot: workRoot
            )
            // The first of the runner's processes.
            let leader = try #require(
                fixture.processes.min {
                    (ProcessTree.startTime(of: $0) ?? 0, $0) < (ProcessTree.startTime(of: $1) ?? 0, $1)
                }
            )
            let handle = ProcessHandle(
                process: leader,
                startTime: try #require(ProcessTree.startTime(of: leader))
            )
            let left = KilledGateway(launcher: fixture.launcher, job: job, handle: handle, workFolder: workFolder)
            do {
                try await body(left)
                fixture.expectNothingLeft()
            } catch {
                _ = await fixture.launcher.endLeftover(left.runner(JobLimits()))
                throw error
            }
        }
    }

    /// Starts a job over the command line, and returns when its runner has written its first line.
    private static func start(_ parameters: [String], program: FilePath, data: FilePath) async throws -> JobID {
        let words =
            ["ingest", "probe", "--detach", "--data", data.string] + parameters.flatMap { ["--set", $0] }
        let result = try await Subprocess.run(
            .path(program),
            arguments: Arguments(words),
            output: .string(limit: 65_536),
            error: .string(limit: 65_536)
        )
        let job = try #require(
            JobID(result.standardOutput.split(separator: "\n").first.map(String.init) ?? ""),
            "\(result.standardError)"
        )
        let log = DataFolder(data).jobs.appending("\(job)/log")
        for _ in 0..<3000 {
            if SmallFile.text(log.string)?.contains("probe log line 1\n") == true { return job }
            // The log is a file that another process writes; nothing tells when it grows.
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NoRunner()
    }

    private struct NoRunner: Error {}
}
