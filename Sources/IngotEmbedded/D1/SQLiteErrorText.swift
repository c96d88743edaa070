import CSQLite
import IngotCore

/// How D1 words an error of SQLite: `<message>[ at offset N]: <PRIMARY>[ (extended: <EXTENDED>)]`.
enum SQLiteErrorText {
    static func text(message: String, offset: Int32, extendedCode: Int32) -> String {
        let primary = name(ofPrimary: extendedCode & 0xFF)
        var text = message
        if offset >= 0 { text += " at offset \(offset)" }
        text += ": \(primary)"
        if let extended = name(ofExtended: extendedCode) { text += " (extended: \(extended))" }
        return text
    }

    /// What SQLite says when the disk is full.
    static let full = text(message: "database or disk is full", offset: -1, extendedCode: SQLITE_FULL)

    /// What callers tell apart.
    static func kind(ofCode code: Int32) -> DatabaseError.Kind {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_FULL: .full
        case SQLITE_TOOBIG: .tooLarge
        case SQLITE_BUSY, SQLITE_LOCKED: .overloaded
        case SQLITE_IOERR, SQLITE_INTERRUPT, SQLITE_NOMEM, SQLITE_CANTOPEN, SQLITE_PROTOCOL: .unavailable
        case SQLITE_CORRUPT, SQLITE_NOTADB: .malformedAnswer
        default: .statement
        }
    }

    static func advice(forCode code: Int32) -> String? {
        switch code & 0xFF {
        case SQLITE_FULL: "free space on the disk that holds the database"
        case SQLITE_CORRUPT, SQLITE_NOTADB: "the database file is damaged; restore it or start with a new folder"
        case SQLITE_TOOBIG: "one value or row holds at most 2,000,000 bytes, one statement 100,000"
        default: nil
        }
    }

    private static func name(ofPrimary code: Int32) -> String {
        switch code {
        case SQLITE_ERROR: "SQLITE_ERROR"
        case SQLITE_INTERNAL: "SQLITE_INTERNAL"
        case SQLITE_PERM: "SQLITE_PERM"
        case SQLITE_ABORT: "SQLITE_ABORT"
        case SQLITE_BUSY: "SQLITE_BUSY"
        case SQLITE_LOCKED: "SQLITE_LOCKED"
        case SQLITE_NOMEM: "SQLITE_NOMEM"
        case SQLITE_READONLY: "SQLITE_READONLY"
        case SQLITE_INTERRUPT: "SQLITE_INTERRUPT"
        case SQLITE_IOERR: "SQLITE_IOERR"
        case SQLITE_CORRUPT: "SQLITE_CORRUPT"
        case SQLITE_NOTFOUND: "SQLITE_NOTFOUND"
        case SQLITE_FULL: "SQLITE_FULL"
        case SQLITE_CANTOPEN: "SQLITE_CANTOPEN"
        case SQLITE_PROTOCOL: "SQLITE_PROTOCOL"
        case SQLITE_SCHEMA: "SQLITE_SCHEMA"
        case SQLITE_TOOBIG: "SQLITE_TOOBIG"
        case SQLITE_CONSTRAINT: "SQLITE_CONSTRAINT"
        case SQLITE_MISMATCH: "SQLITE_MISMATCH"
        case SQLITE_MISUSE: "SQLITE_MISUSE"
        case SQLITE_NOLFS: "SQLITE_NOLFS"
        case SQLITE_AUTH: "SQLITE_AUTH"
        case SQLITE_RANGE: "SQLITE_RANGE"
        case SQLITE_NOTADB: "SQLITE_NOTADB"
        default: "SQLITE_UNKNOWN"
        }
    }

    private static let extendedNames: [Int32: String] = [
        SQLITE_CONSTRAINT | 1 << 8: "SQLITE_CONSTRAINT_CHECK",
        SQLITE_CONSTRAINT | 2 << 8: "SQLITE_CONSTRAINT_COMMITHOOK",
        SQLITE_CONSTRAINT | 3 << 8: "SQLITE_CONSTRAINT_FOREIGNKEY",
        SQLITE_CONSTRAINT | 4 << 8: "SQLITE_CONSTRAINT_FUNCTION",
        SQLITE_CONSTRAINT | 5 << 8: "SQLITE_CONSTRAINT_NOTNULL",
        SQLITE_CONSTRAINT | 6 << 8: "SQLITE_CONSTRAINT_PRIMARYKEY",
        SQLITE_CONSTRAINT | 7 << 8: "SQLITE_CONSTRAINT_TRIGGER",
        SQLITE_CONSTRAINT | 8 << 8: "SQLITE_CONSTRAINT_UNIQUE",
        SQLITE_CONSTRAINT | 9 << 8: "SQLITE_CONSTRAINT_VTAB",
        SQLITE_CONSTRAINT | 10 << 8: "SQLITE_CONSTRAINT_ROWID",
        SQLITE_CONSTRAINT | 11 << 8: "SQLITE_CONSTRAINT_PINNED",
        SQLITE_CONSTRAINT | 12 << 8: "SQLITE_CONSTRAINT_DATATYPE",
        SQLITE_BUSY | 1 << 8: "SQLITE_BUSY_RECOVERY",
        SQLITE_BUSY | 2 << 8: "SQLITE_BUSY_SNAPSHOT",
        SQLITE_BUSY | 3 << 8: "SQLITE_BUSY_TIMEOUT",
        SQLITE_ERROR | 1 << 8: "SQLITE_ERROR_MISSING_COLLSEQ",
        SQLITE_ERROR | 2 << 8: "SQLITE_ERROR_RETRY",
        SQLITE_IOERR | 1 << 8: "SQLITE_IOERR_READ",
        SQLITE_IOERR | 2 << 8: "SQLITE_IOERR_SHORT_READ",
        SQLITE_IOERR | 3 << 8: "SQLITE_IOERR_WRITE",
        SQLITE_IOERR | 4 << 8: "SQLITE_IOERR_FSYNC",
        SQLITE_IOERR | 5 << 8: "SQLITE_IOERR_DIR_FSYNC",
        SQLITE_IOERR | 6 << 8: "SQLITE_IOERR_TRUNCATE",
    ]

    private static func name(ofExtended code: Int32) -> String? {
        code == code & 0xFF ? nil : extendedNames[code]
    }
}
