import IngotCore
import Synchronization

/// A database that looks around after each call, or breaks for good: after some calls, or when looking throws.
final class WatchedDatabase: Database {
    private let database: any Database
    private let limit: Int
    private let look: @Sendable () async throws -> Void
    private let count = Atomic<Int>(0)
    private let isBroken = OnceFlag()

    init(_ database: any Database, limit: Int = .max, look: @escaping @Sendable () async throws -> Void = {}) {
        self.database = database
        self.limit = limit
        self.look = look
    }

    /// Calls so far.
    var calls: Int { count.load(ordering: .relaxed) }

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        guard count.add(1, ordering: .relaxed).newValue <= limit, !isBroken.isSet else {
            throw DatabaseError(kind: .unavailable, message: "broken off")
        }
        let results = try await database.batch(statements, isIdempotent: isIdempotent)
        do { try await look() } catch {
            isBroken.set()
            throw error
        }
        return results
    }
}
