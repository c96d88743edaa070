public import IngotEmbedded
public import Logging

/// Runs a test against an embedded cloud in a folder of its own, and stops it afterwards.
@discardableResult
public func withEmbeddedCloud<Value: Sendable>(
    faults: FaultPlan? = nil,
    folder: TemporaryFolder? = nil,
    _ body: @Sendable (EmbeddedCloud) async throws -> Value
) async throws -> Value {
    let folder = try folder ?? TemporaryFolder()
    let cloud = try await EmbeddedCloud(folder: folder.path("store"), logger: .silent, faults: faults)
    let value = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cloud.run() }
        try await cloud.ready()
        defer { group.cancelAll() }
        return try await body(cloud)
    }
    withExtendedLifetime(folder) {}
    return value
}

extension Logger {
    /// A logger that writes nothing.
    public static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
