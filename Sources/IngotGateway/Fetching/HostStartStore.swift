import FoundationEssentials
import IngotCore

/// When hosts that want to be asked seldom were asked last: the rows of `host_starts`.
///
/// The distances of ``HostBudgets`` are one process's. Published terms hold for all gateways on a database, and through
/// their restarts. The time is the database's, which is the same for all of them.
struct HostStartStore: Sendable {
    /// The distance from which on a start is a row: a host that is asked more often is not asked much more by a restart,
    /// and a call of the database for each request would be.
    static let shortestInterval: Duration = .seconds(5)

    let database: any Database

    /// A start that is too recent.
    struct Earlier: Sendable, Equatable {
        var age: Duration
        /// The distance that it keeps.
        var interval: Duration
    }

    /// The database's time in milliseconds since 1970; 2440587.5 is the Julian day on which that year began.
    private static let now = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

    /// Makes the table when it is missing.
    func prepare() async throws {
        let table = Statement(
            """
            CREATE TABLE IF NOT EXISTS host_starts (
                host TEXT PRIMARY KEY,
                started_at_ms INTEGER NOT NULL,
                interval_ms INTEGER NOT NULL,
                request TEXT NOT NULL
            ) WITHOUT ROWID
            """
        )
        _ = try await database.batch([table], isIdempotent: true)
    }

    /// Writes a start down, if the last one is long enough ago for both.
    ///
    /// - Returns: the last start when it is not.
    /// - Throws: `DatabaseError`; whether the start is written may be unknown then, and whoever asks again waits for it.
    func begin(toAsk host: String, keeping interval: Duration) async throws -> Earlier? {
        let values: [SQLValue] = [
            .text(host), .integer(interval.milliseconds), .text(UUID().uuidString.lowercased()),
        ]
        let rows = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO host_starts (host, started_at_ms, interval_ms, request)
                    VALUES (?1, \(Self.now), ?2, ?3)
                    ON CONFLICT (host) DO UPDATE
                    SET started_at_ms = excluded.started_at_ms, interval_ms = ?2, request = ?3
                    WHERE request <> ?3 AND (
                        started_at_ms + MAX(interval_ms, ?2) <= excluded.started_at_ms
                        OR started_at_ms > excluded.started_at_ms + \(Self.clockSlack)
                    )
                    """,
                    values
                ),
                Statement(
                    """
                    SELECT request = ?3 AS is_own, \(Self.now) - started_at_ms AS age_ms, interval_ms
                    FROM host_starts WHERE host = ?1 AND ?2 >= 0
                    """,
                    values
                ),
            ],
            isIdempotent: true
        ).last?.named
        guard let row = rows?.first else {
            throw DatabaseError(kind: .malformedAnswer, message: "the answer has no row of the host")
        }
        if try row.integer("is_own") == 1 { return nil }
        return Earlier(
            age: .milliseconds(max(0, try row.integer("age_ms"))),
            interval: .milliseconds(try row.integer("interval_ms"))
        )
    }

    /// A start that lies so far ahead, in milliseconds, was written before the database's clock was set back.
    private static let clockSlack = 86_400_000
}
