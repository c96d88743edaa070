import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// SQLite's own program, which looks at the files without any code of ours.
enum SQLiteShell {
    static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/sqlite3" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What the program prints of a query.
    static func query(_ sql: String, in file: String) async throws -> String {
        let shell = try #require(path)
        let result = try await Subprocess.run(
            .path(FilePath(shell)),
            arguments: ["-readonly", file, sql],
            output: .string(limit: 16 << 20),
            error: .string(limit: 4096)
        )
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }
}
