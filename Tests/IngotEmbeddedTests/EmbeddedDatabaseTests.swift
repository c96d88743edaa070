import IngotCore
import IngotEmbedded
import IngotTesting
import Testing

@Suite("The embedded database keeps D1's rules in process")
struct EmbeddedDatabaseTests {
    let folder: TemporaryFolder
    let database: EmbeddedDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try EmbeddedDatabase(path: folder.path("d1/ingot.sqlite"))
    }

    private func failure(_ statements: Statement...) async -> DatabaseError? {
        await #expect(throws: DatabaseError.self) { try await database.batch(statements, isIdempotent: true) }
    }

    @Test("Every number binds as a double, so text columns show the trap")
    func numbersAreDoubles() async throws {
        try await database.run(Statement("CREATE TABLE t(i INTEGER, r REAL, s TEXT, n)"))
        try await database.run(Statement("INSERT INTO t VALUES (?1, ?1, ?1, ?1)", [42]))
        let row = try #require(
            try await database.rows("SELECT typeof(i) ti, i, typeof(r) tr, r, s, typeof(n) tn FROM t").first
        )
        #expect(row.values == ["integer", 42, "real", 42, "42.0", "real"])
    }

    @Test("JSON rows keep integers, nulls and text as they are")
    func jsonRowsKeepTypes() async throws {
        try await database.run(Statement("CREATE TABLE t(a TEXT, b, c)"))
        let chunks = try JSONRows.chunks([[.integer(42), .null, .text("x\u{0}\"\\\u{7}ü\n")], [1, 2.5.sql, nil]])
        for chunk in chunks {
            try await database.run(
                Statement(
                    """
                    INSERT INTO t SELECT json_extract(value,'$[0]'), json_extract(value,'$[1]'),
                    json_extract(value,'$[2]') FROM json_each(?1)
                    """,
                    [.text(chunk)]
                )
            )
        }
        let result = try await database.run(Statement("SELECT a, typeof(b), c FROM t"))
        #expect(result.rows[1] == ["1", "real", nil])
        #expect(result.rows[0][0] == "42")
    }

    @Test("A batch is one transaction: the first failure undoes all")
    func batchIsAtomic() async throws {
        try await database.run(Statement("CREATE TABLE t(id INTEGER PRIMARY KEY)"))
        let error = await failure(
            Statement("INSERT INTO t VALUES (1)"),
            Statement("INSERT INTO t VALUES (1)")
        )
        #expect(error?.kind == .constraint)
        #expect(error?.code == 7500)
        #expect(
            error?.message
                == "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)"
        )
        #expect(try await database.rows("SELECT * FROM t").isEmpty)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var statement: Statement
        var text: String
        var testDescription: String { name }
    }

    static let refusals: [Refusal] = [
        Refusal(
            name: "101 parameters",
            statement: Statement(
                "SELECT " + (1...101).map { _ in "?" }.joined(separator: ","),
                Array(repeating: 1, count: 101)
            ),
            text: "too many SQL variables at offset 207: SQLITE_ERROR"
        ),
        Refusal(
            name: "parameter ?101",
            statement: Statement("SELECT ?101", [1]),
            text: "variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR"
        ),
        Refusal(
            name: "100,001 bytes of SQL",
            statement: Statement("SELECT 1 /*" + String(repeating: "x", count: 100_001 - 13) + "*/"),
            text: "statement too long: SQLITE_TOOBIG"
        ),
        Refusal(
            name: "a value of 2,000,001 bytes",
            statement: Statement("SELECT ?1", [.text(String(repeating: "x", count: 2_000_001))]),
            text: "string or blob too big: SQLITE_TOOBIG"
        ),
        Refusal(
            name: "six compound SELECT terms",
            statement: Statement((1...6).map { "SELECT \($0)" }.joined(separator: " UNION ALL ")),
            text: "too many terms in compound SELECT: SQLITE_ERROR"
        ),
        Refusal(
            name: "ATTACH",
            statement: Statement("ATTACH 'x' AS y"),
            text: "not authorized: SQLITE_AUTH"
        ),
        Refusal(name: "BEGIN", statement: Statement("BEGIN"), text: "not authorized: SQLITE_AUTH"),
        Refusal(name: "COMMIT", statement: Statement("COMMIT"), text: "not authorized: SQLITE_AUTH"),
        Refusal(name: "SAVEPOINT", statement: Statement("SAVEPOINT a"), text: "not authorized: SQLITE_AUTH"),
        Refusal(
            name: "PRAGMA journal_mode",
            statement: Statement("PRAGMA journal_mode"),
            text: "not authorized: SQLITE_AUTH"
        ),
        Refusal(
            name: "a temporary table",
            statement: Statement("CREATE TEMP TABLE a(b)"),
            text: "not authorized: SQLITE_AUTH"
        ),
        Refusal(
            name: "a reserved name",
            statement: Statement("CREATE TABLE _cf_a(b)"),
            text: "not authorized: SQLITE_AUTH"
        ),
        Refusal(
            name: "sqlite_version()",
            statement: Statement("SELECT sqlite_version()"),
            text: "not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR"
        ),
        Refusal(
            name: "a missing parameter",
            statement: Statement("SELECT ?1, ?2", [1]),
            text: "Wrong number of parameter bindings for SQL query."
        ),
        Refusal(
            name: "a parameter with several statements",
            statement: Statement("SELECT ?1; SELECT 2", [1]),
            text: "The request is malformed: params with multiple statements is not supported"
        ),
        Refusal(
            name: "a comment alone",
            statement: Statement("-- nothing\n"),
            text: "SQL code did not contain a statement."
        ),
        Refusal(
            name: "a LIKE pattern of 51 bytes",
            statement: Statement("SELECT 'a' LIKE ?1", [.text(String(repeating: "x", count: 51))]),
            text: "LIKE or GLOB pattern too complex: SQLITE_ERROR"
        ),
    ]

    @Test("What D1 refuses is refused with D1's words", arguments: refusals)
    func refuses(_ refusal: Refusal) async {
        let error = await failure(refusal.statement)
        #expect(error?.message == refusal.text)
        #expect(error?.kind == (refusal.text.hasSuffix("SQLITE_TOOBIG") ? .tooLarge : .statement))
    }

    @Test("An integer that a double cannot hold is refused, not rounded")
    func refusesDigitsThatWouldBeLost() async {
        let error = await failure(Statement("SELECT ?1", [.integer(1 << 53 + 1)]))
        #expect(error?.kind == .statement)
    }

    @Test("A text without parameters may hold several statements, one result each")
    func splitsText() async throws {
        let results = try await database.batch(
            [Statement("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2);\nSELECT a FROM t; -- end")],
            isIdempotent: true
        )
        #expect(results.map(\.changes) == [0, 2, 0])
        #expect(results.last?.rows == [[1], [2]])
    }

    @Test("Foreign keys hold, and deferring them ends with the call")
    func foreignKeys() async throws {
        _ = try await database.batch(
            [
                Statement("CREATE TABLE p(id INTEGER PRIMARY KEY)"),
                Statement("CREATE TABLE c(p INTEGER REFERENCES p(id))"),
            ],
            isIdempotent: true
        )
        let text = "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)"
        let insert = Statement("INSERT INTO c VALUES (7)")
        let deferring = Statement("PRAGMA defer_foreign_keys = on")
        #expect(await failure(insert)?.message == text)
        #expect(await failure(deferring, insert)?.message == text)
        let results = try await database.batch(
            [deferring, insert, Statement("INSERT INTO p VALUES (7)")],
            isIdempotent: true
        )
        #expect(results.count == 3)
        #expect(await failure(Statement("INSERT INTO c VALUES (8)"), Statement("INSERT INTO p VALUES (8)")) != nil)
    }

    @Test("Changes count what triggers change too")
    func changesIncludeTriggers() async throws {
        _ = try await database.batch(
            [
                Statement("CREATE TABLE a(x INTEGER)"), Statement("CREATE TABLE b(x INTEGER)"),
                Statement("CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END"),
            ],
            isIdempotent: true
        )
        #expect(try await database.run(Statement("INSERT INTO a VALUES (1), (2)")).changes == 4)
        #expect(try await database.run(Statement("INSERT INTO a SELECT 1 WHERE false")).changes == 0)
    }

    @Test("Blobs come back as they went")
    func blobs() async throws {
        let result = try await database.run(
            Statement(
                "SELECT unhex(?1), unhex(?2), typeof(unhex(?2))",
                [.hexadecimal([0, 255, 7]), .hexadecimal([])]
            )
        )
        #expect(result.rows == [[.blob([0, 255, 7]), .blob([]), "blob"]])
    }

    @Test("Full-text search works, other virtual tables do not")
    func virtualTables() async throws {
        _ = try await database.batch(
            [
                Statement("CREATE VIRTUAL TABLE f USING fts5(body)"),
                Statement("INSERT INTO f VALUES ('the law of the land')"),
            ],
            isIdempotent: true
        )
        #expect(try await database.rows("SELECT * FROM f WHERE f MATCH 'land' ORDER BY bm25(f)").count == 1)
        #expect(await failure(Statement("CREATE VIRTUAL TABLE z USING dbstat"))?.kind == .statement)
    }

    @Test("Calls that arrive together all succeed or fail for themselves")
    func groupedCallsAreIndependent() async throws {
        try await database.run(Statement("CREATE TABLE t(id INTEGER PRIMARY KEY)"))
        let failures = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask { [database] in
                    do {
                        // Every tenth call breaks a rule after it has written a row of its own.
                        _ = try await database.batch(
                            [
                                Statement("INSERT INTO t VALUES (?1)", [.integer(Int64(index))]),
                                index.isMultiple(of: 10)
                                    ? Statement(
                                        "INSERT OR \(index == 50 ? "ROLLBACK" : "ABORT") INTO t VALUES (\(index))"
                                    )
                                    : Statement("SELECT 1"),
                            ],
                            isIdempotent: false
                        )
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        #expect(try await database.rows("SELECT count(*) n, sum(id % 10 = 0) bad FROM t").first?.values == [180, 0])
    }

    @Test("Readers see the last commit while a writer works")
    func readersAreNotBlocked() async throws {
        try await database.run(Statement("CREATE TABLE t(a INTEGER)"))
        try await database.run(Statement("INSERT INTO t VALUES (1)"))
        let slow = """
            INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
            SELECT count(*) FROM n
            """
        let isWriting = OnceFlag()
        async let writing: Void = {
            defer { isWriting.set() }
            try await database.run(Statement(slow))
        }()
        var reads = 0
        while !isWriting.isSet {
            let count = try await database.rows("SELECT count(*) n FROM t").first?.integer("n")
            if !isWriting.isSet {
                #expect(count == 1 || count == 2)
                reads += 1
            }
        }
        try await writing
        #expect(reads > 1, "the write ended before a second read")
        #expect(try await database.rows("SELECT * FROM t").count == 2)
    }

    @Test("What was answered is there for the next one who opens the file")
    func reopening() async throws {
        try await database.run(Statement("CREATE TABLE t(a INTEGER)"))
        let other = try EmbeddedDatabase(path: folder.path("d1/ingot.sqlite"))
        #expect(try await other.rows("SELECT * FROM t").isEmpty)
    }
}

extension Double {
    fileprivate var sql: SQLValue { .real(self) }
}
