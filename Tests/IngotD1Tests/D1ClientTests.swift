import AsyncHTTPClient
import IngotCore
import IngotD1
import IngotEmbedded
import IngotTesting
import Logging
import Testing

private let quick = D1Client.Configuration(
    retry: RetryPolicy(maximumAttempts: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(10))
)

private func client(
    _ settings: StorageSettings,
    _ configuration: D1Client.Configuration = quick
) -> D1Client {
    D1Client(settings: settings, httpClient: .shared, logger: .silent, configuration: configuration)
}

@Suite("The D1 client against the embedded D1")
struct D1ClientTests {
    @Test("Values come back as they do in process")
    func sameAsInProcess() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            let statements = [
                Statement("CREATE TABLE t(i INTEGER, r REAL, s TEXT, n, b BLOB)"),
                Statement(
                    "INSERT INTO t VALUES (?1, ?2, ?3, ?1, ?4), (NULL, 2.0, '', 9007199254740993, x'')",
                    [42, .real(2.5), "ü\"\\\n\u{1}😀\u{2028}", .blob([0, 255])]
                ),
                Statement("SELECT *, s AS i FROM t"),
                Statement("SELECT 1 AS one WHERE false"),
            ]
            let remote = try await client.batch(statements, isIdempotent: false)
            #expect(remote[1].changes == 2)
            #expect(remote[2].columns == ["i", "r", "s", "n", "b", "i"])
            #expect(remote[2].rows[0].prefix(3) == [42, .real(2.5), "ü\"\\\n\u{1}😀\u{2028}"])
            for query in statements[2...] {
                var local = try await cloud.database.run(query)
                let answer = try await client.run(query)
                // Over HTTP, too, a query without rows tells its columns.
                if local.rows.isEmpty { local.columns = answer.columns }
                #expect(answer == local)
            }
            #expect(client.callCount == 3)
        }
    }

    @Test("Integers that a double cannot hold and calls that are too large are refused before they are sent")
    func refusesBeforeSending() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            let tooLarge: [[Statement]] = [
                [Statement("SELECT ?1", [.integer(1 << 53 + 1)])],
                Array(repeating: Statement("SELECT 1"), count: 101),
                Array(repeating: Statement("SELECT ?1", [.text(String(repeating: "x", count: 1_500_000))]), count: 3),
            ]
            for statements in tooLarge {
                let error = await #expect(throws: DatabaseError.self) {
                    try await client.batch(statements, isIdempotent: true)
                }
                #expect(error?.kind == .statement)
            }
            #expect(client.callCount == 0)
        }
    }

    @Test("Refusals name their kind and what to check")
    func refusals() async throws {
        try await withEmbeddedCloud { cloud in
            func failure(_ change: (inout StorageSettings) -> Void) async -> DatabaseError? {
                var settings = cloud.settings
                change(&settings)
                let other = client(settings)
                return await #expect(throws: DatabaseError.self) { try await other.run(Statement("SELECT 1")) }
            }
            let token = await failure { $0.databaseToken = Secret("wrong-token-text") }
            #expect(token?.kind == .access && token?.code == 10000)
            #expect(token?.description.contains("wrong-token-text") == false)
            #expect(await failure { $0.accountID = String(repeating: "0", count: 32) }?.code == 7403)
            let database = await failure { $0.databaseID = "00000000-0000-4000-8000-000000000000" }
            #expect(database?.kind == .notFound && database?.code == 7404)
            #expect(await failure { $0.databaseID = "x" }?.code == 7400)
            let right = client(cloud.settings)
            let syntax = await #expect(throws: DatabaseError.self) { try await right.run(Statement("SELEC 1")) }
            #expect(syntax?.kind == .statement)
            #expect(syntax?.message == #"near "SELEC": syntax error at offset 0: SQLITE_ERROR"#)
            try await right.run(Statement("CREATE TABLE t(id INTEGER PRIMARY KEY)"))
            try await right.run(Statement("INSERT INTO t VALUES (1)"))
            let constraint = await #expect(throws: DatabaseError.self) {
                try await right.run(Statement("INSERT INTO t VALUES (1)"))
            }
            #expect(constraint?.kind == .constraint && constraint?.code == 7500)
        }
    }

    @Test(
        "Passing failures are overcome when the call may run twice",
        arguments: [
            FaultPlan.Fault.internalError, .overloaded, .gatewayTimeout, .dropBefore, .dropAfter, .truncatedBody,
            .rateLimited(retryAfterSeconds: 0),
        ]
    )
    func retries(_ fault: FaultPlan.Fault) async throws {
        try await withEmbeddedCloud(faults: FaultPlan(database: .init(first: [fault, fault]))) { cloud in
            let client = client(cloud.settings)
            _ = try await client.batch(
                [
                    Statement("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY)"),
                    Statement("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"),
                ],
                isIdempotent: true
            )
            #expect(try await cloud.database.rows("SELECT * FROM t").count == 1)
            #expect(client.callCount == 3)
        }
    }

    @Test("A call that may not run twice is not repeated after its answer was lost")
    func doesNotRepeat() async throws {
        let plan = FaultPlan(database: .init(first: [nil, .dropAfter]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            try await client.run(Statement("CREATE TABLE t(a INTEGER)"))
            let error = await #expect(throws: DatabaseError.self) {
                try await client.run(Statement("INSERT INTO t VALUES (1)"), isIdempotent: false)
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("unknown") == true)
            // It was committed, once.
            #expect(try await cloud.database.rows("SELECT * FROM t").count == 1)
            #expect(client.callCount == 2)
        }
    }

    @Test("A rate limit is waited out even for calls that may not run twice, because nothing ran")
    func rateLimitIsARefusal() async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: 0)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            try await client.run(Statement("CREATE TABLE t(a INTEGER)"), isIdempotent: false)
            #expect(client.callCount == 2)
        }
    }

    @Test("A rate limit that asks for a longer wait than allowed fails with advice")
    func longRateLimit() async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: 300)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.longestRateLimitWait = .seconds(1)
            let client = client(cloud.settings, configuration)
            let error = await #expect(throws: DatabaseError.self) { try await client.run(Statement("SELECT 1")) }
            #expect(error?.kind == .overloaded && error?.code == 971)
            #expect(error?.advice != nil)
        }
    }

    @Test("The time that a rate limit names is waited out")
    func obeysRetryAfter() async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: 1)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            let start = ContinuousClock.now
            try await client.run(Statement("SELECT 1"))
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(client.callCount == 2)
        }
    }

    @Test("A failure that stays is told after the last attempt")
    func givesUp() async throws {
        let plan = FaultPlan(database: .init(first: Array(repeating: .internalError, count: 6)))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            let error = await #expect(throws: DatabaseError.self) { try await client.run(Statement("SELECT 1")) }
            #expect(error?.kind == .unavailable)
            #expect(client.callCount == 6)
        }
    }

    @Test("A cancelled call ends at once, and one without an answer at its deadline")
    func cancellationAndDeadline() async throws {
        let plan = FaultPlan(database: .init(first: [.delay(.seconds(600)), .delay(.seconds(600))]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.deadline = .milliseconds(50)
            configuration.retry.maximumAttempts = 1
            let hasty = client(cloud.settings, configuration)
            let error = await #expect(throws: DatabaseError.self) { try await hasty.run(Statement("SELECT 1")) }
            #expect(error?.kind == .unavailable)
            let patient = client(cloud.settings)
            let task = Task { try await patient.run(Statement("SELECT 1")) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Sixty thousand rows take a few calls")
    func bulk() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            try await client.run(
                Statement("CREATE TABLE nodes(key TEXT PRIMARY KEY, num TEXT, heading TEXT, size INTEGER)")
            )
            let rows = (0..<60_000).map { index -> [SQLValue] in
                [.text("/us/usc/t\(index % 54)/s\(index)"), .text("§ \(index)"), "A heading of usual length", 42]
            }
            let statements = try JSONRows.inserts(
                into: "nodes",
                columns: ["key", "num", "heading", "size"],
                rows: rows,
                conflict: "ON CONFLICT(key) DO NOTHING"
            )
            for call in DatabaseLimits.calls(statements) { _ = try await client.batch(call, isIdempotent: true) }
            #expect(client.callCount < 10)
            #expect(
                try await client.rows("SELECT count(*) n, min(typeof(size)) t FROM nodes").first?.values
                    == [60_000, "integer"]
            )
        }
    }
}
