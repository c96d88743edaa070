import AsyncHTTPClient
import IngotCore
import IngotD1
import IngotEmbedded
import IngotTesting
import Logging
import Testing

@Suite("Bulk writes", .timeLimit(.minutes(10)))
struct BulkWriteTests {
    private static let table = Statement(
        "CREATE TABLE files(key TEXT PRIMARY KEY, num TEXT, heading TEXT, size INTEGER)"
    )

    private struct File {
        var key: String
        var heading = "A heading of usual length"
        var size: Int64 = 42
    }

    private static let write = BulkWrite(tables: [["key", "num", "heading", "size"]]) { tables in
        tables.compactMap { $0 }.map { rows in
            Statement(
                """
                INSERT INTO files (key, num, heading, size) SELECT r.key, r.num, r.heading, r.size
                FROM \(rows.expression(from: 1)) AS r WHERE true ON CONFLICT (key) DO NOTHING
                """,
                rows.parameters
            )
        }
    }

    private func encode(_ file: File) throws -> BulkRow {
        let values: [SQLValue] = [.text(file.key), 7, .text(file.heading), .integer(file.size)]
        return BulkRow(name: file.key, records: [try JSONRows.record(values, row: file.key)])
    }

    private func files(_ count: Int) -> [File] { (0..<count).map { File(key: "/us/usc/t\($0 % 54)/s\($0)") } }

    private func client(_ settings: StorageSettings) -> D1Client {
        D1Client(
            settings: settings,
            httpClient: .shared,
            logger: .silent,
            configuration: D1Client.Configuration(
                retry: RetryPolicy(maximumAttempts: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(10))
            )
        )
    }

