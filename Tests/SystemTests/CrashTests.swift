import AsyncHTTPClient
import Crypto
import FoundationEssentials
import IngotCore
import IngotS3
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// `INGOT_KILLS` says how often the gateway is killed, `INGOT_SEED` which moments and writes are chosen, and
/// `INGOT_BIN` where other executables lie than those of this build.
@Suite(
    "Kills at any moment",
    .fillsTheMachine,
    .enabled(if: SQLiteShell.path != nil, "the program sqlite3 is not installed")
)
struct CrashTests {
    @Test("What the stores acknowledged is there after a kill, and nothing else", .timeLimit(.minutes(60)))
    func kills() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["INGOT_KILLS"].flatMap { Int($0) } ?? 10
        var random = SeededRandom(seed: environment["INGOT_SEED"].flatMap { UInt64($0) } ?? 1)
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        var rows = (0..<4).map { RowWriter(number: $0, seed: random.next()) }
        var objects = (0..<4).map { ObjectWriter(number: $0, seed: random.next()) }
        let start = ContinuousClock.now
        for round in 0...rounds {
            let moment = Duration.milliseconds(Int64.random(in: 0...700, using: &random))
            (rows, objects) = try await ServedStores.run(data: data) { [rows, objects] server in
                let client = try StoreClient(data: data)
                do {
                    let found = try await client.check(rows, objects)
                    try await ServedStores.checkFiles(data: data)
                    // The last start only looks at what the last kill left.
                    let written = round == rounds ? found : await client.write(found, killing: server, after: moment)
                    try await client.close()
                    return written
                } catch {
                    try? await client.close()
                    throw error
                }
            }
        }
        let acknowledged = (rows.map(\.acknowledgements) + objects.map(\.acknowledgements)).reduce(0, +)
        #expect(acknowledged > rounds, "the writers got nothing done")
        let unanswered = (rows.map(\.unanswered) + objects.map(\.unanswered)).reduce(0, +)
        #expect(unanswered > 0 || rounds == 0, "no kill met a write")
        print(
            "\(rounds) kills: \(rows.map(\.acknowledgements).reduce(0, +)) batches of rows and "
                + "\(objects.map(\.acknowledgements).reduce(0, +)) puts and deletions of objects acknowledged, "
                + "\(unanswered) unanswered, \(rows.map(\.ledger.known.count).reduce(0, +)) rows and "
                + "\(objects.map(\.ledger.known.count).reduce(0, +)) objects at the end, "
                + "\((ContinuousClock.now - start).components.seconds) s"
        )
    }
}

/// What one writer knows of its keys: what was acknowledged, and what was asked for and never answered.
private struct Ledger: Sendable {
    /// The version that was acknowledged last; deleted keys are not in here.
    private(set) var known: [String: Int] = [:]
    /// The changes of the call that was not answered, `nil` for a deletion.
    private(set) var open: [String: Int?]?

    mutating func begin(_ changes: [String: Int?]) { open = changes }

    mutating func acknowledge() {
        for (key, version) in open ?? [:] { known[key] = version }
        open = nil
    }

    /// What has to be there when the open call took place.
    private var afterwards: [String: Int] {
        var state = known
        for (key, version) in open ?? [:] { state[key] = version }
        return state
    }

    /// Holds what is there against what has to be: all of the open call or nothing of it.
    mutating func settle(_ found: [String: Int], _ what: String) {
        if found == afterwards {
            acknowledge()
        } else {
            open = nil
            for (key, version) in known where found[key] != version {
                Issue.record("\(what) \(key): version \(version) was acknowledged, found \(found[key] ?? -1)")
            }
            for key in found.keys where known[key] == nil { Issue.record("\(what) \(key) was deleted, or never there") }
            known = found
        }
    }
}

/// Writes rows: three in one transaction, new ones, changed ones and deleted ones.
private struct RowWriter: Sendable {
    let number: Int
    var ledger = Ledger()
    var acknowledgements = 0
    var unanswered = 0
    private var random: SeededRandom
    private var version = 0

    init(number: Int, seed: UInt64) {
        self.number = number
        random = SeededRandom(seed: seed)
    }

    /// A row's content follows from its key and version, so any other is a broken row.
    static func content(_ key: String, _ version: Int) -> String {
        String(repeating: "\(key)/\(version);", count: 1 + (key.utf8.count * 31 + version * 7) % 150)
    }

