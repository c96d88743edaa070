import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore

/// An error as the API shows it: a problem document (RFC 9457).
public struct Problem: Error, Sendable {
    /// The last part of the type's address, for example `unknown-source`.
    public var type: String
    public var status: HTTPResponse.Status
    /// The same for every problem of the type.
    public var title: String
    /// What happened this time.
    public var detail: String?
    /// More members of the document.
    public var extensions: [String: JSONValue]
    public var headers: HTTPFields

    public init(
        _ type: String,
        _ status: HTTPResponse.Status,
        title: String,
        detail: String? = nil,
        extensions: [String: JSONValue] = [:],
        headers: HTTPFields = [:]
    ) {
        self.type = type
        self.status = status
        self.title = title
        self.detail = detail
        self.extensions = extensions
        self.headers = headers
    }

    /// The document as a response.
    ///
    /// - Parameter path: of the request that failed.
    func response(path: String) -> Response {
        var members = extensions
        members["type"] = .string("/problems/\(type)")
        members["title"] = .string(title)
        members["status"] = .integer(Int64(status.code))
        members["instance"] = .string(path)
        if let detail { members["detail"] = .string(detail) }
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        // Whoever puts a key in a wrong place is not shown it again: what quotes a request ends up in others' logs.
        let text = CredentialMask.masked(JSONValue.object(members).canonicalText, maximumLength: .max)
        let body = ByteBuffer(string: text)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

extension Problem {
    static func unknownSource(_ source: String, known: [String]) -> Problem {
        Problem(
            "unknown-source",
            .notFound,
            title: "There is no such source.",
            detail: "'\(source)' is not among the sources: \(known.joined(separator: ", ")).",
            extensions: ["sources": .array(known.map(JSONValue.string))]
        )
    }

    static func unknownJob(_ id: String) -> Problem {
        Problem("unknown-job", .notFound, title: "There is no such job.", detail: "No job has the id '\(id)'.")
    }

    static func invalidParameters(_ violations: [SchemaViolation], source: String) -> Problem {
        Problem(
            "invalid-parameters",
            violations,
            title: "The parameters do not fit the source.",
            extensions: ["source": .string(source)]
        )
    }

    static func malformedJSON(_ detail: String) -> Problem {
        Problem("malformed-json", .badRequest, title: "The body is not JSON.", detail: detail)
    }

    static func invalidQuery(_ name: String, _ detail: String) -> Problem {
        Problem(
            "invalid-query",
            .badRequest,
            title: "A part of the query is wrong.",
            detail: "'\(name)' \(detail).",
            extensions: ["parameter": .string(name)]
        )
    }

    static func invalidHeader(_ name: String, _ detail: String) -> Problem {
        Problem(
            "invalid-header",
            .badRequest,
            title: "A header is wrong.",
            detail: "\(name) \(detail).",
            extensions: ["header": .string(name)]
        )
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            "body-too-large",
            .contentTooLarge,
            title: "The body is too large.",
            detail: "At most \(limit) bytes are taken.",
            extensions: ["limit": .integer(Int64(limit))]
        )
    }

    /// - Parameter job: the other request's, when the caller may know of it.
    static func idempotencyConflict(_ job: JobID?) -> Problem {
        Problem(
            "idempotency-conflict",
            .conflict,
            title: "The idempotency key belongs to another request.",
            detail:
                "\(job.map { "Job \($0)" } ?? "A job") was made with this key from another source, other parameters "
                + "or other options.",
            extensions: job.map { ["jobId": .string($0.rawValue)] } ?? [:]
        )
    }

    static func alreadyEnded(_ status: JobStatus) -> Problem {
        Problem(
            "job-ended",
            .conflict,
            title: "The job has ended.",
            detail: "Its status is \(status.rawValue), which is final.",
            extensions: ["job_status": .string(status.rawValue)]
        )
    }

    static let unauthorized = Problem(
        "invalid-token",
        .unauthorized,
        title: "The attempt's token is missing or wrong.",
        headers: [.wwwAuthenticate: "Bearer"]
    )

    static func unavailable(_ detail: String) -> Problem {
        Problem(
            "unavailable",
            .serviceUnavailable,
            title: "The gateway cannot do this now.",
            detail: detail,
            headers: [.retryAfter: "1"]
        )
    }

    /// Any error as a problem; what is not meant for clients shows only its kind.
    static func from(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as DatabaseError where error.isTransient:
            return .unavailable("The database does not answer; try again.")
        case let error as DatabaseError where error.kind == .full:
            return Problem(
                "store-full",
                .init(code: 507, reasonPhrase: "Insufficient Storage"),
                title: "The database is full.",
                detail: error.advice
            )
        case is CancellationError:
            return .unavailable("The gateway is being stopped.")
        case let error as any HTTPResponseError:
            return Problem("http", error.status, title: error.status.reasonPhrase)
        default:
            return Problem(
                "internal",
                .internalServerError,
                title: "The gateway failed.",
                detail: "Its log says more."
            )
        }
    }
}
