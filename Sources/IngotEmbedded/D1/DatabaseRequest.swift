import IngotCore

/// The statements of one call, and what the caller wants to know beside the rows.
struct DatabaseRequest: Sendable {
    var statements: [Statement]
    /// One text may hold several statements when it is the whole call and binds nothing.
    var maySplit: Bool
    var wantsSize: Bool
    /// Whether it comes from a job, which leaves the last of the disk to the gateway.
    var leavesReserve: Bool

    init(_ statements: [Statement], wantsSize: Bool = false, leavesReserve: Bool = false) {
        self.statements = statements
        self.maySplit = statements.count == 1
        self.wantsSize = wantsSize
        self.leavesReserve = leavesReserve
    }

    /// A guess by the first words, which a reader's connection confirms after it has compiled the statements.
    var looksReadOnly: Bool { beginWith(readingWords) }

    /// Whether its statements seem to take away only, which makes room.
    var looksRemoving: Bool { beginWith(readingWords.union(removingWords)) }

    private func beginWith(_ words: Set<String>) -> Bool {
        statements.allSatisfy { statement in
            let word = statement.sql.utf8.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }.prefix { $0 > 0x40 }
            return words.contains(String(Substring(word)).uppercased())
        }
    }

    /// Runs the statements in order inside the caller's transaction.
    ///
    /// - Parameter accept: looks at each compiled statement before it runs; false stops the call.
    /// - Returns: `nil` when a statement was not accepted.
    func run(
        on connection: SQLiteConnection,
        accepting accept: (PreparedStatement) -> Bool
    ) throws -> DatabaseOutcome? {
        connection.startCall()
        var outcomes: [StatementOutcome] = []
        for statement in statements {
            guard let done = try connection.run(statement, maySplit: maySplit, accepting: accept) else { return nil }
            outcomes.append(contentsOf: done)
        }
        return DatabaseOutcome(statements: outcomes, size: wantsSize ? try connection.size() : nil)
    }
}

private let readingWords: Set<String> = ["SELECT", "WITH", "VALUES", "EXPLAIN"]
private let removingWords: Set<String> = ["DELETE", "DROP"]

/// What one call did.
struct DatabaseOutcome: Sendable {
    var statements: [StatementOutcome]
    /// Bytes, when it was asked for.
    var size: Int64?
}

/// What one statement did, with what the HTTP answer tells beyond the result.
struct StatementOutcome: Sendable {
    var result: StatementResult
    var lastRowID: Int64
    /// An estimate: rows answered, or steps of full scans where those are more.
    var rowsRead: Int
    var duration: Duration
    var isReadOnly: Bool
}
