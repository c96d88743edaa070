public import IngotCore

/// The records of another source that have an address and no coordinates, for a geocoder.
public struct UnlocatedRecords: Sendable {
    let database: any Database
    let source: String
    private let job: JobID
    private let attempt: Int

    /// - Parameter source: whose records they are.
    public init(of source: String, in attempt: AttemptContext) {
        database = attempt.database
        self.source = source
        job = attempt.job
        self.attempt = attempt.attempt
    }

    /// Addresses that nobody has looked for yet, in order.
    ///
    /// - Parameter last: those after this one.
    public func addresses(after last: String, limit: Int) async throws -> [String] {
        try await database.rows(
            """
            SELECT DISTINCT address FROM records
            WHERE source = ?1 AND latitude IS NULL AND located_by IS NULL AND address > ?2 AND TRIM(address) <> ''
            ORDER BY address LIMIT CAST(?3 AS INTEGER)
            """,
            [.text(source), .text(last), SQLValue(limit)]
        ).map { try $0.string("address") }
    }

    /// Writes what a geocoder has found for an address, into the records that have no coordinates.
    ///
    /// - Parameter coordinates: `nil`: it knows no such place, and is not asked for it again.
    /// - Throws: `DatabaseError`.
    public func locate(_ address: String, at coordinates: Coordinates?) async throws {
        try await database.run(
            Statement(
                """
                UPDATE records SET latitude = ?5, longitude = ?6, located_by = ?7
                WHERE source = ?3 AND address = ?4 AND latitude IS NULL AND located_by IS NULL
                    AND \(RecordWriter.fence)
                """,
                [
                    .text(job.rawValue), SQLValue(attempt), .text(source), .text(address),
                    coordinates.map { .real($0.latitude) } ?? .null,
                    coordinates.map { .real($0.longitude) } ?? .null,
                    .text(coordinates == nil ? "nobody" : "geocoder"),
                ]
            )
        )
    }
}
