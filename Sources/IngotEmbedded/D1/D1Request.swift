import IngotCore

/// Which call of D1's REST interface a request is
/// (<https://developers.cloudflare.com/api/resources/d1/subresources/database/>).
enum D1Route: Equatable {
    case query(account: String, database: String)
    case raw(account: String, database: String)
    case describe(account: String, database: String)

    init?(method: String, path: String) {
        let parts = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // "", client, v4, accounts, ACCOUNT, d1, database, DATABASE[, query]
        guard parts.count == 8 || parts.count == 9, parts[0].isEmpty, parts[1] == "client", parts[2] == "v4",
            parts[3] == "accounts", parts[5] == "d1", parts[6] == "database"
        else { return nil }
        switch (method, parts.count == 9 ? parts[8] : nil) {
        case ("POST", "query"): self = .query(account: parts[4], database: parts[7])
        case ("POST", "raw"): self = .raw(account: parts[4], database: parts[7])
        case ("GET", nil): self = .describe(account: parts[4], database: parts[7])
        default: return nil
        }
    }
}

/// The body of a query: `{"sql": …, "params": […]}` or `{"batch": [{"sql": …, "params": […]}, …]}`.
enum D1RequestBody {
    /// - Throws: ``D1Failure`` with code 7400.
    static func statements(_ bytes: [UInt8]) throws -> [Statement] {
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes, maximumDepth: 8)
        } catch {
            throw D1Failure.malformed(error.description)
        }
        guard case .object(let members) = value else { throw D1Failure.malformed("the body is not an object") }
        switch (members["sql"], members["batch"]) {
        case (.some, nil):
            return [try statement(members)]
        case (nil, .array(let entries)?) where !entries.isEmpty:
            return try entries.map { entry in
                guard case .object(let members) = entry else {
                    throw D1Failure.malformed("an entry of the batch is not an object")
                }
                return try statement(members)
            }
        case (nil, .some): throw D1Failure.malformed("batch is not an array of statements")
        case (.some, .some): throw D1Failure.malformed("both sql and batch are given")
        case (nil, nil): throw D1Failure.malformed("neither sql nor batch is given")
        }
    }

    private static func statement(_ members: [String: JSONValue]) throws -> Statement {
        guard case .string(let sql)? = members["sql"] else { throw D1Failure.malformed("sql is not a string") }
        switch members["params"] {
        case nil, .null: return Statement(sql)
        case .array(let values): return Statement(sql, try values.map(parameter))
        default: throw D1Failure.malformed("params is not an array")
        }
    }

    /// Numbers, strings, null, and arrays of bytes; nothing else.
    private static func parameter(_ value: JSONValue) throws -> SQLValue {
        switch value {
        case .null: return .null
        case .integer(let number): return .real(Double(number))
        case .number(let number): return .real(number)
        case .string(let text): return .text(text)
        case .array(let elements):
            return .blob(
                try elements.map { element in
                    guard let number = element.integerValue, let byte = UInt8(exactly: number) else {
                        throw D1Failure.malformed("an array among the params holds more than bytes")
                    }
                    return byte
                }
            )
        case .bool, .object: throw D1Failure.malformed("a param is neither a number, a string nor null")
        }
    }
}

/// A refusal as D1 words it.
struct D1Failure: Error, Equatable {
    var status: Int
    var code: Int
    var message: String

    static func malformed(_ reason: String) -> D1Failure {
        D1Failure(status: 400, code: 7400, message: "The request is malformed: \(reason)")
    }

    init(status: Int, code: Int, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    init(_ error: DatabaseError) {
        let status =
            switch error.kind {
            case .overloaded: 429
            case .unavailable, .malformedAnswer: 500
            default: 400
            }
        self.init(status: status, code: error.code ?? 7500, message: error.message)
    }
}
