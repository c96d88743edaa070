import IngotCore
import SystemPackage

/// A file of SQL statements that is run from its beginning to its end, of which only a part is in memory.
struct ImportFile: Sendable {
    /// More than the longest statement, so that one which does not end within it is too long for SQLite as well.
    private static let window = 256 << 10
    private static let longestStatement = DatabaseLimits.bytesPerStatement

    let path: String
    /// Ends the import early once it is set.
    let interruption: OnceFlag

    /// Runs all statements inside the caller's transaction.
    ///
    /// - Throws: `DatabaseError`, with the number of the statement; `Errno`.
    func run(on connection: SQLiteConnection) throws -> ImportOutcome {
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var outcome = ImportOutcome()
            // Ends with a zero, as SQLite reads it.
            var text: [UInt8] = [0]
            var position = 0
            var isAtEnd = false
            while true {
                if !isAtEnd, text.count - position < Self.longestStatement + 2 {
                    text.removeFirst(position)
                    text.removeLast()
                    position = 0
                    isAtEnd = try fill(&text, from: file)
                    text.append(0)
                }
                // SQLite would count the space before a statement among its bytes.
                while isSpace(text[position]) { position += 1 }
                if !isAtEnd, text.count - position < Self.longestStatement + 2 { continue }
                guard position < text.count - 1 else { return outcome }
                let (done, bytes) = try run(text, from: position, on: connection, after: outcome.statements)
                if let done {
                    outcome.statements += 1
                    outcome.changes += done.result.changes
                    outcome.rowsRead += done.rowsRead
                    outcome.lastRowID = done.lastRowID
                }
                // Nothing but white space and comments to the very end.
                guard bytes > 0 else { return outcome }
                position += bytes
            }
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Reads until the window is full.
    ///
    /// - Returns: whether the file has ended.
    private func fill(_ text: inout [UInt8], from file: FileDescriptor) throws -> Bool {
        while text.count < Self.window {
            let piece = try [UInt8](unsafeUninitializedCapacity: Self.window - text.count) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if piece.isEmpty { return true }
            guard !piece.contains(0) else {
                throw DatabaseError(kind: .statement, code: 7500, message: "SQL code contains a NUL byte.")
            }
            text += piece
        }
        return false
    }

    private func run(
        _ text: [UInt8],
        from position: Int,
        on connection: SQLiteConnection,
        after statements: Int
    ) throws -> (outcome: StatementOutcome?, bytes: Int) {
        do {
            let result = try text.withUnsafeBufferPointer { bytes in
                try bytes.withMemoryRebound(to: CChar.self) { characters in
                    try characters.baseAddress.map {
                        try connection.runFirst(of: $0 + position, interruptedBy: interruption)
                    } ?? (nil, 0)
                }
            }
            // A statement may end the transaction by itself, and what follows would be committed one by one.
            guard connection.isInTransaction else {
                throw DatabaseError(kind: .statement, code: 7500, message: "the statement ended the transaction")
            }
            return result
        } catch let error as DatabaseError {
            throw DatabaseError(
                kind: error.kind,
                code: error.code,
                message: "statement \(statements + 1): \(error.message)",
                advice: error.advice
            )
        }
    }
}

/// What an import did.
struct ImportOutcome: Sendable {
    var statements = 0
    var changes = 0
    var rowsRead = 0
    var lastRowID: Int64 = 0
}
