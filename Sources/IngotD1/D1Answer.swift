import IngotCore

/// An answer of D1's REST interface, read without trusting it: its result, or why there is none and what to do.
struct D1Answer {
    /// When the same call may be made again.
    enum Retry: Equatable {
        case never
        /// Nothing was done, so anyone may try again, after this long if the server said so.
        case refused(after: Duration?)
        /// Nothing was done, and one more try is known to help now and then.
        case once
        /// What was done is unknown: only for calls that may run twice.
        case ifIdempotent
    }

    struct Failure: Error {
        var error: DatabaseError
        var retry: Retry
    }

    var status: Int
    /// The value of a `retry-after` header.
    var retryAfter: String?
    var body: [UInt8]

    /// - Parameter count: how many statements were sent. One text of several statements has as many results.
    /// - Throws: ``Failure``.
    func results(count: Int) throws -> [StatementResult] {
        guard let answer = try? JSONParser.parse(body) else { throw failureWithoutJSON }
        guard status == 200, answer["success"]?.boolValue == true else { throw failure(answer) }
        guard let entries = answer["result"]?.arrayValue, entries.count == count || count == 1 && entries.count > 1
        else { throw malformed("there is not one result for each statement") }
        return try entries.map(result)
    }

    // MARK: - Results

    private func result(_ entry: JSONValue) throws -> StatementResult {
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
            return StatementResult(columns: columns, rows: try rows.map { try row($0, columns) }, changes: changes)
        default: throw malformed("results are not columns and rows")
        }
    }

    private func row(_ row: JSONValue, _ columns: [String]) throws -> [SQLValue] {
        guard case .array(let cells) = row, cells.count == columns.count else {
            throw malformed("a row does not have a value for each column")
        }
        return try cells.map { cell in
            switch cell {
            case .null: return .null
            // Through a double, as it came: digits beyond 2^53 mean nothing.
            case .integer(let number): return SQLValue(throughJSON: Double(number))
            case .number(let number): return SQLValue(throughJSON: number)
            case .string(let text): return .text(text)
            case .bool(let value): return .integer(value ? 1 : 0)
            case .array(let elements):
                return .blob(
                    try elements.map { element in
                        guard let byte = element.integerValue.flatMap({ UInt8(exactly: $0) }) else {
                            throw malformed("a blob holds more than bytes")
                        }
                        return byte
                    }
                )
            case .object: throw malformed("a value is an object")
            }
        }
    }

    private func malformed(_ problem: String) -> Failure {
        Failure(
            error: DatabaseError(
                kind: .malformedAnswer,
                message: "the answer cannot be read: \(problem)",
                advice: "check that the address is D1's"
            ),
            retry: .ifIdempotent
        )
    }

    // MARK: - Failures

    private var retryDelay: Duration? {
        retryAfter.flatMap { Int($0) }.flatMap { (0...3600).contains($0) ? .seconds($0) : nil }
    }

    /// Gateways in front of D1 answer with HTML or nothing.
    private var failureWithoutJSON: Failure {
        switch status {
        case 429: overloaded(nil, "too many requests")
        case 500...599:
            Failure(
                error: DatabaseError(
                    kind: .unavailable,
                    message: "the gateway answered \(status); whether the statements ran is unknown",
                    advice: "try again later with smaller calls"
                ),
                retry: .ifIdempotent
            )
        case 200: malformed("it is not JSON")
        default:
            Failure(
                error: DatabaseError(
                    kind: .malformedAnswer,
                    message: "the server answered \(status) without saying why",
                    advice: "check that the address is D1's"
                ),
                retry: .never
            )
        }
    }

    private func failure(_ answer: JSONValue) -> Failure {
        let first = answer["errors"]?.arrayValue?.first
        let code = first?["code"]?.integerValue.flatMap { Int(exactly: $0) }
        let message = first?["message"]?.stringValue ?? "the server answered \(status) without a message"
        switch (status, code) {
        case (429, _), (_, 971): return overloaded(code, message)
        case (_, 7403):
            return refusal(.access, code, message, "give the token the right D1 Edit, and check the account", .once)
        case (401, _), (_, 10000), (_, 9106), (_, 9109), (_, 6003):
            return refusal(.access, code, message, "check the token in \(StorageSettings.Name.databaseToken)")
        case (_, 7404):
            return refusal(.notFound, code, message, "check \(StorageSettings.Name.databaseID)")
        case (_, 7003), (404, _):
            return refusal(
                .notFound,
                code,
                message,
                "check \(StorageSettings.Name.accountID) and \(StorageSettings.Name.databaseID)"
            )
        case (403, _):
            return refusal(.access, code, message, "check the rights of the token")
        case (500...599, _):
            return Failure(
                error: DatabaseError(kind: .unavailable, code: code, message: message, advice: "try again later"),
                retry: .ifIdempotent
            )
        default:
            return statementFailure(code, message)
        }
    }

    private func refusal(
        _ kind: DatabaseError.Kind,
        _ code: Int?,
        _ message: String,
        _ advice: String,
        _ retry: Retry = .never
    ) -> Failure {
        Failure(error: DatabaseError(kind: kind, code: code, message: message, advice: advice), retry: retry)
    }

    private func overloaded(_ code: Int?, _ message: String) -> Failure {
        // The rate limit stands before the database, and nothing ran. An overloaded database may have begun.
        let isRateLimit = code == 971 || retryAfter != nil
        return Failure(
            error: DatabaseError(
                kind: .overloaded,
                code: code,
                message: message,
                advice: isRateLimit
                    ? "make fewer and larger calls: 1,200 in five minutes are allowed" : "try again with smaller calls"
            ),
            retry: isRateLimit ? .refused(after: retryDelay) : .ifIdempotent
        )
    }

    private func statementFailure(_ code: Int?, _ message: String) -> Failure {
        func holds(_ texts: [String]) -> Bool { texts.contains { message.contains($0) } }
        if holds(Self.transientTexts) {
            return Failure(
                error: DatabaseError(kind: .unavailable, code: code, message: message, advice: "try again later"),
                retry: .ifIdempotent
            )
        }
        if holds(Self.heavyTexts) {
            return Failure(
                error: DatabaseError(kind: .unavailable, code: code, message: message, advice: "make smaller calls"),
                retry: .ifIdempotent
            )
        }
        if message.contains("SQLITE_CONSTRAINT") {
            return refusal(.constraint, code, message, "the row breaks a rule of its table")
        }
        if holds(["SQLITE_FULL", "maximum DB size"]) {
            return refusal(.full, code, message, "the database is full; remove old revisions or use another")
        }
        return refusal(.statement, code, message, "correct the statement")
    }

    /// Passing failures by their words
    /// (<https://developers.cloudflare.com/d1/observability/debug-d1/>).
    private static let transientTexts = [
        "Network connection lost", "storage caused object to be reset", "reset because its code was updated",
        "Cannot resolve D1 DB due to transient issue", "Internal error while starting up D1 DB storage",
        "Can't read from request stream because client disconnected",
    ]

    private static let heavyTexts = [
        "exceeded timeout which caused object to be reset", "overloaded", "isolate exceeded its memory limit",
        "exceeded its CPU time limit",
    ]
}
