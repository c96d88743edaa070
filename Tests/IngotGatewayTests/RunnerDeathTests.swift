import FoundationEssentials
import Glibc
import IngotCore
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("When a runner dies", .timeLimit(.minutes(10)))
struct RunnerDeathTests {
    private func runner(of id: JobID, _ fixture: GatewayFixture) async throws -> ProcessHandle {
        try #require(ProcessHandle(try await fixture.job(id).runnerHandle ?? ""))
    }

    @Test("kill -9 is a failed job with signal 9, at once")
    func killed() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "log_lines": 3, "sleep_ms": 60_000, "children": 2])
            try await fixture.waitForProgress(of: id)
            let runner = try await runner(of: id, fixture)
            let start = ContinuousClock.now
            #expect(kill(runner.process, SIGKILL) == 0)
            let job = try await fixture.end(of: id)
            // Long before the runner would have ended by itself; milliseconds when the processors are free.
            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(job.status == .failed)
            #expect(job.error?.code == "runner_killed")
            #expect(job.error?.exit?.ending == RunnerExit(signal: 9))
            #expect(job.error?.message.contains("signal 9") == true)
            #expect(job.error?.logTail?.contains("probe log line 3") == true)
            #expect((job.error?.peakMemoryBytes ?? 0) > 0)
            #expect(job.error?.cpuSeconds != nil)
            // Its children are gone as well.
            #expect(ProcessTree.members(leader: runner.process, marker: "none=none").isEmpty)
        }
    }

    @Test(
        "Crash, exit code and signal are told apart",
        arguments: [
            ("crash", "runner_killed", RunnerExit(signal: 6)),
            ("exit:3", "runner_exited", RunnerExit(code: 3)),
            ("exit:0", "runner_exited", RunnerExit(code: 0)),
            ("kill", "runner_killed", RunnerExit(signal: 9)),
            ("signal:11", "runner_killed", RunnerExit(signal: 11)),
        ]
    )
    func endings(fail: String, code: String, exit: RunnerExit) async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["fail": .string(fail)])
            #expect(job.status == .failed)
            #expect(job.error?.code == code)
            #expect(job.error?.exit?.ending == exit)
        }
    }

    @Test("A failure of the source keeps its code, sentence, unit and advice")
    func sourceFailure() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["fail": "probe_failed", "log_lines": 1])
            let error = try #require(job.error)
            #expect(error.code == "probe_failed")
            #expect(error.unit == "probe")
            #expect(error.advice != nil)
            #expect(error.exit == RunnerExit(code: 1))
            #expect((error.peakMemoryBytes ?? 0) > 0)
        }
    }

    @Test("A result that was committed before the runner died makes the job succeed")
    func committedResult() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            try await fixture.waitForProgress(of: id)
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    "UPDATE ingest_jobs SET result_json = '{\"revision\":7}' WHERE id = ?1",
                    [.text(id.rawValue)]
                )
            )
            let runner = try await runner(of: id, fixture)
            #expect(kill(runner.process, SIGKILL) == 0)
            let job = try await fixture.end(of: id)
            #expect(job.status == .succeeded)
            #expect(job.result == ["revision": 7])
            #expect(job.error == nil)
        }
    }

    @Test("A runner that somebody else stops does not count as cancelled")
    func stoppedFromOutside() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            try await fixture.waitForProgress(of: id)
            let runner = try await runner(of: id, fixture)
            #expect(kill(runner.process, SIGTERM) == 0)
            let job = try await fixture.end(of: id)
            #expect(job.status == .failed)
            #expect(job.error?.code == "runner_stopped")
            #expect(job.error?.exit?.ending == RunnerExit(code: 143))
        }
    }

    @Test("A runner that is not there is a failed job with advice")
    func missingRunner() async throws {
        let catalog = try SourceCatalog(descriptions: [DispatchTests.probe(exclusive: false)])
        try await GatewayFixture.with({ $0.runner = "/nonexistent/ingot-runner" }, catalog: catalog) { fixture in
            let job = try await fixture.runProbe()
            #expect(job.error?.code == "runner_not_found")
            #expect(job.error?.advice != nil)
        }
        await #expect {
            try await GatewayFixture.with({ $0.runner = "/nonexistent/ingot-runner" }) { _ in }
        } throws: { error in
            (error as? GatewayError)?.code == .runnerNotFound
        }
    }

    @Test("The work folder is gone after the attempt")
    func workFolder() async throws {
        try await ScratchFolder.with { folder in
            try await GatewayFixture.with(folder: folder) { fixture in
                _ = try await fixture.runProbe()
                let id = try await fixture.startProbe(["fail": "crash"])
                _ = try await fixture.end(of: id)
            }
            #expect(try FolderContents.names(folder.appending("data/work")).isEmpty)
        }
    }

    @Test("No secret is in the arguments or the environment of a runner")
    func noSecretsInSight() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            try await fixture.waitForProgress(of: id)
            let process = try await runner(of: id, fixture).process
            let arguments = try FileContents.text(FilePath("/proc/\(process)/cmdline"))
            #expect(arguments.split(separator: "\0").map(String.init) == [BuiltProducts.runner.string, "run"])
            let environment = try FileContents.text(FilePath("/proc/\(process)/environ"))
            let settings = fixture.gateway.parts.stores.settings
            for secret in settings.secrets { #expect(!environment.contains(secret.revealed)) }
            #expect(!environment.contains(Assignment.Name.token))
            #expect(environment.contains("INGOT_SETTINGS_FD=0"))
            _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
        }
    }
}

extension RunnerExit {
    /// Without what it used.
    var ending: RunnerExit { RunnerExit(code: code, signal: signal, reason: reason) }
}

enum FolderContents {
    static func names(_ path: FilePath) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path.string)
    }
}
