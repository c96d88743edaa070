import IngotCore
import IngotRecords

/// Deletes records that name people after their time, also when the source that would do it is not run any more.
struct RecordSweep: Sendable {
    let database: any Database
    let sources: [SourceDescription]

    /// - Returns: how many records are deleted.
    /// - Throws: `DatabaseError`; `CancellationError`.
    func sweep(at now: Timestamp, pause: Duration) async throws -> Int {
        var deleted = 0
        for source in sources {
            guard let days = source.retentionDays else { continue }
            deleted += try await RecordRetention(database: database).delete(
                of: source.id,
                before: now.advanced(by: .seconds(-86_400 * days)),
                pause: pause
            )
        }
        return deleted
    }
}
