import IngotCore
import IngotTesting
import Testing

@testable import IngotEmbedded

/// SQLite changes most settings while it compiles their statement, so also when that never runs.
@Suite("What a call sets ends with the call, however that ends")
struct D1SettingsTests {
    static let bodies = [
        #"{"batch":[{"sql":"PRAGMA ignore_check_constraints=ON; SELECT 1"}]}"#,
        #"{"batch":[{"sql":"PRAGMA ignore_check_constraints=ON; SELECT 1"},{"sql":"SELECT 2"}]}"#,
        #"{"sql":"SELECT ?1; PRAGMA ignore_check_constraints=ON","params":[1]}"#,
        #"{"sql":"PRAGMA ignore_check_constraints=ON","params":[1]}"#,
        #"{"sql":"PRAGMA ignore_check_constraints=ON"}"#,
        #"{"sql":"PRAGMA ignore_check_constraints=ON; SELECT * FROM nowhere"}"#,
        #"{"sql":"EXPLAIN PRAGMA ignore_check_constraints=ON"}"#,
        #"{"sql":"EXPLAIN PRAGMA ignore_check_constraints=ON; SELECT * FROM nowhere"}"#,
        #"{"sql":"SELECT 1; EXPLAIN PRAGMA ignore_check_constraints=ON; SELECT * FROM nowhere"}"#,
    ]

    @Test("CHECK rules hold after a call that switched them off", arguments: bodies)
    func checksHold(_ body: String) async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            _ = try await connection.run(cloud, "CREATE TABLE t(a CHECK (a > 0))")
            try await connection.send(cloud.databaseCall(body))
            _ = try await connection.answer()
            let answer = try await connection.run(cloud, "INSERT INTO t VALUES (-1)")
            #expect(answer.status == 400 && answer.text.contains("CHECK constraint failed"))
        }
    }

    @Test("A statement that was compiled without its CHECK rule is compiled anew for the next call")
    func cachedStatements() async throws {
        let folder = try TemporaryFolder()
        let database = try EmbeddedDatabase(path: folder.path("d.sqlite"))
        try await database.run(Statement("CREATE TABLE t(a CHECK (a > 0))"))
        let insert = Statement("INSERT INTO t VALUES (?1)", [-1])
        _ = try await database.batch([Statement("PRAGMA ignore_check_constraints = ON"), insert], isIdempotent: false)
        let error = await #expect(throws: DatabaseError.self) { try await database.run(insert) }
        #expect(error?.kind == .constraint)
    }

    static let poisons = [
        "EXPLAIN PRAGMA case_sensitive_like = on",
        "SELECT 1; EXPLAIN PRAGMA case_sensitive_like = on",
        "SELECT 1; PRAGMA case_sensitive_like = on; SELECT * FROM nowhere",
        "EXPLAIN PRAGMA case_sensitive_like = on; SELECT * FROM nowhere",
    ]

    @Test("A reader compares as before after a call that it declined or failed", arguments: poisons)
    func readers(_ sql: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("d.sqlite")
        let writer = try SQLiteWriter(path: path, timeLimit: .seconds(30))
        let reader = try SQLiteReader(path: path, number: 1, timeLimit: .seconds(30))
        _ = try await writer.run(DatabaseRequest([Statement("CREATE TABLE t(a)")]))
        // Nil when the reader leaves the call to the writer.
        let outcome = try? await reader.run(DatabaseRequest([Statement(sql)]))
        #expect(outcome == nil)
        let like = try await reader.run(DatabaseRequest([Statement("SELECT 'a' LIKE 'A'")]))
        #expect(like?.statements.first?.result.rows == [[1]])
    }

    @Test("None of the readers behind the database keeps what many calls at once have set")
    func allReaders() async throws {
        let folder = try TemporaryFolder()
        let database = try EmbeddedDatabase(path: folder.path("d.sqlite"))
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<200 {
                let poison = Self.poisons[index % Self.poisons.count]
                group.addTask {
                    _ = try? await database.batch([Statement(poison)], isIdempotent: true)
                    let rows = try await database.batch([Statement("SELECT 'a' LIKE 'A'")], isIdempotent: true)
                    return rows.first?.rows == [[1]] ? 0 : 1
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
