import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Isolation of a runner", .fillsTheMachine, .timeLimit(.minutes(30)))
struct LauncherIsolationTests {
    @Test("Children that left the runner's session end with it", arguments: MachineAbilities.limitKeepers)
    func daemons(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let exit = try await fixture.runUntilStopped(
                ["daemons": 3, "children": 2, "log_lines": 1, "sleep_ms": 600_000]
            ) { runner in
                let others = fixture.processes.filter { $0 != runner.process }
                #expect(others.count == 5)
                let own = others.filter { ProcessStatistics(of: $0)?.parent == getpid() }
                // Whoever loses its parent comes to the gateway.
                #expect(own.count == 3)
            }
            #expect(exit.isSuccess == false)
            // No zombie of a runner's child stays: their sessions are neither this one nor their own.
            let left = ProcessTree.children(of: getpid()).filter { child in
                guard let statistics = ProcessStatistics(of: child), statistics.hasEnded else { return false }
                return statistics.session != getsid(0) && statistics.session != child
            }
            #expect(left.isEmpty)
        }
    }

    @Test("A child that has left the session, its environment and its folder ends with the runner as well")
    func strangers() async throws {
        try await LauncherFixture.with(usesControlGroups: false) { fixture in
            let found = OneValue<[pid_t]>()
            let exit = try await fixture.runUntilStopped(
                ["strangers": 2, "log_lines": 1, "sleep_ms": 600_000]
            ) { runner in
                let strangers = ProcessTree.children(of: getpid()).filter { process in
                    (SmallFile.read("/proc/\(process)/environ", limit: 1024) ?? []).isEmpty
                        && ProcessStatistics(of: process)?.hasEnded == false
                }
                #expect(strangers.count == 2)
                found.succeed(strangers)
                #expect(fixture.processes == [runner.process])
            }
            #expect(!exit.isSuccess)
            for process in found.ifThere ?? [] { #expect(ProcessStatistics(of: process)?.hasEnded != false) }
        }
    }

    @Test("A child that led its own session and that nobody waits for is reaped after a while")
    func sessionLeader() async throws {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { for argument in arguments { free(argument) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(0x80))  // POSIX_SPAWN_SETSID
        try #require(posix_spawn(&process, "/bin/true", nil, &attributes, &arguments, environ) == 0)
        let watch = try #require(ProcessWatch(process))
        await watch.end()
        #expect(ProcessStatistics(of: process)?.session == process)
        await ProcessTree.reapOrphans(leader: -1, seen: [], group: nil)
        #expect(ProcessTree.children(of: getpid()).contains(process))
        AbandonedChildren.ofThisProcess.noteAwaited(process)
        for _ in 0..<20 {
            await ProcessTree.reapOrphans(leader: -1, seen: [], group: nil, patience: .milliseconds(200))
            await Pause.uncancelled(.milliseconds(20))
        }
        #expect(ProcessTree.children(of: getpid()).contains(process))
        AbandonedChildren.ofThisProcess.release(process)
        for _ in 0..<3000 where ProcessTree.children(of: getpid()).contains(process) {
            await ProcessTree.reapOrphans(leader: -1, seen: [], group: nil, patience: .milliseconds(200))
            await Pause.uncancelled(.milliseconds(20))
        }
        #expect(!ProcessTree.children(of: getpid()).contains(process))
    }

    @Test("Who leaves a runner that has not read its settings yet leaves it once it has them")
    func leftBeforeSettings() async throws {
        try await ScratchFolder.with { folder in
            let script = folder.appending("runner")
            // More than a pipe is made to hold, so that they cannot all be there before the runner reads.
            let size = 2_000_000
            let text = """
                #!/bin/sh
                while [ ! -e '\(folder)/read' ]; do sleep 0.02; done
                exec cat > '\(folder)/settings'

                """
            try #require(FileManager.default.createFile(atPath: script.string, contents: Data(text.utf8)))
            try #require(chmod(script.string, 0o700) == 0)
            let workRoot = folder.appending("work")
            try WorkFolder.make(workRoot)
            let launcher = ProcessLauncher(
                executable: script,
                workRoot: workRoot,
                environment: GatewayFixture.configuration(folder).runnerEnvironment,
                logger: GatewayFixture.quiet
            )
            let job = JobID.make()
            let assignment = try Assignment.probe(["text": .string(String(repeating: "x", count: size))], job: job)
            let (started, hasLeft) = (OneValue<Void>(), OneValue<Void>())
            let running = Task {
                try await launcher.run(
                    assignment,
                    limits: JobLimits(),
                    started: { _ in started.succeed(()) },
                    output: { _ in }
                )
            }
            try await started.value
            let leaving = Task {
                await launcher.leave(LeftoverRunner(job: job, attempt: 1, handle: nil, limits: JobLimits()))
                hasLeft.succeed(())
            }
            // Long enough for one that does not wait.
            for _ in 0..<20 where hasLeft.ifThere == nil { try await Task.sleep(for: .milliseconds(10)) }
            #expect(hasLeft.ifThere == nil)
            try #require(FileManager.default.createFile(atPath: "\(folder)/read", contents: nil))
            await leaving.value
            #expect(try await running.value.code == 0)
            #expect(try FileContents.text(folder.appending("settings")).utf8.count > size)
        }
    }

    @Test("Who leaves a runner has handed on all that was read, and the next gateway reads on")
    func left() async throws {
        try await LauncherFixture.with { fixture in
            let assignment = try fixture.assignment(["log_lines": 3, "sleep_ms": 600_000])
            let output = CollectedOutput()
            let running = Task {
                try await fixture.launcher.run(
                    assignment,
                    limits: JobLimits(),
                    started: { _ in },
                    output: { output.append($0) }
                )
            }
            await output.wait(for: "probe log line 3")
            await fixture.launcher.leave(
                LeftoverRunner(job: assignment.job, attempt: 1, handle: nil, limits: JobLimits())
            )
            let folder = fixture.workRoot.appending("\(assignment.job)-1")
            let pipe = try FileDescriptor.open(folder.appending("output"), .writeOnly, options: .closeOnExec)
            try pipe.closeAfter { _ = try pipe.writeAll(Array("for the next gateway\n".utf8)) }
            let next = CollectedOutput()
            let reader = try OutputPipe.open(in: folder)
            let reading = Task { await OutputPipe.read(reader) { next.append($0) } }
            await next.wait(for: "for the next gateway")
            #expect(!output.text.contains("for the next gateway"))
            running.cancel()
            _ = try await running.value
            await reading.value
        }
    }

    @Test("A runner killed from outside takes its children with it", arguments: MachineAbilities.limitKeepers)
    func killed(usesControlGroups: Bool) async throws {
        try await LauncherFixture.with(usesControlGroups: usesControlGroups) { fixture in
            let exit = try await fixture.runUntilStopped(
                ["daemons": 2, "children": 2, "log_lines": 1, "sleep_ms": 600_000]
            ) { runner in
                #expect(kill(runner.process, SIGKILL) == 0)
            }
            #expect(exit.ending == RunnerExit(signal: 9))
        }
    }

    @Test("A runner that is stopped (SIGSTOP) can be ended")
    func stopped() async throws {
        try await LauncherFixture.with { fixture in
            let exit = try await fixture.runUntilStopped(["log_lines": 1, "fail": "stop"])
            #expect(exit.isSuccess == false)
        }
    }

    @Test("No descriptor of the gateway, no core dumps, no new privileges, a private folder, a clean environment")
    func surroundings() async throws {
        try await LauncherFixture.with { fixture in
            // Open here without O_CLOEXEC.
            let leak = try FileDescriptor.open("/proc/self/stat", .readOnly)
            defer { try? leak.close() }
            let limits = JobLimits(cpuSeconds: 77, openFiles: 99)
            // More than the runner may have.
            var held: [FileDescriptor] = []
            defer { for file in held { try? file.close() } }
            for _ in 0..<200 { held.append(try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec)) }
            _ = try await fixture.runUntilStopped(["log_lines": 1, "sleep_ms": 600_000], limits: limits) { runner in
                let folder = FilePath("/proc/\(runner.process)")
                for name in FolderNames.of(folder.appending("fd")) {
                    var buffer = [CChar](repeating: 0, count: 4096)
                    let count = max(0, readlink(folder.appending("fd").appending(name).string, &buffer, buffer.count))
                    let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
                    #expect(!target.hasSuffix("/stat"))
                    if name == "1" || name == "2" { #expect(target.hasSuffix("-1/output")) }
                }
                let status = try #require(SmallFile.text("\(folder)/status"))
                #expect(status.contains("NoNewPrivs:\t1"))
                let kept = try #require(SmallFile.text("\(folder)/limits"))
                    .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
                #expect(kept.contains { $0.hasPrefix("Max core file size 0 0") })
                #expect(kept.contains { $0.hasPrefix("Max open files 99 99") })
                #expect(kept.contains { $0.hasPrefix("Max cpu time 77 82") })
                let work = try #require(ProcessTree.setting(Assignment.Name.workFolder, of: runner.process))
                var state = stat()
                #expect(stat(work, &state) == 0)
                #expect(state.st_mode & 0o777 == 0o700)
                let allowed: Set = [
                    "PATH", "HOME", "TMPDIR", "LANG", "SWIFT_BACKTRACE", "MALLOC_ARENA_MAX", "INGOT_SETTINGS_FD",
                    "INGOT_WORK_FOLDER", "INGOT_PROBE_STAMPS", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY",
                    "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
                ]
                let environment = try #require(SmallFile.text("\(folder)/environ"))
                for setting in environment.split(separator: "\0") {
                    #expect(allowed.contains(String(setting.prefix { $0 != "=" })))
                }
            }
        }
    }

    @Test("Folders that a killed gateway has left go at the next start, those in use stay")
    func abandonedFolders() async throws {
        try await LauncherFixture.with { fixture in
            try WorkFolder.make(fixture.workRoot.appending("abandoned"))
            _ = try await fixture.runUntilStopped(["log_lines": 1, "sleep_ms": 600_000]) { runner in
                WorkFolder.removeAbandoned(below: fixture.workRoot, setting: Assignment.Name.workFolder)
                let names = FolderNames.of(fixture.workRoot)
                #expect(names.count == 1)
                #expect(names != ["abandoned"])
            }
        }
    }

    @Test("Descriptors do not pile up")
    func descriptors() async throws {
        try await LauncherFixture.with { fixture in
            for _ in 0..<3 {
                let exit = try await fixture.run(["fail": "exit:5"])
                #expect(exit.ending == RunnerExit(code: 5))
            }
            let missing = ProcessLauncher(
                executable: "/nonexistent/ingot-runner",
                workRoot: fixture.workRoot,
                environment: [:],
                logger: GatewayFixture.quiet
            )
            await #expect {
                _ = try await missing.run(
                    try fixture.assignment([:]),
                    limits: .standard,
                    started: { _ in },
                    output: { _ in }
                )
            } throws: { error in
                (error as? JobFailure)?.code == "runner_not_found"
            }
            // Other tests open files too, so it is the attempt's own that are looked for.
            for name in FolderNames.of("/proc/self/fd") {
                var buffer = [CChar](repeating: 0, count: 4096)
                let count = max(0, readlink("/proc/self/fd/\(name)", &buffer, buffer.count))
                let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
                #expect(!target.hasPrefix(fixture.workRoot.string))
            }
        }
    }

    @Test("All output arrives, however much and however slowly it is taken")
    func output() async throws {
        try await LauncherFixture.with { fixture in
            let output = CollectedOutput()
            let exit = try await fixture.run(["log_lines": 60_000, "fail": "exit:5"], output: output)
            #expect(exit.code == 5)
            let lines = output.text.split(separator: "\n").filter { $0.hasPrefix("probe log line") }
            #expect(lines.count == 60_000)
            #expect(lines.last == "probe log line 60000")
        }
    }
}
