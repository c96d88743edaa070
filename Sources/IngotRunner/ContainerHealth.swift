import AsyncHTTPClient
import FoundationEssentials
import Glibc
import IngotCore
import NIOCore
import NIOHTTP1

/// Whether the runner that is a container's first process does its work, for engines that ask by a command.
///
/// One that runs a job is well for as long as it runs: its gateway notices by its heartbeats when it hangs. One that
/// waits for a job is asked over HTTP.
enum ContainerHealth {
    /// How long an answer is waited for.
    private static let patience: TimeAmount = .seconds(3)
    private static let maximumAnswer = 4096

    /// - Parameter port: of a runner that listens on loopback; `nil`: as the first process was told.
    /// - Returns: the exit code.
    static func examine(port: Int?) async -> Int32 {
        switch port.map({ RunnerMode.serving(host: RunnerServer.standardHost, port: $0) }) ?? ofFirstProcess {
        case nil:
            StandardStreams.log("Process 1 is not a runner; name the port of one with --port.")
            return RunnerExitCode.usage
        case .running:
            StandardStreams.writeLine("running", to: STDOUT_FILENO)
            return RunnerExitCode.succeeded
        case .serving(let host, let port):
            return await ask(host: host, port: port)
        }
    }

    private static var ofFirstProcess: RunnerMode? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/1/cmdline") else { return nil }
        return RunnerMode(commandLine: bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    private static func ask(host: String, port: Int) async -> Int32 {
        // What listens on all addresses is reached by the nearest one.
        let nearest = ["0.0.0.0": "127.0.0.1", "::": "[::1]"][host] ?? (host.contains(":") ? "[\(host)]" : host)
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://\(nearest):\(port)/"),
                timeout: patience
            )
            let body = try await response.body.collect(upTo: maximumAnswer)
            guard response.status == .ok,
                let status = try JSONValue(parsing: body.readableBytesView)["status"]?.stringValue
            else {
                StandardStreams.log("Port \(port) answers with status \(response.status.code), and not as a runner.")
                return RunnerExitCode.failed
            }
            StandardStreams.writeLine(status, to: STDOUT_FILENO)
            return RunnerExitCode.succeeded
        } catch {
            let reason = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
            StandardStreams.log("The runner does not answer at port \(port): \(reason)")
            return RunnerExitCode.failed
        }
    }
}
