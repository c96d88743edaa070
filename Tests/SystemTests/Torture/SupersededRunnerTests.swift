import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// An attempt that was given up wakes up again and writes.
@Suite("Torture: a superseded attempt", .fillsTheMachine, .timeLimit(.minutes(20)))
struct SupersededRunnerTests {
    @Test("It changes no row and no event, whether it reaches the gateway or only the stores")
    func zombie() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1", sections: 1500)
        let undisturbed = IngotCommandLine(data: folder.path("undisturbed"))
        try await undisturbed.run("ingest", "usc", "--from", release)
        let expected = try await undisturbed.run("export", "usc").output
        let kept = folder.path("kept")
        try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
        let runner = try holdingRunner(folder, kept: kept)
        try await Repetitions.run(atOnce: 6) { repetition in
            let data = folder.path("data-\(repetition)")
            let id = try await TortureGateway.run(
                data: data,
                arguments: ["--origin", "usc=\(release)", "--runner", runner]
            ) { gateway in
                let id = try await gateway.submit("usc", [:], options: "max_attempts=2")
                let (held, first) = try await heldAttempt(of: id, of: gateway, in: kept)
                _ = kill(held, SIGKILL)
                var settings = first
                if repetition % 2 == 0 { settings["INGOT_GATEWAY_URL"] = "http://127.0.0.1:9" }
                // It starts as soon as the second attempt does, and so writes beside it.
                try await gateway.watch(id) { event in
                    event.name == "done" || event.data["attempt"]?.integerValue == 2
                }
                async let zombie = run(settings)
                let job = try await gateway.end(of: id)
                #expect(job.status == .succeeded, "\(String(describing: job.error))")
                #expect(job.attempt == 2)
                let (status, log) = try await zombie
                #expect(status != .exited(0), "the superseded attempt thinks that it succeeded")
                let words = repetition % 2 == 0 ? "calls to the database: " : "the gateway refused the attempt"
                #expect(log.contains(words), "it did not get as far: \(log)")
                let after = try await gateway.job(id)
                #expect(after == job)
                let attempts = try await gateway.watch(id).compactMap { $0.data["attempt"]?.integerValue }
                #expect(attempts == attempts.sorted(), "something came of the first attempt after it was over")
                let units = try await gateway.send(.GET, "/api/ingest/jobs/\(id)/units").body["units"]?.arrayValue
                #expect(units?.isEmpty == false)
                #expect(units?.allSatisfy { $0["status"] == "done" } == true)
                return id
            }
            let ingot = IngotCommandLine(data: data)
            #expect(try await ingot.run("export", "usc").output == expected)
            try await ingot.run("verify", "usc")
            await Leftovers.expectNone(data: data, jobs: [id])
        }
    }

    /// A runner that keeps what a first attempt is told and then only waits, so that it cannot be over before it is
    /// killed; every other attempt is the real one.
    private func holdingRunner(_ folder: TemporaryFolder, kept: String) throws -> String {
        let real = BuiltProducts.path("ingot-runner")
        let path = folder.path("runner")
        let script = """
            #!/bin/sh
            if [ "$1" != run ]; then exec "\(real)" "$@"; fi
            cat > "\(kept)/$$.new"
            if grep -q '"INGOT_ATTEMPT":"1"' "\(kept)/$$.new"; then
                mv "\(kept)/$$.new" "\(kept)/$$.json"
                exec sleep 600
            fi
            exec "\(real)" "$@" < "\(kept)/$$.new"
            """
        try Data(Array((script + "\n").utf8)).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    /// The process of the first attempt, once it is known and waits, and what it was told.
    private func heldAttempt(
        of id: String,
        of gateway: TortureGateway,
        in kept: String
    ) async throws -> (process: pid_t, settings: [String: String]) {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if let settings = try settings(of: id, in: kept) {
                let job = try await gateway.job(id)
                if job.runnerHandle != nil { return (try gateway.runner(of: job), settings) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unseen(description: "the first attempt of job \(id) was not seen")
    }

    private func settings(of job: String, in folder: String) throws -> [String: String]? {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".json") {
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
            let settings = try JSONText.decode([String: String].self, from: bytes)
            if settings["INGOT_JOB_ID"] == job { return settings }
        }
        return nil
    }

    private struct Unseen: Error, CustomStringConvertible { var description: String }

    /// Runs an attempt by hand; it is killed when it has not ended after a while.
    private func run(_ settings: [String: String]) async throws -> (TerminationStatus, log: String) {
        var settings = settings
        let work = try TemporaryFolder()
        settings["INGOT_WORK_FOLDER"] = work.path
        let bytes = try JSONText.encode(settings)
        let logPath = work.path("log")
        let log = try FileDescriptor.open(
            FilePath(logPath),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        let outcome = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot-runner"))),
            arguments: ["run"],
            environment: .custom(["INGOT_SETTINGS_FD": "0"]),
            input: .array(bytes),
            output: .fileDescriptor(log, closeAfterSpawningProcess: true),
            error: .combinedWithOutput
        ) { execution in
            // One that cannot reach the gateway would go on trying for a quarter of an hour.
            let limit = Task {
                try await Task.sleep(for: .seconds(12))
                try execution.send(signal: .kill)
            }
            defer { limit.cancel() }
            while kill(execution.processIdentifier.value, 0) == 0, !Self.hasEnded(execution.processIdentifier.value) {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return (outcome.terminationStatus, try WholeFile.text(logPath))
    }

    private static func hasEnded(_ process: pid_t) -> Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) != 0
            || information.si_signo != 0
    }
}
