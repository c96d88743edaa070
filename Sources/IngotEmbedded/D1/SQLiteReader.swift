import IngotCore

/// A connection that only reads. Readers see the last commit and are not held up by a writer.
actor SQLiteReader {
    private let connection: SQLiteConnection
    private let executor: SerialQueueExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter path: of a database that the writer has made already.
    init(path: String, number: Int, timeLimit: Duration) throws {
        executor = SerialQueueExecutor(label: "sqlite-reader-\(number)")
        connection = try SQLiteConnection(path: path, access: .reading, timeLimit: timeLimit)
    }

    /// Runs the call on one snapshot; `nil` when a statement wants to write, so that the writer must run it.
    ///
    /// - Throws: `DatabaseError`; `CancellationError` when the task was cancelled before its turn.
    func run(_ request: DatabaseRequest) throws -> DatabaseOutcome? {
        try Task.checkCancellation()
        try connection.restoreSettings()
        try connection.runOwn("BEGIN")
        defer { try? connection.restoreSettings() }
        do {
            let outcome = try request.run(on: connection) { $0.isReadOnly && !$0.changesSettings }
            try connection.runOwn("COMMIT")
            return outcome
        } catch {
            if connection.isInTransaction { try connection.runOwn("ROLLBACK") }
            throw error
        }
    }
}
