import IngotCore

/// An answer of D1's REST interface, read without trusting it: its result, or why there is none and what to do.
struct D1Answer {
    var status: Int
    var headers: RetryHeaders
    var body: [UInt8]
    /// How long the server took to answer.
    var duration = Duration.zero

    /// Objects and arrays in one another: a blob's bytes in a row lie seven deep.
    private static let maximumDepth = 16
    /// Characters of the server's words that are passed on.
    private static let longestMessage = 1000

    /// The results, and what they cost by the server's own count.
    struct Results {
        var results: [StatementResult]
        var rowsRead: Int64
        var rowsWritten: Int64
    }

    /// - Parameter count: how many statements were sent. One text of several statements has as many results.
    /// - Throws: ``CallFailure``.
    func results(count: Int) throws -> [StatementResult] { try read(count: count).results }

    /// The same, with what the results cost.
    ///
    /// - Throws: ``CallFailure``.
    func read(count: Int) throws -> Results {
        let answer: JSONValue
        do {
            answer = try JSONParser.parse(body, maximumDepth: Self.maximumDepth)
        } catch {
            throw (200..<300).contains(status) ? malformed(error.description) : failure(nil)
        }
        guard (200..<300).contains(status), answer["success"]?.boolValue == true else { throw failure(answer) }
        guard let entries = answer["result"]?.arrayValue, entries.count == count || count == 1 && entries.count > 1
        else { throw malformed("there is not one result for each statement") }
        func sum(_ member: String) -> Int64 {
            entries.reduce(0) { sum, entry in
                // What is no count that can be believed counts as nothing.
                let rows = entry["meta"]?[member]?.integerValue ?? 0
                return (0...(1 << 40)).contains(rows) ? sum &+ rows : sum
            }
        }
        return Results(
            results: try entries.map(result),
            rowsRead: sum("rows_read"),
            rowsWritten: sum("rows_written")
        )
    }

    // MARK: - Results

    private func result(_ entry: JSONValue) throws -> StatementResult {
        guard case .object = entry else { throw malformed("a result is not an object") }
        guard entry["success"]?.boolValue != false else { throw failure(["errors": .array([entry])]) }
        let changes = entry["meta"]?["changes"]?.integerValue.flatMap { Int(exactly: $0) } ?? 0
        switch entry["results"] {
        case nil, .null: return StatementResult(changes: changes)
        // A statement without rows answers an empty array in the other form.
        case .array(let rows) where rows.isEmpty: return StatementResult(changes: changes)
        case .object(let members):
            guard let names = members["columns"]?.arrayValue, let rows = members["rows"]?.arrayValue else {
                throw malformed("results have no columns or no rows")
            }
            let columns = names.compactMap(\.stringValue)
            guard columns.count == names.count else { throw malformed("a column's name is not text") }
            return StatementResult(
                columns: columns,
                rows: try rows.enumerated().map { try row($1, columns, index: $0) },
                changes: changes
            )
        default: throw malformed("results are not columns and rows")
        }
    }

    private func row(_ row: JSONValue, _ columns: [String], index: Int) throws -> [SQLValue] {
        guard case .array(let cells) = row, cells.count == columns.count else {
            throw malformed("row \(index) does not have a value for each column")
        }
        return try zip(columns, cells).map { column, cell in
            switch cell {
            case .null: return .null
            // Through a double, as it came: digits beyond 2^53 mean nothing.
            case .integer(let number): return SQLValue(throughJSON: Double(number))
            case .number(let number): return SQLValue(throughJSON: number)
            case .string(let text): return .text(text)
            case .bool(let value): return SQLValue(value)
            case .array(let elements):
                return .blob(
                    try elements.map { element in
                        guard let byte = element.integerValue.flatMap({ UInt8(exactly: $0) }) else {
                            throw malformed("column \(column) of row \(index) is a list of more than bytes")
                        }
                        return byte
                    }
                )
            case .object: throw malformed("column \(column) of row \(index) is an object")
            }
        }
    }

    // MARK: - Failures

    private func malformed(_ problem: String) -> CallFailure {
        CallFailure(
            error: DatabaseError(
                kind: .malformedAnswer,
                message: "the answer cannot be read: \(problem); whether the statements ran is unknown",
                advice: "check that \(StorageSettings.Name.databaseBaseURL) is D1's address"
            ),
            retry: .ifIdempotent,
            after: headers.after
        )
    }

    /// - Parameter answer: `nil` when the body is not JSON: gateways in front of D1 answer with HTML or nothing.
    private func failure(_ answer: JSONValue?) -> CallFailure {
        let errors = answer?["errors"]?.arrayValue ?? []
        let code = errors.lazy.compactMap { $0["code"]?.integerValue }.first.flatMap { Int(exactly: $0) }
        let messages = errors.compactMap { ($0["message"] ?? $0["error"])?.stringValue }.filter { !$0.isEmpty }
        var message = String(messages.joined(separator: "; ").prefix(Self.longestMessage))
        // The form that bindings see.
        if message.hasPrefix("D1_ERROR: ") { message.removeFirst(10) }
        var refusal = D1Refusal.refusal(status: status, code: code, message: message, after: duration)
        if message.isEmpty { message = "the server answered \(status) without saying why" }
        if answer == nil, refusal.kind == .statement {
            refusal.kind = .malformedAnswer
            refusal.advice = "check that \(StorageSettings.Name.databaseBaseURL) is D1's address"
        }
        if refusal.kind == .unavailable { message += "; whether the statements ran is unknown" }
        if headers.shouldRetry == true, refusal.retry == .never { refusal.retry = .ifIdempotent }
        if headers.shouldRetry == false { refusal.retry = .never }
        return CallFailure(
            error: DatabaseError(kind: refusal.kind, code: code, message: message, advice: refusal.advice),
            retry: refusal.retry,
            after: headers.after ?? (refusal.retry == .whenAdmitted ? headers.reset : nil)
        )
    }
}
