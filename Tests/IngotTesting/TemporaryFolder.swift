import FoundationEssentials

/// A folder of one test's own, removed with everything in it when the last reference goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        let name = "ingot-test-\(UUID().uuidString.lowercased())"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something below the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }
}
