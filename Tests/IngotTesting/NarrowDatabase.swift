public import IngotCore
import Synchronization

/// A real database that takes smaller calls than it would, and keeps account of them.
public final class NarrowDatabase: Database {
    /// One call as it came.
    public struct Call: Sendable, Equatable {
        /// SQL text and parameters.
        public var bytes: Int
        public var statements: Int
        public var wasRefused: Bool
    }

    private let database: any Database
    private let bytesPerCall: Int
    private let state = Mutex<[Call]>([])

    /// - Parameter bytesPerCall: what is larger is refused as the hosted database refuses a call that takes too much
    ///   memory.
    public init(_ database: any Database, bytesPerCall: Int = .max) {
        self.database = database
        self.bytesPerCall = bytesPerCall
    }

    /// Calls so far, in order.
    public var calls: [Call] { state.withLock { $0 } }

    public func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        let bytes = statements.reduce(0) { sum, statement in
            statement.parameters.reduce(sum + statement.sql.utf8.count) { sum, parameter in
                if case .text(let text) = parameter { sum + text.utf8.count } else { sum + 8 }
            }
        }
        let isRefused = bytes > bytesPerCall
        state.withLock { $0.append(Call(bytes: bytes, statements: statements.count, wasRefused: isRefused)) }
        guard !isRefused else {
            throw DatabaseError(
                kind: .unavailable,
                code: 7500,
                message: "D1 DB's isolate exceeded its memory limit and was reset."
            )
        }
        return try await database.batch(statements, isIdempotent: isIdempotent)
    }
}