    mutating func run(_ client: StoreClient) async {
        while !Task.isCancelled {
            version += 1
            var changes: [String: Int?] = [:]
            var batch: [JSONValue] = []
            while changes.count < 3 {
                let key = "\(number)-\(Int.random(in: 0..<1500, using: &random))"
                guard changes[key] == nil else { continue }
                if ledger.known[key] != nil, Int.random(in: 0..<3, using: &random) == 0 {
                    changes[key] = .some(nil)
                    batch.append(["sql": "DELETE FROM crash_rows WHERE id = ?1", "params": [.string(key)]])
                } else {
                    changes[key] = version
                    batch.append([
                        "sql": """
                        INSERT INTO crash_rows VALUES (?1, ?2, ?3)
                        ON CONFLICT(id) DO UPDATE SET version = excluded.version, content = excluded.content
                        """,
                        "params": [
                            .string(key), .integer(Int64(version)), .string(Self.content(key, version)),
                        ],
                    ])
                }
            }
            ledger.begin(changes)
            do {
                let answer = try await client.call("/query", ["batch": .array(batch)])
                #expect(answer["success"] == true, "\(answer.canonicalText.prefix(300))")
                ledger.acknowledge()
                acknowledgements += 1
            } catch {
                unanswered += 1
                return
            }
        }
    }
}

/// Puts, replaces and deletes objects, one at a time.
private struct ObjectWriter: Sendable {
    let number: Int
    var ledger = Ledger()
    var acknowledgements = 0
    var unanswered = 0
    private var random: SeededRandom
    private var version = 0

    init(number: Int, seed: UInt64) {
        self.number = number
        random = SeededRandom(seed: seed)
    }

