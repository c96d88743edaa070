import Subprocess
import Testing

/// The `sqlite3` shell, which has nothing to do with us.
enum Sqlite {
    /// What the shell prints of a query.
    static func query(_ sql: String, in file: String) async throws -> String {
        let result = try await Subprocess.run(
            .name("sqlite3"),
            arguments: [file, sql],
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16)
        )
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }
}
