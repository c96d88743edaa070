import Crypto
import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import Testing

@testable import IngotEmbedded

@Suite("Whole databases in and out of the embedded D1")
struct D1BulkTransferTests {
    /// A cloud and a connection to its database, with limits of the test's choice.
    private func withCloud(
        limits: BulkTransfers.Limits = BulkTransfers.Limits(),
        callTimeLimit: Duration = .seconds(30),
        folder: TemporaryFolder? = nil,
        _ body: @Sendable (EmbeddedCloud, RawConnection) async throws -> Void
    ) async throws {
        let folder = try folder ?? TemporaryFolder()
        let cloud = try await EmbeddedCloud(
            folder: folder.path("store"),
            logger: .silent,
            faults: nil,
            callTimeLimit: callTimeLimit,
            transferLimits: limits
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cloud.run() }
            try await cloud.ready()
            defer { group.cancelAll() }
            try await body(cloud, RawConnection(port: cloud.databasePort))
        }
        withExtendedLifetime(folder) {}
    }

    private func md5(_ bytes: [UInt8]) -> String { hexadecimal(Insecure.MD5.hash(data: bytes)) }

    private func path(_ url: JSONValue?) throws -> Substring {
        let url = try #require(url?.stringValue)
        let authority = url.dropFirst("http://".count)
        return authority[try #require(authority.firstIndex(of: "/"))...]
    }

    /// Uploads and begins an import; the polling answer.
    private func importing(
        _ sql: [UInt8],
        _ cloud: EmbeddedCloud,
        _ connection: RawConnection
    ) async throws -> JSONValue {
        let etag = JSONValue.string(md5(sql))
        let begun = try await connection.ask(cloud, "/import", ["action": "init", "etag": etag])
        let upload = "PUT \(try path(begun["upload_url"])) HTTP/1.1\r\nHost: h\r\nContent-Length: \(sql.count)\r\n\r\n"
        try await connection.send(Array(upload.utf8) + sql)
        let answer = try await connection.answer()
        #expect(answer.status == 200)
        #expect(answer.headers["etag"] == "\"\(md5(sql))\"")
        let filename = try #require(begun["filename"])
        return try await connection.ask(cloud, "/import", ["action": "ingest", "etag": etag, "filename": filename])
    }

    /// Asks until the transfer has ended.
    private func ended(
        _ first: JSONValue,
        _ cloud: EmbeddedCloud,
        _ connection: RawConnection
    ) async throws -> JSONValue {
        var answer = first
        while answer["status"] == "active" {
            let bookmark = try #require(answer["at_bookmark"])
            let body: JSONValue =
                first["type"] == "import"
                ? ["action": "poll", "current_bookmark": bookmark]
                : ["output_format": "polling", "current_bookmark": bookmark]
            answer = try await connection.ask(cloud, first["type"] == "import" ? "/import" : "/export", body)
        }
        return answer
    }

    @Test("An import is uploaded, run as one transaction, and answered with what it did")
    func imports() async throws {
        try await withCloud { cloud, connection in
            let sql = Array(
                """
                PRAGMA defer_foreign_keys=TRUE;
                CREATE TABLE a(id INTEGER PRIMARY KEY, b INTEGER REFERENCES b(id), s TEXT);
                CREATE TABLE b(id INTEGER PRIMARY KEY);
                INSERT INTO a VALUES (1, 7, 'one; two -- three'); -- not yet there
                INSERT INTO b VALUES (7);;
                CREATE TRIGGER t AFTER INSERT ON b BEGIN UPDATE a SET s = 'x;y'; DELETE FROM a WHERE id < 0; END;
                """.utf8
            )
            let answer = try await ended(try await importing(sql, cloud, connection), cloud, connection)
            #expect(answer["success"] == true && answer["type"] == "import" && answer["status"] == "complete")
            #expect(answer["result"]?["num_queries"] == 6)
            #expect(answer["result"]?["final_bookmark"] == answer["at_bookmark"])
            #expect(answer["result"]?["meta"]?["changes"] == 2)
            #expect((answer["result"]?["meta"]?["size_after"]?.integerValue ?? 0) > 4096)
            #expect(try await connection.rows(cloud, "SELECT s FROM a") == [["s": "one; two -- three"]])
            // The same file is there, so the import begins at once; it fails, as the tables are there too.
            let again = try await connection.ask(
                cloud,
                "/import",
                ["action": "init", "etag": .string(md5(sql))]
            )
            #expect(again["upload_url"] == nil)
            let failed = try await ended(again, cloud, connection)
            #expect(failed["success"] == false && failed["status"] == "error")
            #expect(failed["error"]?.stringValue?.contains("statement 2: table a already exists") == true)
            // What became of the one before is not forgotten.
            let old = try #require(answer["at_bookmark"])
            let earlier = try await connection.ask(cloud, "/import", ["action": "poll", "current_bookmark": old])
            #expect(earlier == answer)
            let none = try await connection.ask(cloud, "/import", ["action": "poll", "current_bookmark": "00"])
            #expect(none == ["success": false, "error": "Not currently importing anything."])
            let other = try await connection.ask(
                cloud,
                "/export",
                ["output_format": "polling", "current_bookmark": old]
            )
            #expect(other == ["success": false, "error": "Not currently exporting anything."])
        }
    }

    @Test("What breaks a file leaves the database as it was")
    func failures() async throws {
        try await withCloud { cloud, connection in
            _ = try await connection.run(cloud, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)")
            let comment = String(repeating: "x", count: 100_000)
            let cases: [(String, String)] = [
                ("INSERT INTO t VALUES (2); INSERT INTO t VALUES (1);", "statement 2: UNIQUE constraint failed"),
                ("INSERT INTO t VALUES (2); BEGIN;", "statement 2: not authorized: SQLITE_AUTH"),
                ("INSERT INTO t VALUES (2); COMMIT;", "statement 2: not authorized: SQLITE_AUTH"),
                (
                    "INSERT INTO t VALUES (2); INSERT OR ROLLBACK INTO t VALUES (1); INSERT INTO t VALUES (3);",
                    "statement 2"
                ),
                ("INSERT INTO t VALUES (2); INSERT INTO t VALUES ('\(comment)');", "statement 2: statement too long"),
                ("INSERT INTO t VALUES (2); INSERT INTO t VALUES (?1);", "statement 2: Wrong number of parameter"),
                ("INSERT INTO t VALUES (2); INSERT INTO t VALUES ('half", "statement 2: unrecognized token"),
                ("INSERT INTO t VALUES (2); SELECT\u{0} 1;", "NUL"),
                (
                    "CREATE TABLE c(t REFERENCES t(a)); PRAGMA defer_foreign_keys=TRUE; INSERT INTO c VALUES (9);",
                    "FOREIGN KEY"
                ),
            ]
            for (sql, reason) in cases {
                let answer = try await ended(try await importing(Array(sql.utf8), cloud, connection), cloud, connection)
                #expect(answer["status"] == "error" && answer["success"] == false)
                #expect(answer["error"]?.stringValue?.contains(reason) == true, "\(answer.canonicalText.prefix(300))")
                #expect(try await connection.rows(cloud, "SELECT a FROM t") == [["a": 1]])
            }
        }
    }

    @Test("A file of many windows is run statement by statement, the longest statements among them")
    func large() async throws {
        try await withCloud { cloud, connection in
            var sql = "CREATE TABLE t(a INTEGER PRIMARY KEY, s TEXT);\n"
            for index in 0..<4000 {
                // Lengths that move the statements over every edge of a window.
                sql += "INSERT INTO t VALUES (\(index),'\(String(repeating: "y;", count: index % 977))');\n"
            }
            let longest = 100_000 - "INSERT INTO t VALUES (-1,'');".utf8.count
            sql += "INSERT INTO t VALUES (-1,'\(String(repeating: "z", count: longest))');"
            let answer = try await ended(try await importing(Array(sql.utf8), cloud, connection), cloud, connection)
            #expect(answer["status"] == "complete", "\(answer.canonicalText.prefix(300))")
            #expect(answer["result"]?["num_queries"] == 4002)
            let expected = (0..<4000).reduce(0) { $0 + 2 * ($1 % 977) } + longest
            #expect(
                try await connection.rows(cloud, "SELECT count(*) n, sum(length(s)) s FROM t")
                    == [["n": 4001, "s": .integer(Int64(expected))]]
            )
        }
    }

    @Test("Uploads are held to their length, their hash and the limit, and their addresses are secrets that expire")
    func uploads() async throws {
        let limits = BulkTransfers.Limits(largestFile: 1000)
        try await withCloud(limits: limits) { cloud, connection in
            let sql = Array("CREATE TABLE t(a);".utf8)
            let etag = JSONValue.string(md5(sql))
            let begun = try await connection.ask(cloud, "/import", ["action": "init", "etag": etag])
            let path = try path(begun["upload_url"])
            func put(_ path: some StringProtocol, _ head: String, _ body: [UInt8]) async throws -> Int {
                let connection = try await RawConnection(port: cloud.databasePort)
                try await connection.send(Array("PUT \(path) HTTP/1.1\r\nHost: h\r\n\(head)\r\n\r\n".utf8) + body)
                return try await connection.answer().status
            }
            #expect(try await put(path, "Content-Length: 1001", []) == 413)
            #expect(try await put(path, "Transfer-Encoding: chunked", Array("0\r\n\r\n".utf8)) == 411)
            #expect(try await put(path, "Content-Length: \(sql.count)", sql.reversed()) == 400)
            #expect(try await put("/transfers/0000", "Content-Length: \(sql.count)", sql) == 404)
            let wrong = try await connection.raw(
                cloud,
                "/import",
                ["action": "ingest", "etag": etag, "filename": try #require(begun["filename"])]
            )
            #expect(wrong.status == 400 && wrong.code == 7400)
            #expect(try await put(path, "Content-Length: \(sql.count)", sql) == 200)
            for body: JSONValue in [
                ["action": "init"], ["action": "init", "etag": "x"], ["action": "other"], [:],
                ["action": "ingest", "etag": etag, "filename": "../ingot.sqlite"],
            ] {
                let answer = try await connection.raw(cloud, "/import", body)
                #expect(answer.status == 400 && answer.code == 7400)
            }
        }
        try await withCloud(limits: BulkTransfers.Limits(linkLifetime: .zero)) { cloud, connection in
            let begun = try await connection.ask(
                cloud,
                "/import",
                ["action": "init", "etag": .string(md5([]))]
            )
            try await connection.send(
                "PUT \(try path(begun["upload_url"])) HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
            )
            #expect(try await connection.answer().status == 404)
        }
    }

    @Test("While an import runs, calls are refused and the import cannot be begun twice")
    func blocked() async throws {
        let folder = try TemporaryFolder()
        try await withCloud(limits: BulkTransfers.Limits(patience: .zero), folder: folder) { cloud, connection in
            // The import cannot end before this transaction does.
            let other = try SQLiteConnection(path: folder.path("store/d1/ingot.sqlite"), access: .readingAndWriting)
            try other.runOwn("BEGIN IMMEDIATE")
            let first = try await importing(Array("CREATE TABLE t AS SELECT 7 AS c;".utf8), cloud, connection)
            #expect(first["status"] == "active")
            let refused = try await connection.run(cloud, "SELECT 1")
            #expect(refused.status == 429 && refused.code == 7500)
            #expect(refused.text.contains("Currently processing a long-running import."))
            let second = try await connection.raw(cloud, "/export", ["output_format": "polling"])
            #expect(second.text.contains("Currently processing a long-running import."))
            await #expect(throws: DatabaseError.self) { try await cloud.database.rows("SELECT 1") }
            try other.runOwn("COMMIT")
            let answer = try await ended(first, cloud, connection)
            #expect(answer["status"] == "complete")
            #expect(try await connection.rows(cloud, "SELECT c FROM t") == [["c": 7]])
        }
    }

    static let content = """
        CREATE TABLE "odd ""name"(id INTEGER PRIMARY KEY AUTOINCREMENT, "s p" TEXT, r REAL, b BLOB, n);
        INSERT INTO "odd ""name" VALUES (5, 'it''s; "x"' || char(10) || '-- y', 0.1, x'00ff27', NULL);
        INSERT INTO "odd ""name" VALUES (9, 'a' || char(0) || 'b', 1e300, zeroblob(3), 9007199254740993);
        INSERT INTO "odd ""name" VALUES (10, '', 9e999, x'', -9e999);
        DELETE FROM "odd ""name" WHERE id = 10 AND 0; CREATE TABLE g(a INTEGER, b AS (a * 2) STORED);
        INSERT INTO g(a) VALUES (21); CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        INSERT INTO w VALUES ('ü', 'ok'); CREATE INDEX i ON g(a) WHERE a > 1; CREATE VIEW v AS SELECT a FROM g;
        CREATE TABLE later(x REFERENCES last(y));
        CREATE TABLE last(y PRIMARY KEY); INSERT INTO last VALUES ('ü'); INSERT INTO later VALUES ('ü');
        CREATE TRIGGER tr AFTER INSERT ON w BEGIN INSERT INTO g(a) VALUES (1); UPDATE g SET a = 2; END
        """

    /// Every table's content as literals, by which two databases are compared.
    private func literals(_ cloud: EmbeddedCloud, _ connection: RawConnection) async throws -> [JSONValue?] {
        var all: [JSONValue?] = []
        for sql in [
            "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name",
            #"SELECT id, hex("s p") h, typeof("s p") t, quote(r) r, hex(b) b, typeof(b) u, quote(n) n FROM "odd ""name""#,
            "SELECT a, b FROM g", "SELECT k, v FROM w", "SELECT x FROM later", "SELECT a FROM v",
            "SELECT name, seq FROM sqlite_sequence",
        ] { all.append(try await connection.rows(cloud, sql)) }
        return all
    }

    /// Asks for an export; the text of the dump.
    private func exported(
        _ options: JSONValue,
        _ cloud: EmbeddedCloud,
        _ connection: RawConnection
    ) async throws -> [UInt8] {
        let first = try await connection.ask(
            cloud,
            "/export",
            ["output_format": "polling", "dump_options": options]
        )
        let answer = try await ended(first, cloud, connection)
        #expect(answer["status"] == "complete" && answer["type"] == "export", "\(answer.canonicalText)")
        try await connection.send("GET \(try path(answer["result"]?["signed_url"])) HTTP/1.1\r\nHost: h\r\n\r\n")
        let file = try await connection.answer()
        #expect(file.status == 200 && file.isWhole)
        return file.body
    }

    @Test("An export imports to an equal database")
    func roundTrip() async throws {
        try await withCloud { cloud, connection in
            #expect(try await connection.run(cloud, Self.content).status == 200)
            let dump = try await exported([:], cloud, connection)
            let before = try await literals(cloud, connection)
            try await withCloud { other, connection in
                let answer = try await ended(try await importing(dump, other, connection), other, connection)
                #expect(answer["status"] == "complete", "\(answer.canonicalText)")
                #expect(try await literals(other, connection) == before)
                // The dump of the copy is the same text.
                #expect(try await exported([:], other, connection) == dump)
            }
        }
    }

    private static let hasShell = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/sqlite3") }

    @Test(
        "SQLite's own shell reads an export",
        .enabled(if: hasShell, "sqlite3 is not installed; the system's package of that name has it")
    )
    func shell() async throws {
        let folder = try TemporaryFolder()
        try await withCloud { cloud, connection in
            #expect(try await connection.run(cloud, Self.content).status == 200)
            _ = try await connection.results(cloud, Self.awkward)
            let dump = try await exported([:], cloud, connection)
            let file = try folder.write("dump.sql", dump)
            let shell = try await Subprocess.run(
                .name("sqlite3"),
                arguments: [
                    folder.path("copy.sqlite"), "-bail", ".read \(file)", "PRAGMA integrity_check",
                    "SELECT count(*), hex(max(\"s p\")), max(n) FROM \"odd \"\"name\"",
                    "SELECT sum(length(CAST(a AS BLOB))), sum(length(b)) FROM long",
                ],
                output: .string(limit: 1 << 20),
                error: .string(limit: 4096)
            )
            #expect(shell.terminationStatus.isSuccess, "\(shell.standardError)")
            #expect(
                shell.standardOutput
                    == "ok\n3|\(hexadecimal(Array("it's; \"x\"\n-- y".utf8)).uppercased())|9007199254740993\n600003|600000\n"
            )
        }
    }

    /// Statements that end in comments, text that is not UTF-8, and rows longer than a statement may be.
    static let awkward = """
        CREATE TABLE remark(a PRIMARY KEY) WITHOUT ROWID -- of the table
        ;
        CREATE VIEW remarks AS SELECT a FROM remark /* of the view */ -- and more
        ;
        INSERT INTO remark VALUES (CAST(X'61ff62' AS TEXT)), (CAST(X'6100ff' AS TEXT)), (CAST(X'c3' AS TEXT));
        CREATE TABLE ingot_dump_pieces(a);
        CREATE TABLE long(id INTEGER PRIMARY KEY, a TEXT NOT NULL CHECK (length(CAST(a AS BLOB)) > 300000), b BLOB, n INTEGER);
        INSERT INTO long SELECT 1, hex(zeroblob(150000)) || 'x', zeroblob(300000),
            replace(hex(zeroblob(60000)), '00', '1 ');
        INSERT INTO long SELECT 2, replace(hex(zeroblob(100000)), '00', 'ü"') || char(0) || 'x', randomblob(300000), 2;
        """

    @Test("Comments, text that is not UTF-8 and rows longer than a statement come back as they were")
    func awkwardContent() async throws {
        try await withCloud { cloud, connection in
            _ = try await connection.results(cloud, Self.awkward)
            _ = try await connection.results(cloud, "CREATE VIEW open AS SELECT 1 /* never closed")
            let schema = try await connection.rows(cloud, "SELECT sql FROM sqlite_schema WHERE name LIKE 'remark%'")
            #expect(schema?.canonicalText.contains("-- of the table") == true)
            #expect(schema?.canonicalText.contains("-- and more") == true)
            let dump = try await exported([:], cloud, connection)
            // The hosted import takes no longer statement.
            let longest = dump.split(separator: UInt8(ascii: "\n")).map(\.count).max() ?? 0
            #expect(longest > 80_000 && longest <= DatabaseLimits.bytesPerStatement)
            let queries = [
                "SELECT type, name FROM sqlite_schema ORDER BY name", "SELECT hex(a) h, typeof(a) t FROM remarks",
                "SELECT id, hex(a) a, typeof(a) ta, hex(b) b, typeof(b) tb, hex(n) n, typeof(n) tn FROM long",
            ]
            try await withCloud { other, copy in
                let answer = try await ended(try await importing(dump, other, copy), other, copy)
                #expect(answer["status"] == "complete", "\(answer.canonicalText)")
                for query in queries {
                    let before = try await connection.rows(cloud, query)
                    #expect(before?.arrayValue?.isEmpty == false)
                    #expect(try await copy.rows(other, query) == before, "\(query)")
                }
                #expect(try await exported([:], other, copy) == dump)
            }
        }
    }

    @Test("A row that no statement can hold fails the export, which names it")
    func rowOfLongNames() async throws {
        try await withCloud { cloud, connection in
            // The names alone nearly fill a statement.
            let names = (10..<100).map { "\"\($0)\(String(repeating: "n", count: 1103))\"" }
            _ = try await connection.results(cloud, "CREATE TABLE wide(\(names.joined(separator: ",")))")
            _ = try await connection.results(cloud, "INSERT INTO wide(\(names[0])) VALUES (1)")
            let first = try await connection.ask(cloud, "/export", ["output_format": "polling"])
            let answer = try await ended(first, cloud, connection)
            #expect(answer["status"] == "error")
            #expect(answer["error"]?.stringValue?.contains("row 1 of the table wide does not fit") == true)
            #expect(try await connection.run(cloud, "SELECT 1").status == 200, "it answers again")
        }
    }

    static let endless = """
        CREATE TABLE t(a);
        INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;
        """

    @Test("An import's statement may take no longer than a call")
    func endlessStatement() async throws {
        try await withCloud(callTimeLimit: .milliseconds(300)) { cloud, connection in
            let sql = Array(Self.endless.utf8)
            let answer = try await ended(try await importing(sql, cloud, connection), cloud, connection)
            #expect(answer["status"] == "error")
            #expect(answer["error"]?.stringValue?.hasPrefix("statement 2: D1 DB storage operation exceeded") == true)
            #expect(try await connection.rows(cloud, "SELECT count(*) n FROM sqlite_schema") == [["n": 0]])
        }
    }

    @Test("The stores' end ends an import that would run for ever, and leaves nothing of it", .timeLimit(.minutes(10)))
    func stopping() async throws {
        let folder = try TemporaryFolder()
        let limits = BulkTransfers.Limits(patience: .zero)
        // Returns only when the stores have ended.
        try await withCloud(limits: limits, callTimeLimit: .seconds(3600), folder: folder) { cloud, connection in
            let answer = try await importing(Array(Self.endless.utf8), cloud, connection)
            #expect(answer["status"] == "active")
        }
        let database = try EmbeddedDatabase(path: folder.path("store/d1/ingot.sqlite"))
        #expect(try await database.rows("SELECT count(*) n FROM sqlite_schema").first?.values == [0])
    }

    @Test("A transfer that the stores' end finds waiting, or that comes after it, blocks nothing")
    func stopped() async throws {
        let folder = try TemporaryFolder()
        let database = try EmbeddedDatabase(path: folder.path("d.sqlite"))
        let transfers = try BulkTransfers(
            folder: folder.path("transfers"),
            database: database,
            limits: BulkTransfers.Limits(patience: .zero)
        )
        let waiting = try await transfers.export(DumpOptions(), bookmark: nil, base: "")
        #expect(waiting["status"] == "active")
        await #expect(throws: DatabaseError.self) { try await database.rows("SELECT 1") }
        // A cancelled loop may take no job at all.
        let running = Task { await transfers.run() }
        running.cancel()
        await running.value
        transfers.stop()
        let bookmark = try #require(waiting["at_bookmark"]?.stringValue)
        let ended = try await transfers.export(DumpOptions(), bookmark: bookmark, base: "")
        #expect(ended["status"] != "active")
        #expect(try await database.rows("SELECT 1 a").count == 1)
        let error = await #expect(throws: DatabaseError.self) {
            try await transfers.export(DumpOptions(), bookmark: nil, base: "")
        }
        #expect(error?.message == "The stores were stopped before the end.")
        #expect(try await database.rows("SELECT 1 a").count == 1)
    }

    @Test("Any number of exports and uploads may follow each other, and only a few files stay")
    func many() async throws {
        let folder = try TemporaryFolder()
        try await withCloud(folder: folder) { cloud, connection in
            var addresses: [Substring] = []
            for _ in 0..<20 {
                let first = try await connection.ask(cloud, "/export", ["output_format": "polling"])
                addresses.append(try path(try await ended(first, cloud, connection)["result"]?["signed_url"]))
            }
            for (index, address) in addresses.enumerated() {
                try await connection.send("GET \(address) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try await connection.answer().status == (index < 16 ? 404 : 200))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("store/d1/transfers")).count == 4)

            let begin: JSONValue = ["action": "init", "etag": .string(md5([1]))]
            let asked = try await connection.ask(cloud, "/import", begin)
            #expect(try await connection.ask(cloud, "/import", begin) == asked, "one address for one file")
            for index in UInt8(2)..<30 {
                let begun = try await connection.ask(
                    cloud,
                    "/import",
                    ["action": "init", "etag": .string(md5([index]))]
                )
                #expect(begun["upload_url"] != nil)
            }
            for number in 0..<20 {
                let sql = Array("SELECT \(number);".utf8)
                let answer = try await ended(try await importing(sql, cloud, connection), cloud, connection)
                #expect(answer["status"] == "complete")
            }
        }
    }

    @Test("The address of an upload ends when the file has come")
    func usedAddress() async throws {
        try await withCloud { cloud, connection in
            let sql = Array("SELECT 1;".utf8)
            let begun = try await connection.ask(cloud, "/import", ["action": "init", "etag": .string(md5(sql))])
            let path = try path(begun["upload_url"])
            for status in [200, 404] {
                let connection = try await RawConnection(port: cloud.databasePort)
                let head = "PUT \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(sql.count)\r\n\r\n"
                try await connection.send(Array(head.utf8) + sql)
                #expect(try await connection.answer().status == status)
            }
        }
    }

    @Test("An export holds what its options ask for")
    func options() async throws {
        try await withCloud { cloud, connection in
            #expect(try await connection.run(cloud, Self.content).status == 200)
            func text(_ options: JSONValue) async throws -> String {
                String(decoding: try await exported(options, cloud, connection), as: UTF8.self)
            }
            let schema = try await text(["no_data": true])
            #expect(
                schema.contains("CREATE TABLE g") && schema.contains("CREATE VIEW v")
                    && !schema.contains("INSERT INTO \"")
            )
            let data = try await text(["no_schema": true])
            #expect(data.contains("INSERT INTO \"g\"") && !data.contains("CREATE"))
            let tables = try await text(["tables": ["g"]])
            #expect(tables.contains("CREATE TABLE g") && tables.contains("CREATE INDEX i"))
            #expect(!tables.contains("INSERT INTO \"w\"") && !tables.contains("VIEW"))
            for body: JSONValue in [
                [:], ["output_format": "file"], ["output_format": "polling", "dump_options": ["no_data": 1]],
                ["output_format": "polling", "dump_options": ["tables": [1]]],
            ] {
                let answer = try await connection.raw(cloud, "/export", body)
                #expect(answer.status == 400 && answer.code == 7400)
            }
        }
    }

    @Test("A database with virtual tables is not exported, and the address of an export expires")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        try await withCloud(limits: BulkTransfers.Limits(linkLifetime: .zero), folder: folder) { cloud, connection in
            #expect(try await connection.run(cloud, "CREATE TABLE t(a)").status == 200)
            let first = try await connection.ask(cloud, "/export", ["output_format": "polling"])
            let answer = try await ended(first, cloud, connection)
            try await connection.send("GET \(try path(answer["result"]?["signed_url"])) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await connection.answer().status == 404)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("store/d1/transfers")).isEmpty)

            #expect(try await connection.run(cloud, "CREATE VIRTUAL TABLE f USING fts5(a)").status == 200)
            let refused = try await connection.ask(cloud, "/export", ["output_format": "polling"])
            let error = try await ended(refused, cloud, connection)["error"]?.stringValue
            #expect(error == "D1 Export error: cannot export databases with Virtual Tables (fts5)")
            #expect(try await connection.run(cloud, "SELECT 1").status == 200, "it answers again")
        }
        // What an earlier process left is gone at the next start.
        try folder.write("store/d1/transfers/left.part", "x")
        try await withCloud(folder: folder) { cloud, connection throws in
            #expect(try await connection.run(cloud, "SELECT 1").status == 200)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("store/d1/transfers")).isEmpty)
        }
    }

    @Test("Time travel is refused as what it is, not there")
    func timeTravel() async throws {
        try await withCloud { cloud, connection in
            let restore = try await connection.raw(cloud, "/time_travel/restore?bookmark=1", [:])
            #expect(restore.status == 501 && restore.text.contains("Time travel is not implemented here"))
            let call = cloud.databaseCall("", action: "/time_travel/bookmark")
            try await connection.send(call.replacing("POST ", with: "GET ", maxReplacements: 1))
            #expect(try await connection.answer().status == 501)
        }
    }
}

extension RawConnection {
    fileprivate func raw(_ cloud: EmbeddedCloud, _ action: String, _ body: JSONValue) async throws -> RawAnswer {
        try await send(cloud.databaseCall(body.canonicalText, action: action))
        return try await answer()
    }

    /// The result of a call that has to go well.
    fileprivate func ask(_ cloud: EmbeddedCloud, _ action: String, _ body: JSONValue) async throws -> JSONValue {
        let answer = try await raw(cloud, action, body)
        #expect(answer.status == 200, "\(answer.text.prefix(300))")
        return try #require(JSONParser.parse(answer.body)["result"])
    }
}
