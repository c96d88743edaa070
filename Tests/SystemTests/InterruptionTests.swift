import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

@Suite("A command that is interrupted while it follows a job", .fillsTheMachine, .timeLimit(.minutes(10)))
struct InterruptionTests {
    /// Runs a command, and interrupts it as Control-C does once it has shown an event.
    ///
    /// - Parameters:
    ///   - words: that the event holds.
    ///   - isReady: returns when the command may be interrupted after that.
    /// - Returns: what it told on standard error.
    private func interrupt(
        _ arguments: [String],
        in folder: TemporaryFolder,
        afterEventWith words: String,
        isReady: @escaping @Sendable () async -> Void = {}
    ) async throws -> String {
        let file = folder.path("errors")
        let errors = try FileDescriptor.open(
            FilePath(file),
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        let outcome = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot"))),
            arguments: Arguments(arguments + ["--json", "--data", folder.path("data")]),
            input: .none,
            output: .sequence,
            error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            var isShown = false
            while !isShown, let line = try await lines.next() { isShown = line.contains(words) }
            #expect(isShown)
            await isReady()
            try execution.send(signal: .interrupt)
            while try await lines.next() != nil {}
        }
        let told = try WholeFile.text(file)
        #expect(outcome.terminationStatus == .exited(130), "\(told)")
        return told
    }

    @Test("ends the job with it when it is the gateway itself, and says how the job ended")
    func ownGateway() async throws {
        let folder = try TemporaryFolder()
        let upstream = try await SilentServer()
        let told = try await interrupt(
            ["ingest", "usc", "--from", upstream.url],
            in: folder,
            afterEventWith: #""status":"running""#
        ) { await upstream.connection() }
        #expect(told.contains("interrupted; the job cancelled"), "\(told)")
        #expect(!told.contains("goes on"))
        #expect(try await IngotCommandLine(data: folder.path("data")).newestJob().status == .cancelled)
        #expect(Leftovers.processes(data: folder.path("data")).isEmpty)
        try await upstream.close()
    }

    @Test("leaves the job of a running gateway alone, and says how to find it again")
    func runningGateway() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            func interruptAndLook(_ arguments: [String]) async throws -> String {
                let told = try await self.interrupt(arguments, in: folder, afterEventWith: "event 1 of 1")
                let id = try await IngotCommandLine(data: folder.path("data")).newestJob().id.rawValue
                #expect(told.contains("the job goes on. Watch it with: ingot watch \(id)"), "\(told)")
                #expect(try await gateway.job(id).status == .running)
                let cancelled = try await gateway.send(.POST, "/api/ingest/jobs/\(id)/cancel", nil)
                #expect(cancelled.status < 300)
                try await gateway.events(of: id)
                #expect(try await gateway.job(id).status == .cancelled)
                return id
            }
            let first = try await interruptAndLook(["ingest", "probe", "--set", "events=1", "--set", "sleep_ms=600000"])
            let second = try await interruptAndLook(["retry", first])
            #expect(first != second)
        }
    }
}
