import AsyncHTTPClient
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@Suite("Commands that follow a job across a restart of the gateway", .fillsTheMachine, .timeLimit(.minutes(30)))
struct GatewayRestartTests {
    /// A command that runs, as far as it has printed.
    private struct Follower: Sendable {
        var ended: Task<(lines: [String], status: TerminationStatus), any Error>
        /// Yields when it has printed its first line.
        var begun: AsyncStream<Void>
    }

    private func follow(_ arguments: [String], key: Secret) -> Follower {
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let ended = Task {
            defer { signal.finish() }
            let outcome = try await Subprocess.run(
                .path(FilePath(BuiltProducts.path("ingot"))),
                arguments: Arguments(arguments),
                environment: .inherit.updating(["INGOT_API_KEY": key.revealed]),
                input: .none,
                output: .sequence,
                error: .discarded
            ) { execution in
                var lines: [String] = []
                for try await line in execution.standardOutput.strings() {
                    lines.append(String(line.prefix { !$0.isNewline }))
                    signal.yield()
                }
                return lines
            }
            return (lines: outcome.closureResult, status: outcome.terminationStatus)
        }
        return Follower(ended: ended, begun: begun)
    }

    @Test("They go on with the next gateway at the same address, to the job's end")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let (begun, followers) = AsyncStream.makeStream(of: (url: String, watch: Follower, logs: Follower).self)
        try await RunningGateway.run(data: data, arguments: ["--drain", "0"]) { gateway in
            let job = try await gateway.submit("probe", ["log_lines": 3, "events": 2, "sleep_ms": 8000])
            let watch = follow(["watch", job, "--json", "--gateway", gateway.url], key: gateway.key)
            let logs = follow(["logs", job, "--follow", "--tail", "3", "--gateway", gateway.url], key: gateway.key)
            followers.yield((gateway.url, watch, logs))
            for await _ in watch.begun { break }
            for await _ in logs.begun { break }
        }
        let (url, watch, logs) = try #require(await begun.first { _ in true })
        let port = try #require(url.split(separator: ":").last)
        try await RunningGateway.run(data: data, arguments: ["--port", String(port)]) { gateway in
            #expect(gateway.url == url)
            let watched = try await watch.ended.value
            #expect(watched.status == .exited(0))
            let last = try JSONValue(parsing: try #require(watched.lines.last).utf8)
            #expect(last["event"] == "done")
            #expect(last["data"]?["status"] == "succeeded")
            let followed = try await logs.ended.value
            #expect(followed.status == .exited(0))
            #expect(followed.lines == (1...3).map { "probe log line \($0)" })
        }
    }
}