    @Test("Sixty thousand rows take a few calls, and none of them changes")
    func few() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            try await client.run(Self.table)
            try await client.write(files(60_000), by: Self.write, encode: encode)
            #expect(client.callCount < 10)
            let row = try #require(
                try await client.rows(
                    "SELECT count(*) n, min(typeof(size)) t, min(num) a, max(num) b FROM files"
                ).first
            )
            #expect(row.values == [60_000, "integer", "7", "7"])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var status: String
        var body: String
        var testDescription: String { "\(status) \(body.prefix(90))" }

        init(_ status: String, _ body: String) { (self.status, self.body) = (status, body) }

        init(message: String, status: String = "400 Bad Request") {
            self.init(
                status,
                #"{"success":false,"errors":[{"code":7500,"message":"\#(message)"}],"messages":[],"result":[]}"#
            )
        }

        var answer: String {
            "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
        }
    }

    static let refusals: [Refusal] = [
        Refusal("413 Payload Too Large", "<html>413</html>"),
        Refusal(message: "string or blob too big: SQLITE_TOOBIG"),
        Refusal(message: "D1 DB's isolate exceeded its memory limit and was reset."),
        Refusal(message: "D1 DB exceeded its CPU time limit and was reset.", status: "500 Internal Server Error"),
        Refusal(message: "D1 DB storage operation exceeded timeout which caused object to be reset."),
    ]

    @Test("What the server refuses as too large goes in halves, and each row arrives once", arguments: refusals)
    func splits(_ refusal: Refusal) async throws {
        try await withEmbeddedCloud { cloud in
            let (server, settings) = try await narrow(cloud.settings, limit: 20_000, refusal)
            let client = client(settings)
            try await client.run(Self.table)
            let files = files(3000)
            try await client.write(files, by: Self.write, encode: encode)
            let keys = try await cloud.database.rows("SELECT key FROM files").map { try $0.string("key") }
            #expect(Set(keys) == Set(files.map(\.key)) && keys.count == files.count)
            // 3000 rows are about 180,000 bytes: a call of all, of half of them and so on, and then only such that fit.
            #expect((3...8).contains(server.refused))
            #expect((9...25).contains(server.passed))
            try await server.close()
        }
    }

    @Test("A single row that is refused is named, and the rows before it are there")
    func refusedRow() async throws {
        try await withEmbeddedCloud { cloud in
            let (server, settings) = try await narrow(cloud.settings, limit: 20_000, Self.refusals[0])
            let client = client(settings)
            try await client.run(Self.table)
            var files = files(10)
            files[7].heading = String(repeating: "x", count: 30_000)
            let error = await #expect(throws: DatabaseError.self) {
                try await client.write(files, by: Self.write, encode: encode)
            }
            #expect(error?.kind == .tooLarge)
            #expect(error?.message.contains("row \(files[7].key) cannot be written, not even alone") == true)
            let keys = try await cloud.database.rows("SELECT key FROM files").map { try $0.string("key") }
            #expect(Set(keys).isSuperset(of: files[..<7].map(\.key)) && !keys.contains(files[7].key))
            try await server.close()
        }
    }

    @Test("A batch is one transaction and never split")
    func batchIsNotSplit() async throws {
        try await withEmbeddedCloud { cloud in
            let (server, settings) = try await narrow(cloud.settings, limit: 1000, Self.refusals[0])
            let client = client(settings)
            try await client.run(Self.table)
            let statement = Statement(
                "INSERT INTO files (key) VALUES (?1)",
                [.text(String(repeating: "x", count: 600))]
            )
            let error = await #expect(throws: DatabaseError.self) {
                try await client.batch([statement, statement], isIdempotent: true)
            }
            #expect(error?.kind == .tooLarge)
            #expect(server.refused == 1 && client.callCount == 2)
            #expect(try await cloud.database.rows("SELECT key FROM files").isEmpty)
            try await server.close()
        }
    }

    @Test("A row whose JSON no parameter holds goes alone, and its values arrive as they are")
    func longRow() async throws {
        try await withEmbeddedCloud { cloud in
            let heading = String(repeating: "\"", count: 1_500_000)
            let files = [File(key: "a"), File(key: "b", heading: heading, size: .max), File(key: "c")]
            let databases: [any Database] = [client(cloud.settings), cloud.database]
            for database in databases {
                let narrow = NarrowDatabase(database)
                try await narrow.run(Statement("DROP TABLE IF EXISTS files"))
                try await narrow.run(Self.table)
                try await narrow.write(files, by: Self.write, encode: encode)
                #expect(narrow.calls.count == 5)
                let rows = try await database.rows(
                    """
                    SELECT key, num, length(heading) AS length, trim(heading, '"') AS rest, typeof(size) AS type,
                        CAST(size AS TEXT) AS size FROM files WHERE key = 'b'
                    """
                )
                let row = try #require(rows.first)
                #expect(try row.integer("length") == 1_500_000 && row.string("rest").isEmpty)
                #expect(try row.string("num") == "7" && row.string("type") == "integer")
                #expect(try row.digits("size") == .max)
            }
        }
    }

    @Test("A row over the database's bound is named before anything of it is sent")
    func tooLongRow() async throws {
        let folder = try TemporaryFolder()
        let database = NarrowDatabase(try EmbeddedDatabase(path: folder.path("d1.sqlite")))
        try await database.run(Self.table)
        let long = File(key: "b", heading: String(repeating: "x", count: 2_000_000))
        let error = await #expect(throws: RowTooLarge.self) {
            try await database.write([File(key: "a"), long], by: Self.write, encode: encode)
        }
        #expect(error?.row == "b")
        #expect(error?.description.contains("row b takes") == true)
        #expect(database.calls.count == 2)
    }

    @Test("Calls are filled up to their bytes, and stay below a size that was refused")
    func sizes() async throws {
        let folder = try TemporaryFolder()
        let real = try EmbeddedDatabase(path: folder.path("d1.sqlite"))
        try await real.run(Self.table)
        let wide = NarrowDatabase(real)
        try await wide.write(files(60_000), by: Self.write, encode: encode)
        // All but the last one are nearly full.
        #expect(wide.calls.dropLast().allSatisfy { (1_799_000...1_801_000).contains($0.bytes) })
        try await real.run(Statement("DELETE FROM files"))
        let narrow = NarrowDatabase(real, bytesPerCall: 500_000)
        try await narrow.write(files(60_000), by: Self.write, encode: encode)
        #expect(try await real.rows("SELECT count(*) n FROM files").first?.integer("n") == 60_000)
        // 1,800,000 and half of that are refused, and no call after them.
        #expect(narrow.calls.map(\.wasRefused).prefix(3) == [true, true, false])
        #expect(narrow.calls.count(where: \.wasRefused) == 2)
        #expect(narrow.calls.count < 15)
    }

    @Test("A cancelled write makes no more calls")
    func cancellation() async throws {
        let folder = try TemporaryFolder()
        let database = NarrowDatabase(try EmbeddedDatabase(path: folder.path("d1.sqlite")))
        try await database.run(Self.table)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await database.write(files(10), by: Self.write, encode: encode)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(database.calls.count == 1)
    }

    @Test("No rows make no call")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let database = NarrowDatabase(try EmbeddedDatabase(path: folder.path("d1.sqlite")))
        try await database.write([File](), by: Self.write, encode: encode)
        #expect(database.calls.isEmpty)
    }

    private func narrow(
        _ settings: StorageSettings,
        limit: Int,
        _ refusal: Refusal
    ) async throws -> (NarrowServer, StorageSettings) {
        let port = try #require(
            settings.databaseBaseURL.split(separator: ":").last?.prefix { $0 != "/" }
        )
        let server = try await NarrowServer(
            before: try #require(Int(port)),
            limit: limit,
            refusal: refusal.answer
        )
        var narrow = settings
        narrow.databaseBaseURL = settings.databaseBaseURL.split(separator: ":\(port)").joined(
            separator: ":\(server.port)"
        )
        return (server, narrow)
    }
}
