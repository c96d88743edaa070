import AsyncHTTPClient
import IngotCore
import IngotEmbedded
import IngotTesting
import Logging
import Testing

@testable import IngotD1

private let quick = D1Client.Configuration(
    retry: RetryPolicy(maximumAttempts: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(10))
)

private func client(
    _ settings: StorageSettings,
    _ configuration: D1Client.Configuration = quick,
    clock: CallClock = .continuous
) -> D1Client {
    D1Client(settings: settings, httpClient: .shared, logger: .silent, configuration: configuration, clock: clock)
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
                    "INSERT INTO t VALUES (?1, ?2, ?3, ?1, unhex(?4)), (NULL, 2.0, '', 9007199254740993, x'')",
                    [42, .real(2.5), "ü\"\\\n\u{1}😀\u{2028}", .hexadecimal([0, 255])]
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

    @Test("Integers of 64 bits and bytes go and come without loss, in process as over HTTP")
    func exactValues() async throws {
        try await withEmbeddedCloud { cloud in
            let databases: [any Database] = [client(cloud.settings), cloud.database]
            for (number, database) in databases.enumerated() {
                try await database.run(Statement("CREATE TABLE t\(number)(i INTEGER, b BLOB, s TEXT, n)"))
                for value in [Int64.max, .min, 1 << 53 + 1] {
                    try await database.run(
                        Statement(
                            "INSERT INTO t\(number) VALUES (CAST(?1 AS INTEGER), unhex(?2), CAST(?3 AS INTEGER), "
                                + "CAST(?3 AS INTEGER))",
                            [.digits(value), .hexadecimal([0, 127, 255]), SQLValue(true)]
                        )
                    )
                    let row = try #require(
                        try await database.rows(
                            """
                            SELECT i, CAST(i AS TEXT) AS digits, typeof(i) AS type, b, typeof(b) AS blob, s, n,
                                typeof(n) AS number FROM t\(number) ORDER BY rowid DESC LIMIT 1
                            """
                        ).first
                    )
                    #expect(try row.digits("digits") == value)
                    #expect(throws: RowError.self) { try row.integer("i") }
                    #expect(try row.string("type") == "integer" && row.string("blob") == "blob")
                    #expect(try row.blob("b") == [0, 127, 255])
                    // A number in a column of text keeps its form, and one without a type stays an integer.
                    #expect(try row.string("s") == "1" && row.string("number") == "integer")
                    #expect(try row.bool("n"))
                }
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.run(Statement("SELECT ?1", [.blob([1])]))
                }
                #expect(error?.advice?.contains("unhex(?1)") == true)
            }
        }
    }

    @Test("What loses digits and what is over a limit is refused before it is sent")
    func refusesBeforeSending() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            func text(_ count: Int) -> SQLValue { .text(String(repeating: "x", count: count)) }
            let refused: [([Statement], DatabaseError.Kind)] = [
                ([Statement("SELECT ?1", [.integer(1 << 53 + 1)])], .statement),
                (Array(repeating: Statement("SELECT 1"), count: 101), .tooLarge),
                (Array(repeating: Statement("SELECT ?1", [text(1_500_000)]), count: 3), .tooLarge),
                ([Statement("SELECT 1 /*\(String(repeating: "x", count: 100_000))*/")], .tooLarge),
                ([Statement("SELECT 1", Array(repeating: 1, count: 101))], .statement),
                ([Statement("SELECT ?1", [text(2_000_001)])], .tooLarge),
            ]
            for (statements, kind) in refused {
                let error = await #expect(throws: DatabaseError.self) {
                    try await client.batch(statements, isIdempotent: true)
                }
                #expect(error?.kind == kind)
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

    @Test(
        "A call that may not run twice is not repeated when its outcome is unknown",
        arguments: [(FaultPlan.Fault.dropAfter, 1), (.dropBefore, 0), (.truncatedBody, 1), (.gatewayTimeout, 0)]
    )
    func doesNotRepeat(_ fault: FaultPlan.Fault, _ rows: Int) async throws {
        try await withEmbeddedCloud(faults: FaultPlan(database: .init(first: [nil, fault]))) { cloud in
            let client = client(cloud.settings)
            try await client.run(Statement("CREATE TABLE t(a INTEGER)"))
            let error = await #expect(throws: DatabaseError.self) {
                try await client.run(Statement("INSERT INTO t VALUES (1)"), isIdempotent: false)
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("unknown") == true)
            #expect(try await cloud.database.rows("SELECT * FROM t").count == rows)
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

    @Test("A wait that the call has no time for fails at once, with what was refused and what to do")
    func longRateLimit() async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: 300)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.totalDeadline = .seconds(200)
            let clock = ManualClock(jumps: true)
            let client = client(cloud.settings, configuration, clock: clock.callClock)
            let error = await #expect(throws: DatabaseError.self) { try await client.run(Statement("SELECT 1")) }
            #expect(error?.kind == .overloaded && error?.code == 971)
            #expect(error?.message.contains("within the 200000 ms of a call, in 1 attempts") == true)
            #expect(error?.message.contains("throttling") == true)
            #expect(error?.advice != nil)
            #expect(clock.waits.isEmpty)
        }
    }

    @Test("The whole call has a deadline, whatever each attempt does")
    func totalDeadline() async throws {
        let plan = FaultPlan(database: .init(chances: [.init(.delay(.seconds(600)), probability: 1)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.totalDeadline = .milliseconds(200)
            let client = client(cloud.settings, configuration)
            let error = await #expect(throws: DatabaseError.self) { try await client.run(Statement("SELECT 1")) }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("within the 200 ms") == true)
            #expect(error?.message.contains("whether the statements ran is unknown") == true)
            #expect(client.callCount == 1)
        }
    }

    @Test(
        "The time that a rate limit names is waited out, and a second at first when it names none",
        arguments: [(30, 30), (nil, 1)] as [(Int?, Int)]
    )
    func obeysRetryAfter(_ named: Int?, _ waited: Int) async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: named)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let clock = ManualClock(jumps: true)
            let client = client(cloud.settings, clock: clock.callClock)
            try await client.run(Statement("SELECT 1"), isIdempotent: false)
            #expect(clock.waits == [.seconds(waited)])
            #expect(client.callCount == 2)
        }
    }

    @Test("A rate limit that one client meets holds the others of its token")
    func rateLimitHoldsAll() async throws {
        let plan = FaultPlan(database: .init(first: [.rateLimited(retryAfterSeconds: 300)]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.pacesLoopback = true
            let clock = ManualClock()
            let first = client(cloud.settings, configuration, clock: clock.callClock)
            let second = client(cloud.settings, configuration, clock: clock.callClock)
            async let firstCall = first.run(Statement("SELECT 1"))
            await clock.sleeper()
            async let secondCall = second.run(Statement("SELECT 1"))
            await clock.sleeper()
            #expect(first.callCount == 1 && second.callCount == 0)
            #expect(clock.waits == [.seconds(300), .seconds(300)])
            clock.advance(to: .seconds(300))
            _ = try await (firstCall, secondCall)
            #expect(first.callCount == 2 && second.callCount == 1)
        }
    }

    @Test("The local account of calls keeps below the server's, so that it never refuses one")
    func staysBelowTheLimit() async throws {
        let plan = FaultPlan(databaseCallBudget: 10, window: .seconds(300))
        try await withEmbeddedCloud(faults: plan) { cloud in
            var configuration = quick
            configuration.pacesLoopback = true
            configuration.calls = 10
            let clock = ManualClock()
            let client = client(cloud.settings, configuration, clock: clock.callClock)
            try await client.run(Statement("SELECT 1"))
            // Nine are left in five minutes, and the server says so: they are spread.
            let task = Task { try await client.run(Statement("SELECT 1")) }
            await clock.sleeper()
            #expect(clock.waits.first.map { $0 > .seconds(20) && $0 <= .seconds(30) } == true)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(client.callCount == 1)
        }
    }

    @Test("A right that is denied now and then is asked for once more")
    func deniedOnce() async throws {
        let body = #"{"success":false,"errors":[{"code":7403,"message":"The given account is not valid"}]}"#
        let server = try await NarrowServer(
            before: 0,
            limit: 0,
            refusal: "HTTP/1.1 403 Forbidden\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
        )
        let client = client(try settings("http://127.0.0.1:\(server.port)"))
        let error = await #expect(throws: DatabaseError.self) {
            try await client.run(Statement("SELECT 1"), isIdempotent: false)
        }
        #expect(error?.kind == .access && error?.code == 7403)
        #expect(error?.advice?.contains("D1 Edit") == true)
        #expect(error?.description.contains("must not be seen") == false)
        #expect(client.callCount == 2 && server.refused == 2)
        try await server.close()
    }

    @Test("An answer over the bound is not taken in, and the advice is to read in pages")
    func largeAnswer() async throws {
        try await withEmbeddedCloud { cloud in
            var configuration = quick
            configuration.largestAnswer = 10_000
            let client = client(cloud.settings, configuration)
            let error = await #expect(throws: DatabaseError.self) {
                try await client.run(Statement("SELECT hex(zeroblob(6000)) AS text"))
            }
            #expect(error?.kind == .statement && error?.advice == "read the rows in pages")
            #expect(client.callCount == 1)
        }
    }

    private func settings(_ address: String) throws -> StorageSettings {
        try StorageSettings(
            accountID: "a",
            databaseID: "d",
            databaseToken: Secret("a token that must not be seen"),
            databaseBaseURL: address,
            accessKeyID: "k",
            secretAccessKey: Secret("s"),
            bucket: "b"
        )
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
            configuration.attemptDeadline = .milliseconds(50)
            configuration.retry.maximumAttempts = 1
            let hasty = client(cloud.settings, configuration)
            let error = await #expect(throws: DatabaseError.self) { try await hasty.run(Statement("SELECT 1")) }
            #expect(error?.kind == .unavailable)
            let patient = client(cloud.settings)
            let task = Task { try await patient.run(Statement("SELECT 1")) }
            while patient.callCount == 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
