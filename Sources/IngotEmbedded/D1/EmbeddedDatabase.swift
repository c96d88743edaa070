import FoundationEssentials
public import IngotCore
import Synchronization

/// D1 on a SQLite file: the same limits, rules and error texts as the hosted database, in process.
///
/// One connection writes, some read, and neither holds up the other. What a call has been answered is on the disk:
/// the journal is a write-ahead log with `synchronous = FULL`.
///
/// Every number binds as a double and reads back as one, so code that works here works over HTTP.
public final class EmbeddedDatabase: Database {
    private let writer: SQLiteWriter
    private let readers: [SQLiteReader]
    /// Calls at work, a reader each.
    private let load: Mutex<[Int]>

    /// Opens the database, and makes it and its folder when they are not there.
    ///
    /// - Parameter timeLimit: the longest that one call may run, all its statements together.
    /// - Throws: `DatabaseError` when the file cannot be opened or is not a database.
    public init(path: String, timeLimit: Duration = .seconds(30)) throws {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            do {
                try FileManager.default.createDirectory(
                    atPath: String(path[..<slash]),
                    withIntermediateDirectories: true
                )
            } catch {
                throw DatabaseError(
                    kind: .unavailable,
                    message: "the folder of \(path) cannot be made: \(error)",
                    advice: "check who owns the folder above it"
                )
            }
        }
        writer = try SQLiteWriter(path: path, timeLimit: timeLimit)
        readers = try (1...4).map { try SQLiteReader(path: path, number: $0, timeLimit: timeLimit) }
        load = Mutex(Array(repeating: 0, count: readers.count))
    }

    /// Runs the statements in order as one transaction.
    ///
    /// A single text that binds nothing may hold several statements; then there is one result for each of them.
    ///
    /// - Throws: `DatabaseError`; `CancellationError` when the task is cancelled before the call begins.
    public func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        if statements.isEmpty { return [] }
        try DatabaseLimits.check(statements)
        return try await run(DatabaseRequest(statements)).statements.map(\.result)
    }

    func run(_ request: DatabaseRequest) async throws -> DatabaseOutcome {
        if request.looksReadOnly, let outcome = try await read(request) { return outcome }
        return try await writer.run(request)
    }

    /// Commits that changed something since the file was opened here.
    var commits: Int { get async { await writer.commits } }

    private func read(_ request: DatabaseRequest) async throws -> DatabaseOutcome? {
        let index = load.withLock { load in
            var least = 0
            for index in load.indices where load[index] < load[least] { least = index }
            load[least] += 1
            return least
        }
        defer { load.withLock { $0[index] -= 1 } }
        return try await readers[index].run(request)
    }
}
