import IngotCore
import IngotTesting
import Testing

@testable import IngotEmbedded

/// The published limits and refusals of D1, each with its status, code and text over HTTP.
@Suite("The embedded D1 refuses what D1 refuses, with its words")
struct D1ContractTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var sql: String
        var params: JSONValue?
        /// `nil` when the statement passes.
        var text: String?
        var code: Int64 = 7500
        var testDescription: String { name }

        init(_ name: String, _ sql: String, _ params: JSONValue? = nil, fails text: String?, code: Int64 = 7500) {
            self.name = name
            self.sql = sql
            self.params = params
            self.text = text
            self.code = code
        }

        var body: String {
            JSONValue.object(["sql": .string(sql)].merging(params.map { ["params": $0] } ?? [:]) { $1 }).canonicalText
        }
    }

    private static func repeated(_ text: String, _ count: Int, _ separator: String = ",") -> String {
        Array(repeating: text, count: count).joined(separator: separator)
    }

    private static func ones(_ count: Int) -> JSONValue { .array(Array(repeating: 1, count: count)) }

    private static func text(_ bytes: Int) -> JSONValue { .string(String(repeating: "x", count: bytes)) }

    private static let authorization = "not authorized: SQLITE_AUTH"

    static let limits: [Case] = [
        Case("100 parameters", "SELECT \(repeated("?", 100))", ones(100), fails: nil),
        Case(
            "101 parameters",
            "SELECT \(repeated("?", 101))",
            ones(101),
            fails: "too many SQL variables at offset 207: SQLITE_ERROR"
        ),
        Case("100,000 bytes of SQL", "SELECT 1 /*\(String(repeating: "x", count: 99_987))*/", fails: nil),
        Case(
            "100,001 bytes of SQL",
            "SELECT 1 /*\(String(repeating: "x", count: 99_988))*/",
            fails: "statement too long: SQLITE_TOOBIG"
        ),
        Case("a value of 2,000,000 bytes", "SELECT length(?1)", [text(2_000_000)], fails: nil),
        Case(
            "a value of 2,000,001 bytes",
            "SELECT length(?1)",
            [text(2_000_001)],
            fails: "string or blob too big: SQLITE_TOOBIG"
        ),
        Case("five terms", repeated("SELECT 1", 5, " UNION ALL "), fails: nil),
        Case(
            "six terms",
            repeated("SELECT 1", 6, " UNION ALL "),
            fails: "too many terms in compound SELECT: SQLITE_ERROR"
        ),
        Case("rows of VALUES are no terms", "VALUES \(repeated("(1)", 200))", fails: nil),
        Case("32 arguments", "SELECT max(\(repeated("1", 32)))", fails: nil),
        Case(
            "33 arguments",
            "SELECT max(\(repeated("1", 33)))",
            fails: "too many arguments on function max at offset 7: SQLITE_ERROR"
        ),
        Case("100 columns", "CREATE TABLE c(\((1...100).map { "c\($0)" }.joined(separator: ",")))", fails: nil),
        Case(
            "101 columns",
            "CREATE TABLE d(\((1...101).map { "c\($0)" }.joined(separator: ",")))",
            fails: "too many columns on d: SQLITE_ERROR"
        ),
        Case("depth 100", "SELECT \(repeated("1", 100, "+"))", fails: nil),
        Case(
            "depth 101",
            "SELECT \(repeated("1", 101, "+"))",
            fails: "Expression tree is too large (maximum depth 100): SQLITE_ERROR"
        ),
        Case("a pattern of 50 bytes", "SELECT 'a' LIKE ?1", [text(50)], fails: nil),
        Case(
            "a pattern of 51 bytes",
            "SELECT 'a' LIKE ?1",
            [text(51)],
            fails: "LIKE or GLOB pattern too complex: SQLITE_ERROR"
        ),
        Case(
            "a GLOB pattern of 51 bytes",
            "SELECT 'a' GLOB ?1",
            [text(51)],
            fails: "LIKE or GLOB pattern too complex: SQLITE_ERROR"
        ),
    ]

    static let forbidden: [Case] = [
        Case("ATTACH", "ATTACH ':memory:' AS b", fails: authorization),
        Case("DETACH", "DETACH b", fails: authorization),
        Case("BEGIN", "BEGIN", fails: authorization),
        Case("BEGIN IMMEDIATE", "BEGIN IMMEDIATE", fails: authorization),
        Case("COMMIT", "COMMIT", fails: authorization),
        Case("END", "END", fails: authorization),
        Case("ROLLBACK", "ROLLBACK", fails: authorization),
        Case("SAVEPOINT", "SAVEPOINT a", fails: authorization),
        Case("RELEASE", "RELEASE one_call", fails: authorization),
        Case("ROLLBACK TO", "ROLLBACK TO one_call", fails: authorization),
        Case("VACUUM", "VACUUM", fails: "cannot VACUUM from within a transaction: SQLITE_ERROR"),
        Case("journal_mode", "PRAGMA journal_mode", fails: authorization),
        Case("setting journal_mode", "PRAGMA journal_mode = DELETE", fails: authorization),
        Case("writable_schema", "PRAGMA writable_schema = 1", fails: authorization),
        Case("setting page_size", "PRAGMA page_size = 512", fails: authorization),
        Case("a number for a boolean", "PRAGMA foreign_keys = 2", fails: authorization),
        Case("a PRAGMA as a table", "SELECT * FROM pragma_journal_mode", fails: authorization),
        Case("a temporary table", "CREATE TEMP TABLE a(b)", fails: authorization),
        Case(
            "a temporary view",
            "CREATE TEMP VIEW a AS SELECT 1",
            fails: authorization
        ),
        Case(
            "a temporary trigger",
            "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END",
            fails: authorization
        ),
        Case("a reserved table", "CREATE TABLE _cf_x(a)", fails: authorization),
        Case("a reserved table in capitals", "CREATE TABLE _CF_x(a)", fails: authorization),
        Case("a reserved name read", "SELECT * FROM _cf_KV", fails: "no such table: _cf_KV: SQLITE_ERROR"),
        Case(
            "sqlite_version()",
            "SELECT sqlite_version()",
            fails: "not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR"
        ),
        Case(
            "load_extension()",
            "SELECT load_extension('x')",
            fails: "not authorized to use function: load_extension at offset 7: SQLITE_ERROR"
        ),
        Case(
            "generate_series",
            "SELECT * FROM generate_series(1, 3)",
            fails: "no such table: generate_series: SQLITE_ERROR"
        ),
        Case("another virtual table", "CREATE VIRTUAL TABLE v USING fts3(a)", fails: authorization),
        Case(
            "a trigger with CR LF",
            "CREATE TRIGGER r AFTER INSERT ON t\r\nBEGIN\r\nSELECT 1;\r\nEND",
            fails: "incomplete input: SQLITE_ERROR"
        ),
        Case(
            "a trigger with LF",
            "CREATE TRIGGER r AFTER INSERT ON t\nBEGIN\nSELECT 1;\nEND",
            fails: nil
        ),
        Case("CR LF elsewhere", "SELECT\r\n1", fails: nil),
        Case("a comment alone", "-- nothing\n", fails: "SQL code did not contain a statement."),
        Case("nothing", "", fails: "SQL code did not contain a statement."),
        Case("semicolons alone", " ;; ", fails: "SQL code did not contain a statement."),
    ]

    static let bindings: [Case] = [
        Case("too few", "SELECT ?1, ?2", [1], fails: "Wrong number of parameter bindings for SQL query."),
        Case("too many", "SELECT ?1", [1, 2], fails: "Wrong number of parameter bindings for SQL query."),
        Case("none", "SELECT ?", fails: "Wrong number of parameter bindings for SQL query."),
        Case("the highest index counts", "SELECT ?2", [1, 2], fails: nil),
        Case("null for params", "SELECT 1", .null, fails: nil),
        Case(
            "named :a",
            "SELECT :a",
            [1],
            fails: "The parameter :a is named; only ? and ?NNN are supported."
        ),
        Case(
            "named @a",
            "SELECT @a",
            [1],
            fails: "The parameter @a is named; only ? and ?NNN are supported."
        ),
        Case(
            "two statements",
            "SELECT ?1; SELECT 2",
            [1],
            fails: "The request is malformed: params with multiple statements is not supported",
            code: 7400
        ),
        Case("an array of bytes", "SELECT ?1", [[0, 255]], fails: nil),
        Case(
            "an array with more than bytes",
            "SELECT ?1",
            [[256]],
            fails: "The request is malformed: an array among the params holds more than bytes",
            code: 7400
        ),
        Case(
            "a boolean",
            "SELECT ?1",
            [true],
            fails: "The request is malformed: a param is neither a number, a string nor null",
            code: 7400
        ),
        Case(
            "an object",
            "SELECT ?1",
            [["a": 1]],
            fails: "The request is malformed: a param is neither a number, a string nor null",
            code: 7400
        ),
    ]

    @Test("Limits, forbidden statements and bindings", arguments: ["/query", "/raw"])
    func cases(_ action: String) async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            _ = try await connection.run(cloud, "CREATE TABLE t(a)")
            for test in Self.limits + Self.forbidden + Self.bindings {
                try await connection.send(cloud.databaseCall(test.body, action: action))
                let answer = try await connection.answer()
                let json = try JSONParser.parse(answer.body)
                if let text = test.text {
                    #expect(answer.status == 400, "\(test.name)")
                    #expect(answer.code == test.code, "\(test.name)")
                    let message = json["errors"]?.arrayValue?.first?["message"]?.stringValue
                    #expect(message == text, "\(test.name)")
                    #expect(json["success"] == false && json["result"] == [], "\(test.name)")
                } else {
                    #expect(answer.status == 200, "\(test.name): \(answer.text.prefix(300))")
                    #expect(json["success"] == true && json["errors"] == [], "\(test.name)")
                }
            }
        }
    }

    @Test("Every PRAGMA that D1 allows passes, and a setting ends with its call")
    func pragmas() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            _ = try await connection.run(cloud, "CREATE TABLE t(a PRIMARY KEY REFERENCES t(a))")
            let pragmas =
                [
                    "table_list", "table_info(t)", "table_xinfo(t)", "index_list(t)",
                    "index_info(sqlite_autoindex_t_1)",
                    "index_xinfo(sqlite_autoindex_t_1)", "foreign_key_list(t)", "foreign_key_check", "quick_check",
                    "optimize", "page_size", "data_version",
                ]
                + [
                    "foreign_keys", "defer_foreign_keys", "case_sensitive_like", "ignore_check_constraints",
                    "legacy_alter_table", "recursive_triggers", "reverse_unordered_selects",
                ].flatMap { ["\($0) = on", "\($0) = off"] }
            for pragma in pragmas {
                let answer = try await connection.run(cloud, "PRAGMA \(pragma)")
                #expect(answer.status == 200, "\(pragma): \(answer.text)")
            }
            #expect(try await connection.rows(cloud, "SELECT name FROM pragma_table_info('t')") == [["name": "a"]])
            // The second call runs as if the first had never been.
            let like = "SELECT 'a' LIKE 'A' AS like"
            let both = "PRAGMA case_sensitive_like = on; INSERT INTO t SELECT 1 WHERE 'a' LIKE 'A'"
            _ = try await connection.run(cloud, both)
            #expect(try await connection.rows(cloud, "SELECT count(*) n FROM t") == [["n": 0]])
            #expect(try await connection.rows(cloud, like) == [["like": 1]])
            // Once more where it was set: on the connection that writes.
            #expect(try await connection.run(cloud, "INSERT INTO t SELECT 1 WHERE 'a' LIKE 'A'").status == 200)
            #expect(try await connection.rows(cloud, "SELECT count(*) n FROM t") == [["n": 1]])
            // Foreign keys cannot be switched off: each call is a transaction.
            let answer = try await connection.run(cloud, "PRAGMA foreign_keys = off; INSERT INTO t VALUES (7)")
            #expect(answer.status == 200, "7 refers to itself")
            let broken = "CREATE TABLE c(t REFERENCES t(a)); PRAGMA foreign_keys = off; INSERT INTO c VALUES (8)"
            #expect(try await connection.run(cloud, broken).text.contains("FOREIGN KEY constraint failed"))
        }
    }

    @Test("A chain of eleven triggers is too deep, one of ten is not")
    func triggerDepth() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            let tables = (0...11).map { "CREATE TABLE t\($0)(a);" }
            let triggers = (0...10).map {
                "CREATE TRIGGER r\($0) AFTER INSERT ON t\($0) BEGIN INSERT INTO t\($0 + 1) VALUES (new.a); END;"
            }
            #expect(try await connection.run(cloud, (tables + triggers).joined(separator: "\n")).status == 200)
            #expect(try await connection.run(cloud, "INSERT INTO t1 VALUES (1)").status == 200)
            let deep = try await connection.run(cloud, "INSERT INTO t0 VALUES (2)")
            #expect(deep.status == 400 && deep.code == 7500)
            #expect(deep.text.contains("too many levels of trigger recursion: SQLITE_ERROR"))
            #expect(try await connection.rows(cloud, "SELECT a FROM t11") == [["a": 1]])
            #expect(try await connection.rows(cloud, "SELECT count(*) n FROM t0") == [["n": 0]])
        }
    }

    @Test("Meta has D1's names, changes with triggers, and the last row's id even when nothing is inserted")
    func meta() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            let made = """
                CREATE TABLE a(x INTEGER PRIMARY KEY, y TEXT); CREATE TABLE b(x);
                CREATE TRIGGER r AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x), (new.x); END;
                INSERT INTO a VALUES (7, 'x'), (9, 'y'); SELECT x FROM a; UPDATE a SET y = 'z' WHERE x = 100;
                DELETE FROM b
                """
            let results = try await connection.results(cloud, made)
            #expect(results.count == 7)
            let metas = try results.map { try #require($0["meta"]?.objectValue) }
            #expect(metas.map { $0["changes"] } == [0, 0, 0, 6, 0, 0, 4])
            #expect(metas.suffix(4).map { $0["last_row_id"] } == [9, 9, 9, 9])
            #expect(metas.map { $0["changed_db"] } == [true, true, true, true, false, true, true])
            let names: Set<String> = [
                "served_by", "served_by_primary", "duration", "timings", "changes", "last_row_id", "changed_db",
                "size_after", "rows_read", "rows_written", "total_attempts",
            ]
            for meta in metas {
                #expect(Set(meta.keys) == names)
                #expect(meta["timings"]?["sql_duration_ms"] != nil)
            }
            #expect(results[3]["results"] == [] && results[4]["results"] == [["x": 7], ["x": 9]])
            #expect(results.allSatisfy { $0["success"] == true })
        }
    }

    @Test("Cells go through JSON as D1's do, and raw rows keep what objects lose")
    func cells() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            _ = try await connection.run(cloud, "CREATE TABLE t(i INTEGER, r REAL, s TEXT, n)")
            try await connection.send(
                cloud.databaseCall(#"{"sql":"INSERT INTO t VALUES (?1, ?1, ?1, ?1)","params":[42]}"#)
            )
            #expect(try await connection.answer().status == 200)
            let text = try await connection.run(cloud, "SELECT i, r, s, n, typeof(n) t FROM t").text
            #expect(text.contains(#"[{"i":42,"r":42,"s":"42.0","n":42,"t":"real"}]"#))
            let large = "SELECT 9007199254740993 a, CAST(9007199254740993 AS TEXT) b, 0.1 c, x'00ff' d, NULL e, '' f"
            #expect(
                try await connection.run(cloud, large).text.contains(
                    #"{"a":9007199254740992,"b":"9007199254740993","c":0.1,"d":[0,255],"e":null,"f":""}"#
                )
            )
            let twice = "SELECT 1 AS x, 2 AS y, 3 AS x"
            #expect(try await connection.rows(cloud, twice) == [["y": 2, "x": 3]])
            let raw = try await connection.run(cloud, twice, action: "/raw").text
            #expect(raw.contains(#""results":{"columns":["x","y","x"],"rows":[[1,2,3]]}"#))
            let none = try await connection.run(cloud, "DELETE FROM t", action: "/raw").text
            #expect(none.contains(#""results":{"columns":[],"rows":[]}"#))
            let empty = try await connection.run(cloud, "SELECT i FROM t", action: "/raw").text
            #expect(empty.contains(#""results":{"columns":["i"],"rows":[]}"#))
        }
    }

    @Test("A text of several statements is one transaction, cut where SQL says so")
    func splitting() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            let right = "CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('a;b'); /* ; */ SELECT a FROM t; -- ;\n;"
            let results = try await connection.results(cloud, right)
            #expect(results.map { $0["results"] } == [[], [], [["a": "a;b"]]])
            let failing = try await connection.run(cloud, "INSERT INTO t VALUES ('x'); INSERT INTO u VALUES (1)")
            #expect(failing.status == 400)
            #expect(failing.text.contains("no such table: u: SQLITE_ERROR"))
            #expect(try await connection.rows(cloud, "SELECT count(*) n FROM t") == [["n": 1]])
            let constraint = "CREATE UNIQUE INDEX u ON t(a); INSERT INTO t VALUES ('a;b')"
            #expect(
                try await connection.run(cloud, constraint).text.contains(
                    "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)"
                )
            )
        }
    }

    @Test("A call that runs too long ends as the gateway's 504 page and leaves nothing, be it one statement or many")
    func timeLimit() async throws {
        let folder = try TemporaryFolder()
        let cloud = try await EmbeddedCloud(
            folder: folder.path("store"),
            logger: .silent,
            callTimeLimit: .milliseconds(400)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cloud.run() }
            try await cloud.ready()
            defer { group.cancelAll() }
            let connection = try await RawConnection(port: cloud.databasePort)
            #expect(try await connection.run(cloud, "CREATE TABLE t(a)").status == 200)
            // Each half of the second call keeps within the limit; it is the whole that does not.
            let counting = { (count: Int) in
                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) "
                    + "SELECT count(*) FROM n"
            }
            let endless =
                "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"
            let many = Array(repeating: counting(20_000), count: 2000).joined(separator: ";\n")
            for sql in ["INSERT INTO t " + endless, endless, many] {
                let answer = try await connection.run(cloud, sql)
                #expect(answer.status == 504, "\(answer.text.prefix(200))")
                #expect(answer.headers["content-type"] == "text/html")
                #expect(try await connection.rows(cloud, "SELECT count(*) n FROM t") == [["n": 0]])
            }
            let error = await #expect(throws: DatabaseError.self) { try await cloud.database.rows(endless) }
            #expect(error?.kind == .tooLarge)
            #expect(error?.message.contains("exceeded timeout which caused object to be reset") == true)
        }
        withExtendedLifetime(folder) {}
    }

    @Test("The description has the fields that are asked for, and only them")
    func description() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            func describe(_ query: String) async throws -> RawAnswer {
                let call = cloud.databaseCall("", action: query).replacing("POST ", with: "GET ", maxReplacements: 1)
                try await connection.send(call)
                return try await connection.answer()
            }
            _ = try await connection.run(cloud, "CREATE TABLE t(a)")
            let all = try JSONParser.parse(try await describe("").body)["result"]?.objectValue
            #expect(all?["uuid"]?.stringValue == cloud.settings.databaseID)
            #expect(all?["num_tables"] == 1)
            let some = try JSONParser.parse(try await describe("?fields=file_size,num_tables").body)["result"]?
                .objectValue
            #expect(some?.keys.sorted() == ["file_size", "num_tables"])
            #expect((some?["file_size"]?.integerValue ?? 0) > 4096)
            let wrong = try await describe("?fields=colour")
            #expect(wrong.status == 400 && wrong.code == 7400)
        }
    }

    @Test("An answer of more than 64 MiB is refused, be it many rows or few large ones")
    func answerSize() async throws {
        try await withEmbeddedCloud { cloud in
            let connection = try await RawConnection(port: cloud.databasePort)
            let rows = { (count: Int, value: String) in
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) SELECT \(value) v FROM n"
            }
            // A value counts with 16 bytes more than it holds.
            let fits = try await connection.run(cloud, rows(67, "hex(zeroblob(499992))"))
            #expect(fits.status == 200 && fits.body.count > 66_000_000)
            for sql in [rows(68, "hex(zeroblob(499992))"), rows(4_194_305, "i")] {
                let answer = try await connection.run(cloud, sql)
                #expect(answer.status == 400 && answer.code == 7500)
                #expect(answer.text.contains("exceeded its memory limit"))
            }
        }
    }

    @Test("A read over HTTP is answered while a long write runs")
    func readsBesideWrites() async throws {
        let folder = try TemporaryFolder()
        try await withEmbeddedCloud(folder: folder) { cloud in
            let reading = try await RawConnection(port: cloud.databasePort)
            let writing = try await RawConnection(port: cloud.databasePort)
            _ = try await reading.run(cloud, "CREATE TABLE t(a)")
            // The write cannot end before this transaction does.
            let other = try SQLiteConnection(path: folder.path("store/d1/ingot.sqlite"), access: .readingAndWriting)
            try other.runOwn("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
            async let write = writing.run(cloud, "INSERT INTO t VALUES (2)")
            for _ in 0..<5 {
                let answer = try await reading.run(cloud, "SELECT count(*) AS n FROM t", action: "/raw")
                #expect(answer.status == 200 && answer.text.contains(#""rows":[[0]]"#))
            }
            try other.runOwn("COMMIT")
            #expect(try await write.status == 200)
            let answer = try await reading.run(cloud, "SELECT count(*) AS n FROM t", action: "/raw")
            #expect(answer.text.contains(#""rows":[[2]]"#))
        }
    }

    @Test("Writes that wait together share commits, and a failing one undoes only itself")
    func groupCommit() async throws {
        let folder = try TemporaryFolder()
        let database = try EmbeddedDatabase(path: folder.path("d.sqlite"))
        try await database.run(Statement("CREATE TABLE t(a)"))
        let writes = 256
        let before = await database.commits
        // While this one runs, the others gather behind it.
        let slow = """
            INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
            SELECT count(*) FROM n
            """
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await database.run(Statement(slow)) }
            for _ in 0..<writes { group.addTask { try await database.run(Statement("INSERT INTO t VALUES (1)")) } }
            try await group.waitForAll()
        }
        let commits = await database.commits - before
        #expect(commits < writes / 4, "\(commits) commits for \(writes) writes")
        #expect(try await database.rows("SELECT count(*) n FROM t").first?.integer("n") == Int64(writes + 1))
    }
}

extension RawConnection {
    func run(_ cloud: EmbeddedCloud, _ sql: String, action: String = "/query") async throws -> RawAnswer {
        try await send(cloud.databaseCall(JSONValue.object(["sql": .string(sql)]).canonicalText, action: action))
        return try await answer()
    }

    /// One result a statement, of a call that has to go well.
    func results(_ cloud: EmbeddedCloud, _ sql: String) async throws -> [JSONValue] {
        let answer = try await run(cloud, sql)
        #expect(answer.status == 200, "\(answer.text.prefix(300))")
        return try #require(JSONParser.parse(answer.body)["result"]?.arrayValue)
    }

    /// The rows of one query that has to go well.
    func rows(_ cloud: EmbeddedCloud, _ sql: String) async throws -> JSONValue? {
        try await results(cloud, sql).first?["results"]
    }
}
