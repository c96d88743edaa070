import Hummingbird
import IngotCore
import NIOCore

extension Request {
    /// Reads the whole body.
    ///
    /// - Throws: ``Problem`` 413 when it is larger than `limit` bytes.
    func bytes(limit: Int) async throws -> [UInt8] {
        // A body that announces its size is refused before it is sent.
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Problem.bodyTooLarge(limit: limit)
        }
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge(limit: limit)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Reading asks nobody but the client: its chunks are no chunks, or it went away.
            throw Problem(
                "malformed-body",
                .badRequest,
                title: "The body cannot be read.",
                detail: "It ended early, or its framing is wrong.",
                headers: [.connection: "close"]
            )
        }
    }

    /// The body as JSON that fits a schema; `nil` when there is none.
    ///
    /// - Parameter refusal: the problem of a body that does not fit.
    /// - Throws: ``Problem``.
    func jsonBodyIfAny(
        limit: Int,
        schema: JSONValue,
        refusal: ([SchemaViolation]) -> Problem = Problem.invalidBody
    ) async throws -> JSONValue? {
        let bytes = try await bytes(limit: limit)
        if bytes.isEmpty { return nil }
        let body: JSONValue
        // What the parser says may show a part of the body, which may be a secret.
        do { body = try JSONValue(parsing: bytes) } catch { throw Problem.noJSONObject }
        let violations = try JSONSchema(schema).violations(of: body)
        guard violations.isEmpty else { throw refusal(violations) }
        return body
    }

    /// The body as JSON that fits a schema.
    ///
    /// - Throws: ``Problem``, also when there is none.
    func jsonBody(
        limit: Int,
        schema: JSONValue,
        refusal: ([SchemaViolation]) -> Problem = Problem.invalidBody
    ) async throws -> JSONValue {
        guard let body = try await jsonBodyIfAny(limit: limit, schema: schema, refusal: refusal) else {
            throw Problem.noJSONObject
        }
        return body
    }

    /// What follows `Bearer` in `Authorization`; `nil` when there is no such header, or it is of another scheme.
    var bearerCredential: String? {
        guard let header = headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingSpaces
    }

    /// A value of the query, percent-decoded; `nil` when it is not there or empty.
    func query(_ name: String) -> String? {
        uri.queryParameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
    }

    /// A flag in the query: `true` or `false`; absent means false.
    ///
    /// - Throws: ``Problem`` 400 when it is something else.
    func queryFlag(_ name: String) throws -> Bool {
        switch query(name) {
        case nil, "false": return false
        case "true": return true
        default: throw Problem.invalidQuery(name, "must be true or false")
        }
    }

    /// A number in the query.
    ///
    /// - Throws: ``Problem`` 400 when it is not one within `range`.
    func queryNumber(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = uri.queryParameters[Substring(name)] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.invalidQuery(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The job that the path names.
    ///
    /// - Throws: ``Problem`` 404 when the path's last part is not a job id.
    func jobID(_ context: GatewayContext) throws -> JobID {
        let text = context.parameters.get("id") ?? ""
        guard let id = JobID(text) else { throw Problem.unknownJob(text) }
        return id
    }
}

extension Substring {
    /// Without the blanks at both ends.
    var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Problem {
    fileprivate static let noJSONObject = Problem.malformedJSON("The body must be one JSON object.")

    static func invalidBody(_ pointer: String, _ detail: String) -> Problem {
        invalidBody([SchemaViolation(pointer: pointer, detail: detail)])
    }

    static func invalidBody(_ violations: [SchemaViolation]) -> Problem {
        Problem(
            "invalid-body",
            violations,
            title: "The body does not fit."
        )
    }

    /// A body that does not fit, with all that is wrong with it.
    init(
        _ type: String,
        _ violations: [SchemaViolation],
        title: String,
        extensions: [String: JSONValue] = [:]
    ) {
        let errors = violations.map {
            JSONValue.object(["pointer": .string($0.pointer), "detail": .string($0.detail)])
        }
        self.init(
            type,
            .unprocessableContent,
            title: title,
            detail: violations.first.map { "\($0.pointer.isEmpty ? "The body" : $0.pointer) \($0.detail)." },
            extensions: extensions.merging(["errors": .array(errors)]) { $1 }
        )
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let body = ByteBuffer(bytes: try JSONText.encode(value))
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body)
        )
    }
}
