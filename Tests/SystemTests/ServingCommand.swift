import Subprocess
import SystemPackage
import Testing

/// A command of `ingot` that serves until it is asked to end.
enum ServingCommand {
    /// Starts it, runs the body once it has printed its lines, and ends it as an operator would.
    ///
    /// - Parameters:
    ///   - lines: how many lines it prints when it is ready.
    ///   - errors: a file for what it writes to standard error.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        lines count: Int,
        errors: String = "/dev/null",
        _ body: @escaping @Sendable (_ lines: [String]) async throws -> Void
    ) async throws {
        let variables = environment.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
        let log = try FileDescriptor.open(
            FilePath(errors),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite
        )
        let outcome = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot"))),
            arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
            input: .none,
            output: .sequence,
            error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution in
            var printed = execution.standardOutput.strings().makeAsyncIterator()
            var lines: [String] = []
            while lines.count < count {
                guard let line = try await printed.next() else { break }
                lines.append(String(line.prefix { !$0.isNewline }))
            }
            let result: Result<Void, any Error>
            do {
                try await body(lines)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try execution.send(signal: .terminate)
            while try await printed.next() != nil {}
            return result
        }
        #expect(outcome.terminationStatus == .exited(0))
        try outcome.closureResult.get()
    }
}
