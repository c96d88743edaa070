import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// The real `ingot` executable, with a data folder of its own.
struct IngotCommandLine {
    let data: String
    var environment: [String: String] = [:]

    /// What a run printed and how it ended.
    struct Outcome {
        var exitCode: Int32
        var output: String
        var errors: String

        /// The output as lines of JSON.
        func jsonLines() throws -> [JSONValue] {
            try output.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
        }
    }

    /// Runs one command to its end.
    @discardableResult
    func run(
        _ arguments: String...,
        expecting exitCode: Int32? = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        try await run(arguments, expecting: exitCode, location: location)
    }

    /// Runs one command, its arguments in a list, to its end.
    @discardableResult
    func run(
        _ arguments: [String],
        expecting exitCode: Int32? = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot"))),
            arguments: Arguments(arguments),
            environment: .inherit.updating(settings),
            output: .string(limit: 512 << 20),
            error: .string(limit: 16 << 20)
        )
        var code: Int32 = -1
        if case .exited(let value) = result.terminationStatus { code = Int32(value) }
        let outcome = Outcome(
            exitCode: code,
            output: result.standardOutput,
            errors: result.standardError
        )
        if let exitCode {
            #expect(
                code == exitCode,
                "ingot \(arguments.joined(separator: " ")) printed: \(outcome.errors) \(outcome.output.suffix(2000))",
                sourceLocation: location
            )
        }
        return outcome
    }

    /// The newest job as the API shows it.
    func newestJob() async throws -> Job {
        let answer = try JSONValue(parsing: await run("jobs", "--limit", "1", "--json").output.utf8)
        let job = try #require(answer["jobs"]?.arrayValue?.first)
        return try JSONText.decode(Job.self, from: job.canonicalBytes)
    }

    private var settings: [Environment.Key: String] {
        var settings = environment
        settings["INGOT_DATA"] = data
        return Dictionary(
            uniqueKeysWithValues: settings.compactMap { name, value in
                Environment.Key(rawValue: name).map { ($0, value) }
            }
        )
    }
}
