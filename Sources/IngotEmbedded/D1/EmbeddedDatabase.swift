import CSQLite
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
    private let path: String
    /// What keeps the database from answering.
    private let transfer = Mutex<BulkTransfer?>(nil)

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
        self.path = path
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
        if let transfer = transfer.withLock({ $0 }) { throw transfer.refusal }
        if request.looksReadOnly, let outcome = try await read(request) { return outcome }
        if request.leavesReserve, !request.looksRemoving, DiskReserve.isReached(at: path) {
            throw DatabaseError(
                kind: .full,
                message: SQLiteErrorText.full,
                advice: SQLiteErrorText.advice(forCode: SQLITE_FULL)
            )
        }
        return try await writer.run(request)
    }

    /// Commits that changed something since the file was opened here.
    var commits: Int { get async { await writer.commits } }

    /// Answers no calls from here on, until ``end()``.
    ///
    /// - Throws: `DatabaseError` when it does not answer already.
    func begin(_ transfer: BulkTransfer) throws {
        try self.transfer.withLock { current in
            if let current { throw current.refusal }
            current = transfer
        }
    }

    func end() { transfer.withLock { $0 = nil } }

    /// The size of the database in bytes.
    func size() async throws -> Int64 { try await writer.size() }

    /// Runs a file of statements as one transaction: all of it, or nothing when one fails.
    func run(_ file: ImportFile) async throws -> ImportOutcome { try await writer.run(file) }

    /// Writes the database as SQL text.
    ///
    /// - Parameter interruption: ends it early once it is set.
    /// - Returns: the bytes of the file.
    func dump(
        to file: String,
        _ options: DumpOptions,
        interruptedBy interruption: OnceFlag
    ) async throws -> Int64 {
        let path = path
        return try await onBlockingThread {
            try DatabaseDump(
                connection: SQLiteConnection(path: path, access: .reading),
                options: options,
                interruption: interruption
            )
            .write(to: file)
        }
    }

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
