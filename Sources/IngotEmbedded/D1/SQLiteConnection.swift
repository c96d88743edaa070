import CSQLite
import IngotCore

/// One connection to the database file, set up with D1's limits and rules.
///
/// Not safe to share: an actor owns it.
final class SQLiteConnection {
    enum Access {
        case readingAndWriting
        case reading
    }

    private static let cachedStatements = 256
    /// Longer text is hardly ever the same twice.
    private static let longestCachedSQL = 8192
    /// The most that one call may answer, so that one careless query cannot take all memory.
    private static let largestAnswer = 64 << 20

    private let handle: OpaquePointer
    private var cache: [String: PreparedStatement] = [:]
    private let authorization = Authorization()
    private let deadline = Deadline()
    private let commitCounter = CommitCounter()
    private let timeLimit: Duration

    /// - Parameter timeLimit: the longest that one call may run, all its statements together.
    /// - Throws: `DatabaseError` when the file cannot be opened or is not a database.
    init(path: String, access: Access, timeLimit: Duration = .seconds(30)) throws {
        self.timeLimit = timeLimit
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_NOMUTEX
            | (access == .reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened, code == SQLITE_OK else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw DatabaseError(
                kind: SQLiteErrorText.kind(ofCode: code),
                message: "the database file \(path) cannot be opened: \(reason)",
                advice: "check that the folder exists and may be written"
            )
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        // Only somebody who works on the file by hand can be in the way; nearly as long as a call may take.
        sqlite3_busy_timeout(handle, 25_000)
        authorization.isSuspended = true
        if access == .readingAndWriting {
            try runOwn("PRAGMA journal_mode = WAL")
            // A large import writes the same pages of its indexes again and again; four times the usual many of them go
            // from the log to the file together.
            try runOwn("PRAGMA wal_autocheckpoint = 4000")
            // Ten gigabytes of pages of 4096 bytes, D1's largest database.
            try runOwn("PRAGMA max_page_count = 2441406")
        }
        try runOwn("PRAGMA synchronous = FULL")
        try runOwn("PRAGMA foreign_keys = ON")
        // There are several readers, and what they ask for often is in the system's cache as well.
        try runOwn("PRAGMA cache_size = \(access == .reading ? -4000 : -16000)")
        let added = UnhexFunction.install(in: handle)
        guard added == SQLITE_OK else { throw failure(added) }
        setLimits()
        setCallbacks()
        authorization.isSuspended = false
    }

    deinit {
        cache.removeAll()
        sqlite3_close_v2(handle)
    }

    private func setLimits() {
        let limits: [(Int32, Int32)] = [
            (SQLITE_LIMIT_LENGTH, Int32(DatabaseLimits.bytesPerValue)),
            (SQLITE_LIMIT_SQL_LENGTH, Int32(DatabaseLimits.bytesPerStatement)),
            (SQLITE_LIMIT_COLUMN, 100),
            (SQLITE_LIMIT_EXPR_DEPTH, 100),
            (SQLITE_LIMIT_COMPOUND_SELECT, 5),
            (SQLITE_LIMIT_VDBE_OP, 25_000),
            (SQLITE_LIMIT_FUNCTION_ARG, 32),
            (SQLITE_LIMIT_ATTACHED, 0),
            (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
            (SQLITE_LIMIT_VARIABLE_NUMBER, Int32(DatabaseLimits.parametersPerStatement)),
            (SQLITE_LIMIT_TRIGGER_DEPTH, 10),
        ]
        for (limit, value) in limits { sqlite3_limit(handle, limit, value) }
    }

    private func setCallbacks() {
        // The objects live as long as the connection, which is closed before they are let go.
        sqlite3_set_authorizer(
            handle,
            { context, code, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                return Unmanaged<Authorization>.fromOpaque(context).takeUnretainedValue()
                    .answer(
                        SQLitePolicy.Action(
                            code: code,
                            first: first.map { String(cString: $0) },
                            second: second.map { String(cString: $0) }
                        )
                    )
            },
            Unmanaged.passUnretained(authorization).toOpaque()
        )
        sqlite3_commit_hook(
            handle,
            { context in
                guard let context else { return 0 }
                Unmanaged<CommitCounter>.fromOpaque(context).takeUnretainedValue().count += 1
                return 0
            },
            Unmanaged.passUnretained(commitCounter).toOpaque()
        )
        sqlite3_progress_handler(
            handle,
            20_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
            },
            Unmanaged.passUnretained(deadline).toOpaque()
        )
    }

    // MARK: - Own statements

    /// Runs a statement of the engine itself, which the rules for callers do not bind.
    func runOwn(_ sql: String) throws {
        let suspended = authorization.isSuspended
        authorization.isSuspended = true
        defer { authorization.isSuspended = suspended }
        deadline.stop()
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Puts every setting back to its default when a statement may have changed one.
    ///
    /// Called after every call, however it ended: compiling the statement is enough to change a setting. Should it
    /// fail, the next call tries again before it begins.
    func restoreSettings() throws {
        guard authorization.hasChangedSettings else { return }
        try runOwn(SQLitePolicy.restoringSettings)
        authorization.hasChangedSettings = false
    }

    /// Transactions that SQLite has committed on this connection and that changed something.
    var commits: Int { commitCounter.count }

    /// True inside a transaction; false when SQLite has ended it by itself after a grave error.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// True while a foreign key rule that is checked late stands broken.
    var hasOpenForeignKeys: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }

    /// The size of the database in bytes.
    func size() throws -> Int64 {
        var bytes: Int64 = 1
        for pragma in ["PRAGMA page_count", "PRAGMA page_size"] {
            authorization.isSuspended = true
            defer { authorization.isSuspended = false }
            var statement: OpaquePointer?
            let code = sqlite3_prepare_v3(handle, pragma, -1, 0, &statement, nil)
            guard let statement, code == SQLITE_OK else { throw failure(code) }
            defer { sqlite3_finalize(statement) }
            guard sqlite3_step(statement) == SQLITE_ROW else { throw failure(sqlite3_extended_errcode(handle)) }
            bytes *= sqlite3_column_int64(statement, 0)
        }
        return bytes
    }

    // MARK: - Callers' statements

    /// Runs what a text holds: usually one statement, several when the call is this text alone and binds nothing.
    ///
    /// Each is compiled after the one before it has run, because it may need what that one made.
    ///
    /// - Parameter accept: looks at each compiled statement before it runs; false stops the call.
    /// - Returns: `nil` when a statement was not accepted.
    /// - Throws: `DatabaseError`.
    func run(
        _ statement: Statement,
        maySplit: Bool,
        accepting accept: (PreparedStatement) -> Bool
    ) throws -> [StatementOutcome]? {
        let (sql, parameters) = (statement.sql, statement.parameters)
        if let cached = cache[sql] {
            guard accept(cached) else { return nil }
            return [try run(cached, parameters)]
        }
        guard !sql.utf8.contains(0) else {
            throw DatabaseError(kind: .statement, code: 7500, message: "SQL code contains a NUL byte.")
        }
        return try sql.withCString { start in
            guard let (first, rest) = try compile(start) else {
                throw DatabaseError(kind: .statement, code: 7500, message: "SQL code did not contain a statement.")
            }
            if holdsStatement(rest) {
                guard maySplit else { throw malformed("a batch entry with multiple statements") }
                guard parameters.isEmpty else { throw malformed("params with multiple statements") }
            } else if !first.changesSettings, sql.utf8.count <= Self.longestCachedSQL {
                // Few statements differ in text, so starting again now and then costs less than keeping an order.
                if cache.count >= Self.cachedStatements { cache.removeAll(keepingCapacity: true) }
                cache[sql] = first
            }
            guard accept(first) else { return nil }
            var outcomes = [try run(first, parameters)]
            var position = rest
            while let (next, rest) = try compile(position) {
                guard accept(next) else { return nil }
                outcomes.append(try run(next, parameters))
                position = rest
            }
            return outcomes
        }
    }

    /// Compiles the first statement of a text; `nil` when only white space and comments are left.
    private func compile(
        _ text: UnsafePointer<CChar>
    ) throws -> (statement: PreparedStatement, rest: UnsafePointer<CChar>)? {
        var text = text
        while text.pointee != 0 {
            let (statement, rest) = try compileUpToSemicolon(text)
            if let statement { return (statement, rest) }
            guard rest != text else { return nil }
            text = rest
        }
        return nil
    }

    /// Compiles what stands before the first semicolon that ends a statement, which may be nothing.
    private func compileUpToSemicolon(
        _ text: UnsafePointer<CChar>
    ) throws -> (statement: PreparedStatement?, rest: UnsafePointer<CChar>) {
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        authorization.changesSettings = false
        authorization.createsTrigger = false
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
        guard code == SQLITE_OK else { throw preparationFailure(code) }
        let rest = tail ?? text
        guard let statement else { return (nil, rest) }
        // D1 takes the text of a trigger apart wrongly when its lines end so.
        if authorization.createsTrigger, holdsCarriageReturn(text, rest) {
            sqlite3_finalize(statement)
            throw DatabaseError(
                kind: .statement,
                code: 7500,
                message: "incomplete input: SQLITE_ERROR",
                advice: "end the lines of a trigger with LF alone; D1 does not read CR LF there"
            )
        }
        return (PreparedStatement(handle: statement, changesSettings: authorization.changesSettings), rest)
    }

    /// Runs the first statement of a text that goes on, within the time that a call may take.
    ///
    /// - Parameter interruption: ends the statement early once it is set.
    /// - Returns: what it did, `nil` when there was nothing before the first semicolon or the end; and the bytes that
    ///   it took.
    func runFirst(
        of text: UnsafePointer<CChar>,
        interruptedBy interruption: OnceFlag
    ) throws -> (outcome: StatementOutcome?, bytes: Int) {
        deadline.start(within: timeLimit, interruptedBy: interruption)
        let (statement, rest) = try compileUpToSemicolon(text)
        return (try statement.map { try run($0, []) }, rest - text)
    }

    /// Reads the rows of the engine's own query one by one.
    func readOwn(_ sql: String, _ row: (PreparedStatement) throws -> Void) throws {
        authorization.isSuspended = true
        defer { authorization.isSuspended = false }
        deadline.stop()
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, 0, &prepared, nil)
        guard let prepared, code == SQLITE_OK else { throw failure(code) }
        let statement = PreparedStatement(handle: prepared, changesSettings: false)
        while true {
            let code = sqlite3_step(prepared)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            try row(statement)
        }
    }

