/// What one database call may carry.
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
    /// SQL text.
    public static let bytesPerStatement = 100_000
    public static let parametersPerStatement = 100

    /// Refuses what no database takes in one call, and parameters that would arrive as something else: the same
    /// refusals in process and over HTTP.
    ///
    /// - Throws: ``DatabaseError`` of kind `statement` or `tooLarge`.
    public static func check(_ statements: [Statement]) throws {
        guard statements.count <= statementsPerCall else {
            throw tooLarge(
                "a call of \(statements.count) statements is over the limit of \(statementsPerCall)",
                "make several calls, or carry the rows in one JSON parameter"
            )
        }
        var bytes = 0
        for (index, statement) in statements.enumerated() {
            bytes += statement.sql.utf8.count
            for (position, parameter) in statement.parameters.enumerated() {
                bytes += parameter.approximateBytes
                if let (problem, advice) = problem(of: parameter, at: position + 1) {
                    throw DatabaseError(
                        kind: .statement,
                        message: "parameter ?\(position + 1) of statement \(index) \(problem)",
                        advice: advice
                    )
                }
            }
        }
        guard bytes <= bytesPerCall else {
            throw tooLarge(
                "a call of \(bytes) bytes is over the limit of \(bytesPerCall)",
                "make several calls of fewer rows"
            )
        }
    }

    private static func problem(of parameter: SQLValue, at number: Int) -> (problem: String, advice: String)? {
        switch parameter {
        case .integer(let value) where value.magnitude > 1 << 53:
            (
                "would lose digits: \(value)",
                "numbers travel as doubles; bind SQLValue.digits and write CAST(?\(number) AS INTEGER)"
            )
        case .real(let value) where !value.isFinite: ("is not a finite number", "bind NULL instead")
        case .blob: ("holds bytes", "bind SQLValue.hexadecimal and write unhex(?\(number))")
        case .null, .integer, .real, .text: nil
        }
    }

    /// Refuses before it is sent what the database would refuse as over its limits.
    ///
    /// - Throws: ``DatabaseError`` of kind `statement` or `tooLarge`.
    public static func checkSizes(_ statements: [Statement]) throws {
        for (index, statement) in statements.enumerated() {
            guard statement.sql.utf8.count <= bytesPerStatement else {
                throw tooLarge(
                    "the text of statement \(index) has \(statement.sql.utf8.count) bytes, over the limit of "
                        + "\(bytesPerStatement)",
                    "bind what is long instead of writing it into the statement"
                )
            }
            guard statement.parameters.count <= parametersPerStatement else {
                throw DatabaseError(
                    kind: .statement,
                    message: "statement \(index) binds \(statement.parameters.count) values, over the limit of "
                        + "\(parametersPerStatement)",
                    advice: "carry the values in one JSON parameter"
                )
            }
            for (position, parameter) in statement.parameters.enumerated()
            where parameter.approximateBytes > bytesPerValue {
                throw tooLarge(
                    "parameter ?\(position + 1) of statement \(index) has \(parameter.approximateBytes) bytes, over the "
                        + "limit of \(bytesPerValue)",
                    "make several calls of fewer rows, or keep the long value in the object store"
                )
            }
        }
    }

    private static func tooLarge(_ message: String, _ advice: String) -> DatabaseError {
        DatabaseError(kind: .tooLarge, message: message, advice: advice)
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

    var approximateBytes: Int {
        switch self {
        case .null: 4
        case .integer, .real: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}
