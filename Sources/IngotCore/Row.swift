/// One row, read by column name and type; a mismatch throws an error that names both.
public struct Row: Sendable {
    public let columns: [String]
    public let values: [SQLValue]
    /// Its place among the rows of one answer, from 0, when there are several.
    public let index: Int?

    public init(columns: [String], values: [SQLValue], index: Int? = nil) {
        self.columns = columns
        self.values = values
        self.index = index
    }

    public func value(_ column: String) throws -> SQLValue {
        guard let index = columns.firstIndex(of: column), index < values.count else {
            throw RowError(column: column, expected: "a column", found: "none of that name", row: index)
        }
        return values[index]
    }

    // MARK: - Text

    public func string(_ column: String) throws -> String { try present(optionalString(column), column, "text") }

    public func optionalString(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case let other: throw mismatch(column, "text", other.kind)
        }
    }

    // MARK: - Numbers

    /// The column's whole number.
    ///
    /// - Throws: ``RowError``, also for a number beyond 2^53: it came as a double, and its last digits may be wrong.
    public func integer(_ column: String) throws -> Int64 {
        try present(optionalInteger(column), column, "an integer")
    }

    public func optionalInteger(_ column: String) throws -> Int64? {
        let number: Double
        switch try value(column) {
        case .null: return nil
        case .integer(let value) where value.magnitude < Self.exactBound: return value
        case .integer(let value): number = Double(value)
        // The database answers every number as JSON, where 42.0 and 42 are the same.
        case .real(let value):
            if let whole = Int64(exactly: value), whole.magnitude < Self.exactBound { return whole }
            number = value
        case let other: throw mismatch(column, "an integer", other.kind)
        }
        guard number.rounded() == number else { throw mismatch(column, "an integer", "the number \(number)") }
        throw mismatch(
            column,
            "an integer below 2^53",
            "a larger one, whose last digits may be lost; select CAST(\(column) AS TEXT) and read its digits"
        )
    }

    /// The first whole number that may be another one in truth: from there on doubles skip some.
    private static let exactBound: UInt64 = 1 << 53

    /// A whole number of up to 64 bits that was selected as text, `CAST(size AS TEXT) AS size`.
    public func digits(_ column: String) throws -> Int64 { try present(optionalDigits(column), column, "digits") }

    public func optionalDigits(_ column: String) throws -> Int64? {
        try optionalString(column).map { text in
            guard let number = Int64(text) else { throw mismatch(column, "an integer's digits", "other text") }
            return number
        }
    }

    public func real(_ column: String) throws -> Double { try present(optionalReal(column), column, "a number") }

    public func optionalReal(_ column: String) throws -> Double? {
        switch try value(column) {
        case .null: nil
        case .real(let value): value
        case .integer(let value): Double(value)
        case let other: throw mismatch(column, "a number", other.kind)
        }
    }

    /// 1 or 0.
    public func bool(_ column: String) throws -> Bool { try present(optionalBool(column), column, "0 or 1") }

    public func optionalBool(_ column: String) throws -> Bool? {
        switch try optionalInteger(column) {
        case nil: nil
        case 0: false
        case 1: true
        case let other?: throw mismatch(column, "0 or 1", "the number \(other)")
        }
    }

    // MARK: - Bytes

    public func blob(_ column: String) throws -> [UInt8] { try present(optionalBlob(column), column, "a blob") }

    public func optionalBlob(_ column: String) throws -> [UInt8]? {
        switch try value(column) {
        case .null: nil
        case .blob(let bytes): bytes
        case let other: throw mismatch(column, "a blob", other.kind)
        }
    }

    // MARK: - Errors

    private func present<Value>(_ value: Value?, _ column: String, _ expected: String) throws -> Value {
        guard let value else { throw mismatch(column, expected, "NULL") }
        return value
    }

    private func mismatch(_ column: String, _ expected: String, _ found: String) -> RowError {
        RowError(column: column, expected: expected, found: found, row: index)
    }
}

/// A row did not hold what its reader expects.
public struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
    public let column: String
    public let expected: String
    public let found: String
    /// The row's place in the answer, from 0, when it had several.
    public let row: Int?

    public init(column: String, expected: String, found: String, row: Int? = nil) {
        self.column = column
        self.expected = expected
        self.found = found
        self.row = row
    }

    public var description: String {
        "column \(column)\(row.map { " of row \($0)" } ?? ""): expected \(expected), found \(found)"
    }
}