    private func holdsCarriageReturn(_ start: UnsafePointer<CChar>, _ end: UnsafePointer<CChar>) -> Bool {
        UnsafeBufferPointer(start: start, count: end - start).contains(0x0D)
    }

    /// True when more than white space and comments follows, be it right or wrong.
    private func holdsStatement(_ text: UnsafePointer<CChar>) -> Bool {
        do { return try compile(text) != nil } catch { return true }
    }

    private func malformed(_ what: String) -> DatabaseError {
        DatabaseError(
            kind: .statement,
            code: 7400,
            message: "The request is malformed: \(what) is not supported",
            advice: "send one statement in each entry of a batch"
        )
    }

    /// Starts the clock of one call.
    func startCall() { deadline.start(within: timeLimit) }

    /// Runs one compiled statement to its end.
    private func run(_ prepared: PreparedStatement, _ parameters: [SQLValue]) throws -> StatementOutcome {
        if let name = prepared.namedParameter {
            throw DatabaseError(
                kind: .statement,
                code: 7500,
                message: "The parameter \(name) is named; only ? and ?NNN are supported."
            )
        }
        guard parameters.count == prepared.parameterCount else {
            throw DatabaseError(
                kind: .statement,
                code: 7500,
                message: "Wrong number of parameter bindings for SQL query."
            )
        }
        // Many short statements never reach the point at which SQLite asks.
        if deadline.hasPassed { throw ended }
        defer { prepared.reset() }
        for (index, parameter) in parameters.enumerated() {
            let code = prepared.bind(parameter, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code) }
        }
        let started = ContinuousClock.now
        let changesBefore = sqlite3_total_changes64(handle)
        let rows = try rows(of: prepared)
        let changes = Int(sqlite3_total_changes64(handle) - changesBefore)
        return StatementOutcome(
            result: StatementResult(columns: prepared.columns, rows: rows, changes: changes),
            lastRowID: sqlite3_last_insert_rowid(handle),
            rowsRead: max(rows.count, Int(sqlite3_stmt_status(prepared.handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1))),
            duration: ContinuousClock.now - started,
            isReadOnly: prepared.isReadOnly
        )
    }

    private func rows(of prepared: PreparedStatement) throws -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        var bytes = 0
        while true {
            let code = sqlite3_step(prepared.handle)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw failure(code) }
            var row: [SQLValue] = []
            let count = sqlite3_column_count(prepared.handle)
            row.reserveCapacity(Int(count))
            for index in 0..<count {
                let value = prepared.value(at: index)
                bytes += value.bytesInMemory
                row.append(value)
            }
            rows.append(row)
            guard bytes <= Self.largestAnswer else {
                throw DatabaseError(
                    kind: .tooLarge,
                    code: 7500,
                    message: "D1 DB's isolate exceeded its memory limit and was reset.",
                    advice: "read the rows in pages"
                )
            }
        }
    }

    // MARK: - Failures

    private func preparationFailure(_ code: Int32) -> DatabaseError {
        if code & 0xFF == SQLITE_TOOBIG {
            return DatabaseError(
                kind: .tooLarge,
                code: 7500,
                message: "statement too long: SQLITE_TOOBIG",
                advice: SQLiteErrorText.advice(forCode: code)
            )
        }
        return failure(code)
    }

    /// Why the running call was ended before its own end.
    private var ended: DatabaseError {
        guard !deadline.isInterrupted else { return .storesStopped }
        return DatabaseError(
            kind: .tooLarge,
            code: 7500,
            message: DatabaseError.timeLimitMessage,
            advice: "one call may run for \(timeLimit); make it smaller"
        )
    }

    private func failure(_ code: Int32) -> DatabaseError {
        if code & 0xFF == SQLITE_INTERRUPT { return ended }
        return DatabaseError(
            kind: SQLiteErrorText.kind(ofCode: code),
            code: 7500,
            message: SQLiteErrorText.text(
                message: String(cString: sqlite3_errmsg(handle)),
                offset: sqlite3_error_offset(handle),
                extendedCode: sqlite3_extended_errcode(handle)
            ),
            advice: SQLiteErrorText.advice(forCode: code)
        )
    }
}

extension DatabaseError {
    fileprivate static let timeLimitMessage =
        "D1 DB storage operation exceeded timeout which caused object to be reset."

    /// A transfer that the stores' end has cut short, or that they do not begin any more.
    static let storesStopped = DatabaseError(
        kind: .unavailable,
        code: 7500,
        message: "The stores were stopped before the end.",
        advice: "begin again when they run"
    )

    /// The call ran longer than a call may.
    var isTimeLimit: Bool { message == Self.timeLimitMessage }
}

extension SQLValue {
    var bytesInMemory: Int {
        switch self {
        case .null, .integer, .real: 16
        case .text(let text): 16 + text.utf8.count
        case .blob(let bytes): 48 + bytes.count
        }
    }
}
