/// What one database call may carry, whoever makes it: the same bounds hold in process and over HTTP.
///
/// Limits of a statement or a value are the database's own and are published at
/// <https://developers.cloudflare.com/d1/platform/limits/>. For a whole call nothing is published; these bounds keep
/// well inside what is known to work.
public enum DatabaseLimits {
    public static let statementsPerCall = 100
    /// SQL text and parameters together.
    public static let bytesPerCall = 4_000_000
    /// A parameter or a row.
    public static let bytesPerValue = 2_000_000

    /// Refuses a call that is too large to be one transaction, or that holds a number which would lose digits.
    ///
    /// - Throws: ``DatabaseError`` of kind `statement`.
    public static func check(_ statements: [Statement]) throws {
        guard statements.count <= statementsPerCall else {
            throw DatabaseError(
                kind: .statement,
                message: "a call of \(statements.count) statements is over the limit of \(statementsPerCall)",
                advice: "make several calls, or carry the rows in one JSON parameter"
            )
        }
        var bytes = 0
        for (index, statement) in statements.enumerated() {
            bytes += statement.approximateBytes
            for (position, parameter) in statement.parameters.enumerated() {
                if case .integer(let value) = parameter, Int64(exactly: Double(value)) != value {
                    throw DatabaseError(
                        kind: .statement,
                        message: "parameter ?\(position + 1) of statement \(index) would lose digits: \(value)",
                        advice: "numbers travel as doubles; bind it as text and write CAST(?\(position + 1) AS INTEGER)"
                    )
                }
                if case .real(let value) = parameter, !value.isFinite {
                    throw DatabaseError(
                        kind: .statement,
                        message: "parameter ?\(position + 1) of statement \(index) is not a finite number",
                        advice: "bind NULL instead"
                    )
                }
            }
        }
        guard bytes <= bytesPerCall else {
            throw DatabaseError(
                kind: .statement,
                message: "a call of \(bytes) bytes is over the limit of \(bytesPerCall)",
                advice: "make several calls of fewer rows"
            )
        }
    }
}

extension DatabaseLimits {
    /// Puts statements that need not be one transaction into as few calls as the bounds allow, in order.
    public static func calls(_ statements: [Statement]) -> [[Statement]] {
        var calls: [[Statement]] = []
        var bytes = 0
        for statement in statements {
            let size = statement.approximateBytes
            if let last = calls.last, last.count < statementsPerCall, bytes + size <= bytesPerCall {
                calls[calls.count - 1].append(statement)
                bytes += size
            } else {
                calls.append([statement])
                bytes = size
            }
        }
        return calls
    }
}

extension Statement {
    fileprivate var approximateBytes: Int {
        parameters.reduce(sql.utf8.count) { $0 + $1.approximateBytes }
    }
}

extension SQLValue {
    /// The value as JSON carries it: every number is a double, and one without a fraction reads back as an integer.
    public init(throughJSON number: Double) {
        if let whole = Int64(exactly: number) {
            self = .integer(whole)
        } else {
            self = number.isFinite ? .real(number) : .null
        }
    }

    fileprivate var approximateBytes: Int {
        switch self {
        case .null: 4
        case .integer, .real: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}
