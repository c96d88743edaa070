import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// Podman's command, under settings with which it can run containers on this machine.
enum Podman {
    /// Why a test is skipped where there is no engine.
    static let absence: Comment = "podman cannot run containers here; scripts/container-engine says why"
    /// Why a test is skipped where an image was not built.
    static let imageAbsence: Comment = "the image is not there: scripts/image --prebuilt \"$(scripts/build)\""

    /// The image of the runner.
    static let runnerImage = "ingot-runner:\(tag)"
    /// The image of the gateway.
    static let gatewayImage = "ingot:\(tag)"

    private static let tag = ProcessInfo.processInfo.environment["INGOT_IMAGE_TAG"] ?? IngotVersion.current

    /// How a command ended and what it printed.
    struct Outcome {
        var exitCode: Int32
        var output: String
        var errors: String

        var text: String { output + errors }
    }

    /// Whether containers can be run on this machine.
    static var works: Bool { get async { await ContainerEngine.environment != nil } }

    /// Whether containers can be run on this machine and an image is there to run.
    static func has(_ image: String) async throws -> Bool {
        guard await works else { return false }
        return try await run("image", "exists", image, expecting: nil).exitCode == 0
    }

    /// Runs one command to its end.
    @discardableResult
    static func run(
        _ arguments: String...,
        expecting exitCode: Int32? = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        try await run(arguments, expecting: exitCode, location: location)
    }

    /// Runs one command, its arguments in a list, to its end.
    @discardableResult
    static func run(
        _ arguments: [String],
        expecting exitCode: Int32? = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let variables = (await ContainerEngine.environment ?? [:]).compactMap { name, value in
            Environment.Key(rawValue: name).map { ($0, value) }
        }
        let result = try await Subprocess.run(
            .name("podman"),
            arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
            output: .string(limit: 16 << 20),
            error: .string(limit: 16 << 20)
        )
        var code: Int32 = -1
        if case .exited(let value) = result.terminationStatus { code = Int32(value) }
        let outcome = Outcome(exitCode: code, output: result.standardOutput, errors: result.standardError)
        if let exitCode {
            #expect(
                code == exitCode,
                "podman \(arguments.first ?? "") printed: \(outcome.text)",
                sourceLocation: location
            )
        }
        return outcome
    }

    /// What the engine knows of an image.
    static func inspect(_ image: String) async throws -> JSONValue {
        let answer = try JSONValue(parsing: await run("image", "inspect", image).output.utf8)
        return try #require(answer.arrayValue?.first)
    }
}

/// A container that runs by itself, removed with its volumes when the body has ended.
struct RunningContainer {
    let name: String

    /// Starts it, runs the body once it says that it listens, and removes it.
    ///
    /// - Parameter arguments: of `podman run`: options, the image and its arguments.
    static func run<Value>(_ arguments: [String], _ body: (RunningContainer) async throws -> Value) async throws
        -> Value
    {
        let container = RunningContainer(name: "ingot-test-\(UUID().uuidString.lowercased())")
        try await Podman.run(["run", "--detach", "--name", container.name] + arguments)
        let result: Result<Value, any Error>
        do { result = .success(try await body(container)) } catch { result = .failure(error) }
        try await Podman.run("rm", "--force", "--volumes", "--time", "0", container.name)
        return try result.get()
    }

    /// Waits until it has written some words, and returns all that it has written.
    ///
    /// - Parameter earlier: what it had written before it was started again; its words do not count.
    func written(_ words: String, after earlier: String = "") async throws -> String {
        let times = earlier.ranges(of: words).count
        while true {
            let isRunning = try await state("Running") == "true"
            let log = try await Podman.run("logs", name).text
            if log.ranges(of: words).count > times { return log }
            try #require(isRunning, "it ended without a word of '\(words)': \(log)")
        }
    }

    /// Runs a program in it.
    @discardableResult
    func execute(
        _ arguments: String...,
        expecting exitCode: Int32 = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Podman.Outcome {
        try await Podman.run(["exec", name] + arguments, expecting: exitCode, location: location)
    }

    /// Sends its first process a signal and waits for its end.
    ///
    /// - Returns: the exit code.
    func end(by signal: String) async throws -> Int32 {
        try await Podman.run("kill", "--signal", signal, name)
        return try await exitCode()
    }

    /// Waits for its end.
    func exitCode() async throws -> Int32 {
        try await Podman.run("wait", name)
        return try #require(Int32(try await state("ExitCode")))
    }

    private func state(_ member: String) async throws -> String {
        let format = "{{.State.\(member)}}"
        return String(try await Podman.run("inspect", "--format", format, name).output.prefix { !$0.isNewline })
    }
}
