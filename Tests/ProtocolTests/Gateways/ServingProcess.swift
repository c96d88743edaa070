import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage

/// A program that serves until it is ended from outside.
struct ServingProcess: Sendable {
    /// What it printed when it was ready.
    let lines: [String]
    private let signals: AsyncStream<Signal?>.Continuation
    private let ended: Task<Void, any Error>

    /// Starts a program and waits for its first lines.
    ///
    /// - Parameters:
    ///   - count: how many lines it prints when it is ready.
    ///   - errors: a file for what it writes to standard error.
    static func start(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        lines count: Int,
        errors: String
    ) async throws -> ServingProcess {
        let log = try FileDescriptor.open(
            FilePath(errors),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite
        )
        let (ready, readiness) = AsyncStream.makeStream(of: [String].self)
        let (commands, signals) = AsyncStream.makeStream(of: Signal?.self)
        let ended = Task {
            defer { readiness.finish() }
            _ = try await Subprocess.run(
                executable(program),
                arguments: Arguments(arguments),
                environment: inherited(environment),
                input: .inputWriter,
                output: .sequence,
                error: .fileDescriptor(log, closeAfterSpawningProcess: true)
            ) { execution in
                var printed = execution.standardOutput.strings().makeAsyncIterator()
                var lines: [String] = []
                while lines.count < count, let line = try await printed.next() {
                    lines.append(String(line.prefix { !$0.isNewline }))
                }
                readiness.yield(lines)
                readiness.finish()
                for await signal in commands {
                    if let signal { try? execution.send(signal: signal) }
                    break
                }
                // Some end by that alone, and all do when this process is no more.
                try await execution.standardInputWriter.finish()
                while try await printed.next() != nil {}
            }
        }
        let lines = await ready.first { _ in true } ?? []
        guard lines.count == count else {
            signals.yield(.kill)
            try? await ended.value
            let log = (try? WholeFile.text(errors)) ?? ""
            throw GatewayTrouble("\(program) did not start: \(lines.joined(separator: " ")) \(log.suffix(2000))")
        }
        return ServingProcess(lines: lines, signals: signals, ended: ended)
    }

    /// Runs a program to its end; whether it was content.
    static func succeeds(_ program: String, _ arguments: [String], environment: [String: String]) async -> Bool {
        let result = try? await Subprocess.run(
            executable(program),
            arguments: Arguments(arguments),
            environment: inherited(environment),
            output: .discarded,
            error: .discarded
        )
        return result?.terminationStatus.isSuccess == true
    }

    private static func executable(_ program: String) -> Executable {
        program.contains("/") ? .path(FilePath(program)) : .name(program)
    }

    private static func inherited(_ additions: [String: String]) -> Environment {
        let variables = additions.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
        return .inherit.updating(Dictionary(uniqueKeysWithValues: variables))
    }

    /// Ends it with a signal, or by the end of its input alone, and waits until it is gone.
    func end(_ signal: Signal?) async {
        signals.yield(signal)
        signals.finish()
        try? await ended.value
    }
}

/// The executables that the build has made beside the tests, or those in the folder `INGOT_BIN`.
enum BuiltExecutable {
    static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["INGOT_BIN"] { return "\(folder)/\(name)" }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/"
            + name
    }
}