    /// An object's content follows from its key and version, and begins with them.
    static func content(_ key: String, _ version: Int) -> [UInt8] {
        var random = SeededRandom(seed: UInt64(version) &* 1_000_003 &+ UInt64(key.utf8.count))
        var bytes = Array("\(key)/\(version);".utf8)
        let size = Int.random(in: 0..<60_000, using: &random)
        while bytes.count < size { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    mutating func run(_ client: StoreClient) async {
        while !Task.isCancelled {
            version += 1
            let key = "\(number)/\(Int.random(in: 0..<40, using: &random))"
            let deletes = ledger.known[key] != nil && Int.random(in: 0..<3, using: &random) == 0
            ledger.begin([key: deletes ? nil : version])
            do {
                if deletes {
                    try await client.objects.delete([key])
                } else {
                    let bytes = Self.content(key, version)
                    let body = ObjectBody(bytes: bytes, sha256: hexadecimal(SHA256.hash(data: bytes)))
                    try await client.objects.put(key, body, contentType: "text/plain", onlyIfAbsent: false)
                }
                ledger.acknowledge()
                acknowledgements += 1
            } catch {
                unanswered += 1
                return
            }
        }
    }
}

/// The clients of both stores, opened with what the store's own file says.
private struct StoreClient: Sendable {
    let objects: S3Client
    private let http: HTTPClient
    private let url: String
    private let token: Secret

    init(data: String) throws {
        let identity = try JSONValue(parsing: WholeFile.bytes("\(data)/\(ServedStores.folder)/embedded.json"))
        func text(_ name: String) throws -> String { try #require(identity[name]?.stringValue) }
        let settings = try StorageSettings(
            accountID: try text("account_id"),
            databaseID: try text("database_id"),
            databaseToken: Secret(try text("database_token")),
            databaseBaseURL: "http://127.0.0.1:\(try #require(identity["database_port"]?.integerValue))/client/v4",
            accessKeyID: try text("access_key_id"),
            secretAccessKey: Secret(try text("secret_access_key")),
            bucket: try text("bucket"),
            objectEndpoint: "http://127.0.0.1:\(try #require(identity["object_port"]?.integerValue))"
        )
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)
        self.http = http
        url = "\(settings.databaseBaseURL)/accounts/\(settings.accountID)/d1/database/\(settings.databaseID)"
        token = settings.databaseToken
        // Without another attempt: each call is acknowledged or it is not.
        let once = RetryPolicy(maximumAttempts: 1, firstDelay: .zero, maximumDelay: .zero)
        objects = S3Client(
            settings: settings,
            httpClient: http,
            logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() },
            configuration: S3Client.Configuration(retry: once, deadline: .seconds(60))
        )
    }

    func close() async throws { try await http.shutdown() }

    func call(_ action: String, _ body: JSONValue) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url + action)
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(token.revealed)")
        request.body = .bytes(body.canonicalBytes)
        let response = try await http.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return try JSONParser.parse(Array(bytes.readableBytesView))
    }

    /// Lets all writers work until the server is killed under them.
    func write(_ writers: Writers, killing server: ServedStores, after moment: Duration) async -> Writers {
        async let rows = atOnce(writers.rows) { await $0.run(self) }
        async let objects = atOnce(writers.objects) { await $0.run(self) }
        // The kill comes at any moment, so there is no event to wait for.
        try? await Task.sleep(for: moment)
        server.kill()
        return await (rows, objects)
    }

    private func atOnce<Writer: Sendable>(
        _ writers: [Writer],
        _ work: @escaping @Sendable (inout Writer) async -> Void
    ) async -> [Writer] {
        await withTaskGroup(of: (Int, Writer).self) { group in
            for (index, writer) in writers.enumerated() {
                group.addTask {
                    var writer = writer
                    await work(&writer)
                    return (index, writer)
                }
            }
            var done = writers
            for await (index, writer) in group { done[index] = writer }
            return done
        }
    }

    // MARK: - Checks

    /// Reads everything and holds it against what the writers know.
    func check(_ rows: [RowWriter], _ objects: [ObjectWriter]) async throws -> Writers {
        let made = try await call(
            "/query",
            [
                "sql": """
                CREATE TABLE IF NOT EXISTS crash_rows(id TEXT PRIMARY KEY, version INTEGER NOT NULL, content TEXT)
                """
            ]
        )
        #expect(made["success"] == true, "\(made.canonicalText.prefix(300))")
        var (rows, objects) = (rows, objects)
        let foundRows = try await foundRows()
        for index in rows.indices { rows[index].ledger.settle(foundRows[index] ?? [:], "row") }
        let foundObjects = try await foundObjects()
        for index in objects.indices { objects[index].ledger.settle(foundObjects[index] ?? [:], "object") }
        return (rows, objects)
    }

    /// The versions of the rows that are there, by writer and key.
    private func foundRows() async throws -> [Int: [String: Int]] {
        let answer = try await call("/raw", ["sql": "SELECT id, version, content FROM crash_rows"])
        let result = try #require(answer["result"]?.arrayValue?.first?["results"]?["rows"]?.arrayValue)
        var found: [Int: [String: Int]] = [:]
        for row in result {
            let values = try #require(row.arrayValue)
            let key = try #require(values[0].stringValue)
            let version = Int(try #require(values[1].integerValue))
            #expect(values[2].stringValue == RowWriter.content(key, version), "row \(key) is broken")
            found[try #require(Int(key.prefix { $0 != "-" })), default: [:]][key] = version
        }
        return found
    }

    /// The versions of the objects that are there, by writer and key.
    private func foundObjects() async throws -> [Int: [String: Int]] {
        var found: [Int: [String: Int]] = [:]
        var token: String?
        repeat {
            let page = try await objects.list(prefix: "", after: token)
            for info in page.objects {
                let bytes = try await objects.get(info.key, range: nil, limit: 1 << 20)
                let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
                let version = try #require(text.split(separator: "/").last.flatMap { Int($0) })
                #expect(bytes == ObjectWriter.content(info.key, version), "object \(info.key) is broken")
                found[try #require(Int(info.key.prefix { $0 != "/" })), default: [:]][info.key] = version
            }
            token = page.next
        } while token != nil
        return found
    }
}

private typealias Writers = (rows: [RowWriter], objects: [ObjectWriter])

/// An `ingot serve` process whose embedded stores are tried.
private struct ServedStores: Sendable {
    let kill: @Sendable () -> Void

    /// Starts the process, runs the body when the stores are ready, and returns when the process has ended.
    static func run<Value: Sendable>(
        data: String,
        _ body: @escaping @Sendable (ServedStores) async throws -> Value
    ) async throws -> Value {
        let folder = ProcessInfo.processInfo.environment["INGOT_BIN"]
        let executable = folder.map { "\($0)/ingot" } ?? BuiltProducts.path("ingot")
        let outcome = try await Subprocess.run(
            .path(FilePath(executable)),
            arguments: ["serve", "--port", "0", "--data", data],
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            let result: Result<Value, any Error>
            do {
                var lines = execution.standardOutput.strings().makeAsyncIterator()
                let first = try #require(await lines.next(), "the gateway does not start on what a kill left")
                try #require(first.hasPrefix("listening on "))
                result = .success(try await body(ServedStores { try? execution.send(signal: .kill) }))
            } catch {
                result = .failure(error)
            }
            try? execution.send(signal: .kill)
            return result
        }
        return try outcome.closureResult.get()
    }

    /// Looks at the files of both stores with the programs of others.
    static func checkFiles(data: String) async throws {
        let store = "\(data)/\(folder)"
        for file in ["d1/ingot.sqlite", "r2/ingot/index.sqlite"] {
            #expect(try await SQLiteShell.query("PRAGMA integrity_check", in: "\(store)/\(file)") == "ok\n", "\(file)")
        }
        let indexed = try await SQLiteShell.query(
            "SELECT body FROM objects ORDER BY body",
            in: "\(store)/r2/ingot/index.sqlite"
        )
        let bodies = try FileManager.default.contentsOfDirectory(atPath: "\(store)/r2/ingot/bodies").sorted()
        #expect(indexed.split(separator: "\n").map(String.init) == bodies, "files that no object has, or none")
    }

    /// Where the embedded stores lie in the data folder.
    static let folder = "stores"
}
