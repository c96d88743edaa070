import IngotCore

/// Which call of D1's REST interface a request is
/// (<https://developers.cloudflare.com/api/resources/d1/subresources/database/>).
enum D1Route: Equatable {
    case query(account: String, database: String)
    case raw(account: String, database: String)
    case describe(account: String, database: String)
    case importing(account: String, database: String)
    case exporting(account: String, database: String)
    case timeTravel(account: String, database: String)

    init?(method: String, path: String) {
        let parts = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // "", client, v4, accounts, ACCOUNT, d1, database, DATABASE[, query]
        guard (8...10).contains(parts.count), parts[0].isEmpty, parts[1] == "client", parts[2] == "v4",
            parts[3] == "accounts", parts[5] == "d1", parts[6] == "database"
        else { return nil }
        switch (method, parts.count > 8 ? parts[8...].joined(separator: "/") : nil) {
        case ("POST", "query"): self = .query(account: parts[4], database: parts[7])
        case ("POST", "raw"): self = .raw(account: parts[4], database: parts[7])
        case ("GET", nil): self = .describe(account: parts[4], database: parts[7])
        case ("POST", "import"): self = .importing(account: parts[4], database: parts[7])
        case ("POST", "export"): self = .exporting(account: parts[4], database: parts[7])
        case ("GET", "time_travel/bookmark"), ("POST", "time_travel/restore"):
            self = .timeTravel(account: parts[4], database: parts[7])
        default: return nil
        }
    }
}

/// The body of an import's call.
enum D1ImportBody: Equatable {
    case initialise(etag: String)
    case ingest(etag: String, filename: String)
    case poll(bookmark: String)

    /// - Throws: ``D1Failure`` with code 7400.
    init(_ bytes: [UInt8]) throws {
        let members = try D1RequestBody.members(bytes)
        func text(_ name: String) throws -> String {
            guard case .string(let text)? = members[name] else { throw D1Failure.malformed("\(name) is not a string") }
            return text
        }
        switch try text("action") {
        case "init": self = .initialise(etag: try text("etag"))
        case "ingest": self = .ingest(etag: try text("etag"), filename: try text("filename"))
        case "poll": self = .poll(bookmark: try text("current_bookmark"))
        default: throw D1Failure.malformed("action is none of init, ingest and poll")
        }
    }
}

/// The body of an export's call.
struct D1ExportBody: Equatable {
    var options = DumpOptions()
    var bookmark: String?

    /// - Throws: ``D1Failure`` with code 7400.
    init(_ bytes: [UInt8]) throws {
        let members = try D1RequestBody.members(bytes)
        guard members["output_format"] == "polling" else { throw D1Failure.malformed("output_format is not polling") }
        switch members["current_bookmark"] {
        case nil, .null: break
        case .string(let text): bookmark = text
        default: throw D1Failure.malformed("current_bookmark is not a string")
        }
        guard let given = members["dump_options"], given != .null else { return }
        guard case .object(let given) = given else { throw D1Failure.malformed("dump_options is not an object") }
        options.hasData = try !D1ExportBody.flag("no_data", in: given)
        options.hasSchema = try !D1ExportBody.flag("no_schema", in: given)
        guard let tables = given["tables"] else { return }
        guard let names = tables.arrayValue?.map(\.stringValue), !names.contains(nil) else {
            throw D1Failure.malformed("tables is not an array of names")
        }
        options.tables = Set(names.compactMap { $0 })
    }

    private static func flag(_ name: String, in members: [String: JSONValue]) throws -> Bool {
        switch members[name] {
        case nil, .null: return false
        case .bool(let value): return value
        default: throw D1Failure.malformed("\(name) is not a boolean")
        }
    }
}

/// The body of a query: `{"sql": …, "params": […]}` or `{"batch": [{"sql": …, "params": […]}, …]}`.
enum D1RequestBody {
    /// - Throws: ``D1Failure`` with code 7400.
    static func statements(_ bytes: [UInt8]) throws -> [Statement] {
        let members = try members(bytes)
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

    /// The members of a body that is one object.
    static func members(_ bytes: [UInt8]) throws -> [String: JSONValue] {
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes, maximumDepth: 8)
        } catch {
            throw D1Failure.malformed(error.description)
        }
        guard case .object(let members) = value else { throw D1Failure.malformed("the body is not an object") }
        return members
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
