public import IngotCore
import Subprocess
public import SystemPackage

/// The sources that the runner knows, with the schemas of their parameters.
public struct SourceCatalog: Sendable {
    /// In the order of their ids.
    public let descriptions: [SourceDescription]
    private let schemas: [String: JSONSchema]

    /// - Throws: ``GatewayError`` when a schema cannot be used.
    public init(descriptions: [SourceDescription]) throws {
        self.descriptions = descriptions.sorted { $0.id < $1.id }
        var schemas: [String: JSONSchema] = [:]
        for description in descriptions {
            do { schemas[description.id] = try JSONSchema(description.parameters) } catch {
                throw GatewayError(
                    code: .sourcesUnusable,
                    message: "The parameters of the source '\(description.id)' cannot be checked: \(error).",
                    advice: "The runner and the gateway must be of the same version."
                )
            }
        }
        self.schemas = schemas
    }

    /// Asks the runner what it knows (`ingot-runner describe`).
    ///
    /// - Parameter includesProbe: whether the source for tests and demonstrations is offered.
    /// - Throws: ``GatewayError`` when the runner is not there, does not answer in time, or answers something else.
    public static func describe(
        runner: FilePath,
        includesProbe: Bool,
        environment: [String: String],
        timeout: Duration = .seconds(30)
    ) async throws -> SourceCatalog {
        let arguments = ["describe"] + (includesProbe ? ["--enable-probe"] : [])
        let answer = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await standardOutput(of: runner, arguments, environment: environment) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw unusable("The runner \(runner) did not describe its sources within \(timeout.seconds) s.")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
        guard let descriptions = try? JSONText.decode([SourceDescription].self, from: answer) else {
            throw unusable("The runner \(runner) described its sources in a way that cannot be read.")
        }
        return try SourceCatalog(descriptions: descriptions)
    }

    /// Whether a source of this id is known.
    public func contains(_ id: String) -> Bool { schemas[id] != nil }

    /// The sources of which only one job may run at a time.
    var exclusiveSources: Set<String> { Set(descriptions.filter(\.isExclusive).map(\.id)) }

    func schema(of id: String) -> JSONSchema? { schemas[id] }

    private static func standardOutput(
        of runner: FilePath,
        _ arguments: [String],
        environment: [String: String]
    ) async throws -> [UInt8] {
        do {
            let result = try await Subprocess.run(
                .path(runner),
                arguments: Arguments(arguments),
                environment: .custom(
                    Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
                ),
                output: .bytes(limit: 4 << 20),
                error: .string(limit: 1 << 16)
            )
            guard result.terminationStatus.isSuccess else {
                throw unusable(
                    "The runner \(runner) failed to describe its sources (\(result.terminationStatus)): "
                        + result.standardError
                )
            }
            return result.standardOutput
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw GatewayError(
                code: .runnerNotFound,
                message: "The runner \(runner) does not exist or cannot be executed.",
                advice: "Build ingot-runner, or give its path in INGOT_RUNNER (or with --runner)."
            )
        } catch let error as SubprocessError {
            throw unusable("The runner \(runner) could not be asked for its sources: \(error).")
        }
    }

    private static func unusable(_ message: String) -> GatewayError {
        GatewayError(
            code: .sourcesUnusable,
            message: message,
            advice: "Run `ingot-runner describe` by hand to see what it says."
        )
    }
}
