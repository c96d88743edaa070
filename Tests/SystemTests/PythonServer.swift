import Subprocess
import Testing

/// A server in Python, a process of its own, that prints its port as its first line.
enum PythonServer {
    /// Runs the program while the body does.
    ///
    /// - Parameter arguments: what the program finds in `sys.argv`.
    static func run(
        _ program: String,
        arguments: [String],
        _ body: (_ address: String) async throws -> Void
    ) async throws {
        let result = try await Subprocess.run(
            .name("python3"),
            arguments: Arguments(["-c", program] + arguments),
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let port = try #require(try await lines.next()).prefix { $0.isNumber }
            let outcome: Result<Void, any Error>
            do {
                try await body("http://127.0.0.1:\(port)")
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            try execution.send(signal: .terminate)
            return outcome
        }
        try result.closureResult.get()
    }
}
