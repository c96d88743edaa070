/// A value that a statement binds or a row holds.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(nilLiteral: ()) { self = .null }

    public init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
    public init(_ value: Int) { self = .integer(Int64(value)) }
    public init(_ value: Int64?) { self = value.map(SQLValue.integer) ?? .null }
    /// SQL has no truth values of its own: 1 or 0.
    public init(_ value: Bool) { self = .integer(value ? 1 : 0) }

    /// An integer of up to 64 bits as its digits, for `CAST(?1 AS INTEGER)`.
    ///
    /// A bound number travels as a double, which holds whole numbers up to 2^53 only.
    public static func digits(_ value: Int64) -> SQLValue { .text(String(value)) }

    /// Bytes as lower-case hexadecimal digits, for `unhex(?1)`.
    ///
    /// D1's interface over HTTP has no parameters of bytes.
    public static func hexadecimal(_ bytes: some Sequence<UInt8>) -> SQLValue {
        .text(IngotCore.hexadecimal(bytes))
    }
}

/// One SQL statement with its parameters, `?1` upwards.
///
/// Numbers bind as doubles on D1: 42 becomes `42.0` in a TEXT column and a real in one without a type. Where a number
/// does not go into a column of type INTEGER or REAL, write `CAST(?1 AS INTEGER)`. Larger ones than 2^53 are bound by
/// ``SQLValue/digits(_:)``, bytes by ``SQLValue/hexadecimal(_:)``.
public struct Statement: Sendable, Equatable {
    public var sql: String
    public var parameters: [SQLValue]

    public init(_ sql: String, _ parameters: [SQLValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// What one statement answered.
public struct StatementResult: Sendable, Equatable {
    public var columns: [String]
    public var rows: [[SQLValue]]
    /// Rows that the statement inserted, updated or deleted.
    public var changes: Int

    public init(columns: [String] = [], rows: [[SQLValue]] = [], changes: Int = 0) {
        self.columns = columns
        self.rows = rows
        self.changes = changes
    }

    /// The rows, with their columns by name.
    public var named: [Row] {
        rows.enumerated().map { Row(columns: columns, values: $1, index: rows.count > 1 ? $0 : nil) }
    }
}

extension SQLValue {
    /// The kind of value in words, for errors.
    public var kind: String {
        switch self {
        case .null: "NULL"
        case .integer: "an integer"
        case .real: "a real"
        case .text: "text"
        case .blob: "a blob"
        }
    }
}

/// A D1 database, wherever it lives: at Cloudflare, or embedded in the gateway.
public protocol Database: Sendable {
    /// Runs the statements in order as one transaction; the first failure undoes all of them.
    ///
    /// The call may be repeated by the implementation after a failure whose outcome is unknown only when
    /// `isIdempotent` is true: a caller says so when running the batch twice leaves the same rows. A batch that is not
    /// so by itself becomes it by a marker: its first statement leaves a value of this call's own in a row, and every
    /// write is conditional on that value not being there. Then a copy that comes late changes nothing either, and a
    /// last statement that reads the row tells what became of the call.
    ///
    /// It is never split: what is too large for one transaction is refused.
    ///
    /// - Returns: one result a statement.
    /// - Throws: `DatabaseError`.
    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult]
}

extension Database {
    /// Runs one statement.
    @discardableResult
    public func run(_ statement: Statement, isIdempotent: Bool = true) async throws -> StatementResult {
        try await batch([statement], isIdempotent: isIdempotent).first ?? StatementResult()
    }

    /// Runs one query and reads its rows by name.
    public func rows(_ sql: String, _ parameters: [SQLValue] = []) async throws -> [Row] {
        try await run(Statement(sql, parameters)).named
    }
}

/// Why a database call failed.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable, Equatable {
        /// A UNIQUE, NOT NULL, CHECK or foreign key rule.
        case constraint
        /// The statement is wrong or forbidden.
        case statement
        /// The call, a statement or a value is larger or more work than the database takes.
        case tooLarge
        /// Credentials or rights.
        case access
        /// The database does not exist.
        case notFound
        /// Rate limit or overload: later it may go through.
        case overloaded
        /// The network or the server broke; whether the write happened may be unknown.
        case unavailable
        /// The disk is full or the database has reached its size limit.
        case full
        /// The answer is not one that D1 gives.
        case malformedAnswer
    }

    public let kind: Kind
    /// The server's own code, for example 7500.
    public let code: Int?
    public let message: String
    /// What to do about it.
    public let advice: String?

    public init(kind: Kind, code: Int? = nil, message: String, advice: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.advice = advice
    }

    public var isTransient: Bool { kind == .overloaded || kind == .unavailable }

    /// Whether the same rows may go through in smaller calls.
    public var isTooLarge: Bool {
        kind == .tooLarge || (Self.oversizeTexts + Self.heavyTexts).contains { message.contains($0) }
    }

    /// What the database says of a statement or a value that is over a limit.
    package static let oversizeTexts = ["SQLITE_TOOBIG", "statement too long", "string or blob too big"]

    /// What the database says when a call took too much memory or time
    /// (<https://developers.cloudflare.com/d1/observability/debug-d1/>).
    package static let heavyTexts = [
        "isolate exceeded its memory limit", "exceeded its CPU time limit",
        "exceeded timeout which caused object to be reset",
    ]

    public var description: String {
        "database: \(message)" + (code.map { " (code \($0))" } ?? "") + (advice.map { "; \($0)" } ?? "")
    }
}
