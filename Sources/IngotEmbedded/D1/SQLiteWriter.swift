import CSQLite
import IngotCore

/// The one connection that writes. Calls that arrive while it waits for the disk are committed together: each has
/// its own savepoint, so one that fails undoes only itself, and none is answered before the common commit.
actor SQLiteWriter {
    /// Calls that share one commit.
    private static let largestGroup = 64

    private let connection: SQLiteConnection
    private let executor: SerialQueueExecutor
    private let waiting = WriteQueue()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, timeLimit: Duration) throws {
        executor = SerialQueueExecutor(label: "sqlite-writer")
        connection = try SQLiteConnection(path: path, access: .readingAndWriting, timeLimit: timeLimit)
    }

    /// Runs one call and returns when it is committed.
    ///
    /// - Throws: `DatabaseError`; `CancellationError` when the task was cancelled before its turn.
    nonisolated func run(_ request: DatabaseRequest) async throws -> DatabaseOutcome {
        let call = WriteCall(request)
        try waiting.append(call)
        await withTaskCancellationHandler {
            // Whoever comes first runs what waits, so on its own turn a call has often been run already.
            await work(until: call)
        } onCancel: {
            call.cancel()
            // Else nobody may ever take it out, and it would keep others from waiting.
            waiting.remove(call)
        }
        return try call.outcome()
    }

    /// Runs a file of statements as one transaction.
    func run(_ file: ImportFile) throws -> ImportOutcome {
        try connection.restoreSettings()
        try connection.runOwn("BEGIN IMMEDIATE")
        do {
            let outcome: ImportOutcome
            do {
                defer { try? connection.restoreSettings() }
                outcome = try file.run(on: connection)
                try checkForeignKeys()
            }
            try connection.runOwn("COMMIT")
            return outcome
        } catch {
            if connection.isInTransaction { try connection.runOwn("ROLLBACK") }
            throw error
        }
    }

    func size() throws -> Int64 { try connection.size() }

    /// Commits that changed something so far.
    var commits: Int { connection.commits }

    private func work(until call: WriteCall) {
        while call.isWaiting {
            run(waiting.take(Self.largestGroup).filter(\.isWaiting))
        }
    }

    private func run(_ group: [WriteCall]) {
        guard group.count > 1 else {
            for call in group { runAlone(call) }
            return
        }
        do {
            try connection.runOwn("BEGIN IMMEDIATE")
        } catch {
            for call in group { call.finish(.failure(error)) }
            return
        }
        var done: [(call: WriteCall, outcome: DatabaseOutcome)] = []
        for (index, call) in group.enumerated() {
            do {
                try connection.runOwn("SAVEPOINT one_call")
                do {
                    let outcome = try perform(call.request)
                    try connection.runOwn("RELEASE one_call")
                    done.append((call, outcome))
                } catch {
                    guard connection.isInTransaction else { throw error }
                    try connection.runOwn("ROLLBACK TO one_call; RELEASE one_call")
                    call.finish(.failure(error))
                }
            } catch {
                // SQLite ended the transaction, and with it what the others did. Nothing was answered yet.
                if connection.isInTransaction { try? connection.runOwn("ROLLBACK") }
                call.finish(.failure(error))
                for (other, _) in done { runAlone(other) }
                for other in group[(index + 1)...] { runAlone(other) }
                return
            }
        }
        do {
            try connection.runOwn("COMMIT")
            for (call, outcome) in done { call.finish(.success(outcome)) }
        } catch {
            if connection.isInTransaction { try? connection.runOwn("ROLLBACK") }
            for (call, _) in done { call.finish(.failure(error)) }
        }
    }

    private func runAlone(_ call: WriteCall) {
        do {
            try connection.runOwn("BEGIN IMMEDIATE")
            do {
                let outcome = try perform(call.request)
                try connection.runOwn("COMMIT")
                call.finish(.success(outcome))
            } catch {
                if connection.isInTransaction { try connection.runOwn("ROLLBACK") }
                throw error
            }
        } catch {
            call.finish(.failure(error))
        }
    }

    private func perform(_ request: DatabaseRequest) throws -> DatabaseOutcome {
        try connection.restoreSettings()
        defer { try? connection.restoreSettings() }
        let outcome = try request.run(on: connection) { _ in true }
        try checkForeignKeys()
        guard let outcome else { throw CancellationError() }
        return outcome
    }

    private func checkForeignKeys() throws {
        guard !connection.hasOpenForeignKeys else {
            throw DatabaseError(
                kind: .constraint,
                code: 7500,
                message: SQLiteErrorText.text(
                    message: "FOREIGN KEY constraint failed",
                    offset: -1,
                    extendedCode: SQLITE_CONSTRAINT | 3 << 8
                )
            )
        }
    }
}
