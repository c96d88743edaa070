import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import IngotCore
import Logging
import NIOCore

/// D1's REST interface over the embedded database, with D1's refusals: what passes here passes there.
struct D1Endpoint: EmbeddedEndpoint {
    /// Bodies over this are refused; the hosted interface publishes no bound.
    static let largestBody = 16 << 20

    let database: EmbeddedDatabase
    let accountID: String
    let databaseID: String
    let token: Secret
    let budget: CallBudget?
    let transfers: BulkTransfers
    /// Where files are uploaded to and downloaded from, without credentials: `http://HOST:PORT/transfers`.
    let transferBase: String

    func answer(to request: Request) async -> Response {
        let path = request.head.path ?? ""
        if path.hasPrefix("/transfers/") {
            return await TransferFiles(transfers: transfers)
                .answer(to: request, token: String(path.dropFirst("/transfers/".count)))
        }
        var headers = HTTPFields()
        headers[.rateLimit] = #""default";r=1200;t=300"#
        headers[.rateLimitPolicy] = #""burst";q=1200;w=300"#
        do {
            try authenticate(request.headers[.authorization])
            if let budget {
                let (isAllowed, remaining, seconds) = budget.take()
                headers[.rateLimit] = #""default";r=\#(remaining);t=\#(seconds)"#
                headers[.rateLimitPolicy] = #""burst";q=\#(budget.calls);w=\#(budget.window.components.seconds)"#
                guard isAllowed else {
                    headers[.retryAfter] = String(seconds)
                    throw D1Failure.rateLimited
                }
            }
            return respond(status: .ok, headers, try await body(of: request))
        } catch let failure as D1Failure {
            return respond(failure, headers)
        } catch let error as DatabaseError where error.isTimeLimit {
            // The gateway in front of D1 gives up first, with a page of its own.
            return answer(to: .gatewayTimeout)
        } catch let error as DatabaseError {
            return respond(D1Failure(error), headers)
        } catch is NIOTooManyBytesError {
            return respond(
                D1Failure(
                    status: 413,
                    code: 7400,
                    message: "The request is malformed: the body is over \(Self.largestBody) bytes"
                ),
                headers
            )
        } catch {
            return respond(D1Failure(status: 500, code: 7500, message: "Network connection lost."), headers)
        }
    }

    func answer(to fault: PlannedFailure) -> Response {
        switch fault {
        case .rateLimited(let seconds):
            var headers = HTTPFields()
            headers[.retryAfter] = seconds.map { String($0) }
            return respond(.rateLimited, headers)
        case .overloaded:
            return respond(
                D1Failure(status: 429, code: 7500, message: "D1 DB is overloaded. Requests queued for too long."),
                HTTPFields()
            )
        case .internalError:
            return respond(D1Failure(status: 500, code: 7500, message: "internal error"), HTTPFields())
        case .gatewayTimeout:
            return Response(
                status: .gatewayTimeout,
                headers: [.contentType: "text/html"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<html><body>504 Gateway Time-out</body></html>"))
            )
        }
    }

    private func authenticate(_ authorization: String?) throws {
        let scheme = "Bearer "
        // Digests compare in constant time, and their length tells nothing.
        guard let authorization, authorization.prefix(scheme.count).lowercased() == scheme.lowercased(),
            SHA256.hash(data: Array(authorization.dropFirst(scheme.count).utf8))
                == SHA256.hash(data: Array(token.revealed.utf8))
        else { throw D1Failure(status: 401, code: 10000, message: "Authentication error") }
    }

    private func body(of request: Request) async throws -> [UInt8] {
        let path = request.head.path ?? ""
        guard let route = D1Route(method: request.method.rawValue, path: path) else {
            throw D1Failure.noRoute(path)
        }
        switch route {
        case .query(let account, let database):
            try check(account: account, database: database)
            return D1Answer.success(try await run(request), .objects)
        case .raw(let account, let database):
            try check(account: account, database: database)
            return D1Answer.success(try await run(request), .arrays)
        case .describe(let account, let database):
            try check(account: account, database: database)
            return try await describe(fields: D1Description.fields(path))
        case .importing(let account, let database):
            try check(account: account, database: database)
            let result =
                switch try D1ImportBody(await bytes(of: request)) {
                case .initialise(let etag): try await transfers.initialise(etag: etag, base: transferBase)
                case .ingest(let etag, let filename): try await transfers.ingest(etag: etag, filename: filename)
                case .poll(let bookmark): await transfers.poll(bookmark: bookmark)
                }
            return D1Answer.success(result)
        case .exporting(let account, let database):
            try check(account: account, database: database)
            let body = try D1ExportBody(await bytes(of: request))
            return D1Answer.success(
                try await transfers.export(body.options, bookmark: body.bookmark, base: transferBase)
            )
        case .timeTravel(let account, let database):
            try check(account: account, database: database)
            throw D1Failure(
                status: 501,
                code: 7500,
                message: "Time travel is not implemented here; export the database before what may go wrong"
            )
        }
    }

    private func check(account: String, database: String) throws {
        guard account.utf8.count == 32, account.utf8.allSatisfy(isHexadecimal) else {
            throw D1Failure.noRoute("/accounts/\(account)/d1/database/\(database)")
        }
        guard account == accountID else {
            throw D1Failure(
                status: 403,
                code: 7403,
                message: "The given account is not valid or is not authorized to access this service"
            )
        }
        guard UUID(uuidString: database) != nil else { throw D1Failure.malformed("failed to decode id") }
        guard database == databaseID else {
            throw D1Failure(status: 404, code: 7404, message: "The database \(database) could not be found")
        }
    }

    private func bytes(of request: Request) async throws -> [UInt8] {
        let buffer = try await request.body.collect(upTo: Self.largestBody)
        return Array(buffer.readableBytesView)
    }

    private func run(_ request: Request) async throws -> DatabaseOutcome {
        let statements = try D1RequestBody.statements(await bytes(of: request))
        return try await database.run(DatabaseRequest(statements, wantsSize: true, leavesReserve: true))
    }

    private func describe(fields: Set<String>?) async throws -> [UInt8] {
        let count = Statement(
            "SELECT count(*) n FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        let outcome = try await database.run(DatabaseRequest([count], wantsSize: true))
        let tables = try outcome.statements.first?.result.named.first?.integer("n") ?? 0
        return D1Description.answer(id: databaseID, tables: tables, size: outcome.size ?? 0, fields: fields)
    }

    private func respond(_ failure: D1Failure, _ headers: HTTPFields) -> Response {
        respond(status: HTTPResponse.Status(code: failure.status), headers, D1Answer.failure(failure))
    }

    private func respond(status: HTTPResponse.Status, _ headers: HTTPFields, _ body: [UInt8]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension D1Failure {
    static func noRoute(_ path: some StringProtocol) -> D1Failure {
        D1Failure(
            status: 404,
            code: 7003,
            message: "Could not route to \(path.prefix(200)), perhaps your object identifier is invalid?"
        )
    }

    static let rateLimited = D1Failure(
        status: 429,
        code: 971,
        message: "Please wait and consider throttling your request speed"
    )
}

extension HTTPField.Name {
    fileprivate static let rateLimit = named("Ratelimit")
    fileprivate static let rateLimitPolicy = named("Ratelimit-Policy")

    /// A name of letters and dashes is always valid, so the other never shows.
    private static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}

private func isHexadecimal(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }
