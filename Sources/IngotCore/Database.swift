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
}

/// One SQL statement with its parameters, `?1` upwards.
///
/// Numbers bind as doubles on D1; where a column has no INTEGER affinity, write `CAST(?1 AS INTEGER)`.
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
    public var named: [Row] { rows.map { Row(columns: columns, values: $0) } }
}

/// One row, read by column name and type; a mismatch throws an error that names both.
public struct Row: Sendable {
    public let columns: [String]
    public let values: [SQLValue]

    public init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    public func value(_ column: String) throws -> SQLValue {
        guard let index = columns.firstIndex(of: column), index < values.count else {
            throw RowError(column: column, expected: "a column", found: "none of that name")
        }
        return values[index]
    }

    public func string(_ column: String) throws -> String {
        guard let value = try optionalString(column) else {
            throw RowError(column: column, expected: "text", found: "NULL")
        }
        return value
    }

    public func optionalString(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case let other: throw RowError(column: column, expected: "text", found: other.kind)
        }
    }

    public func integer(_ column: String) throws -> Int64 {
        guard let value = try optionalInteger(column) else {
            throw RowError(column: column, expected: "an integer", found: "NULL")
        }
        return value
    }

    public func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: return nil
        case .integer(let value): return value
        // D1 answers every number as JSON, where 42.0 and 42 are the same.
        case .real(let value):
            if let exact = Int64(exactly: value) { return exact }
            throw RowError(column: column, expected: "an integer", found: "the number \(value)")
        case let other: throw RowError(column: column, expected: "an integer", found: other.kind)
        }
    }
}

/// A row did not hold what its reader expects.
public struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
    public let column: String
    public let expected: String
    public let found: String

    public init(column: String, expected: String, found: String) {
        self.column = column
        self.expected = expected
        self.found = found
    }

    public var description: String { "column \(column): expected \(expected), found \(found)" }
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
    /// `isIdempotent` is true: a caller says so when running the batch twice leaves the same rows.
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
        /// The statement is wrong, forbidden or over a limit.
        case statement
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

    public var description: String {
        "database: \(message)" + (code.map { " (code \($0))" } ?? "") + (advice.map { "; \($0)" } ?? "")
    }
}
