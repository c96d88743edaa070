import IngotCore
import IngotD1

/// Looks whether a database can be reached and written: with the very client that runners use.
///
/// It makes a table of its own and removes it again.
struct DatabaseExamination {
    private static let repetitions = 5

    let client: D1Client

    func run(report: @escaping @Sendable (Finding) async throws -> Void) async throws {
        var checks = CheckSequence(.database, report: report)
        try await checks.check("answers") {
            var latency = Latency()
            for _ in 0..<Self.repetitions {
                _ = try await latency.measure { try await client.run(Statement("SELECT 1")) }
            }
            return .ok("\(latency.text)")
        }
        let table = "ingot_doctor_\(passingName())"
        let row: [SQLValue] = ["§ 1 \u{1F4D6} \"quoted\"\n", 1_234_567_890_123, nil]
        var mayHaveWritten = false
        try await checks.check("writes a row") {
            var latency = Latency()
            do {
                _ = try await latency.measure {
                    try await client.batch(
                        [
                            Statement("CREATE TABLE IF NOT EXISTS \(table)(text TEXT, number INTEGER, absent TEXT)"),
                            Statement("DELETE FROM \(table)"),
                            Statement("INSERT INTO \(table) VALUES (?1, ?2, ?3)", row),
                        ],
                        isIdempotent: true
                    )
                }
                mayHaveWritten = true
            } catch let error as DatabaseError {
                mayHaveWritten = error.isTransient || error.kind == .malformedAnswer
                throw error
            }
            return .ok("in \(latency.text)")
        }
        try await checks.check("reads it back") {
            var latency = Latency()
            let rows = try await latency.measure { try await client.run(Statement("SELECT * FROM \(table)")).rows }
            guard rows == [row] else {
                return .failed(
                    "the row came back as another",
                    advice: "check that \(StorageSettings.Name.databaseBaseURL) is D1's address, and report this"
                )
            }
            return .ok("in \(latency.text), and it is the same")
        }
        try await checks.check("removes it", cleansUp: mayHaveWritten) {
            _ = try await client.run(Statement("DROP TABLE IF EXISTS \(table)"))
            return .ok("the table \(table) is gone")
        }
        try await checks.check("calls left") {
            guard let left = client.callsLeft else { return .ok("the server does not say") }
            let detail = "\(left.remaining), until the count starts anew in \(left.resetAfter.components.seconds) s"
            return left.remaining > 20
                ? .ok(detail)
                : .warning(
                    detail,
                    advice: "other programs use the same account's calls; wait, or give Ingot a token alone"
                )
        }
    }
}
