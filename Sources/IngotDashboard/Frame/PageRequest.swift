import HTTPTypes
import Hummingbird
import IngotCore
import IngotGateway
import NIOCore

/// A request for a page, with the API's answers for whoever sent it.
struct PageRequest: Sendable {
    let request: Request
    let context: GatewayContext
    let inner: InnerRoutes

    /// Of an answer that goes into a page, in bytes.
    static let maximumAnswer = 64 << 20
    /// What belongs to the page's request and not to the ones that are made for it.
    private static let ownHeaders: Set<String> = [
        "accept", "accept-encoding", "content-encoding", "content-length", "content-type", "if-match",
        "if-modified-since", "if-none-match", "if-range", "last-event-id", "range", "transfer-encoding",
    ]

    /// A captured segment of the path, or what `**` stands for; decoded.
    func parameter(_ name: String) -> String? {
        context.parameters.get(name).map { PercentEncoding.decode($0) ?? $0 }
    }

    /// What `**` of the page's path stands for; decoded.
    var rest: String {
        context.parameters.getCatchAll().map { PercentEncoding.decode($0) ?? String($0) }.joined(separator: "/")
    }

    /// A value of the query as forms write it; `nil` when it is not there or empty.
    func query(_ name: String) -> String? {
        FormFields.parse((request.uri.query ?? "").utf8)[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a GET route of the API answers.
    ///
    /// - Parameters:
    ///   - path: encoded, without a query.
    ///   - query: items without a value are left out.
    /// - Throws: ``APIRefusal``.
    func get(_ path: String, _ query: KeyValuePairs<String, String?> = [:]) async throws -> JSONValue {
        try await ask(.get, PageAddress.text(path, query)).json
    }

    /// The same; `nil` when there is no such thing.
    ///
    /// - Throws: ``APIRefusal`` for every other refusal.
    func find(_ path: String, _ query: KeyValuePairs<String, String?> = [:]) async throws -> JSONValue? {
        do { return try await get(path, query) } catch let refusal as APIRefusal where refusal.status == .notFound {
            return nil
        }
    }

    /// An answer of the API.
    struct Answer: Sendable {
        var headers: HTTPFields
        var json: JSONValue
    }

    /// - Parameter target: an encoded path with its query.
    /// - Throws: ``APIRefusal``.
    func ask(_ method: HTTPRequest.Method, _ target: String, body: JSONValue? = nil) async throws -> Answer {
        let (response, bytes) = try await send(method, target, body: body)
        let json = bytes.readableBytes == 0 ? JSONValue.null : try JSONParser.parse(Array(bytes.readableBytesView))
        guard response.status.kind == .successful else { throw APIRefusal(status: response.status, problem: json) }
        return Answer(headers: response.headers, json: json)
    }

    /// What a GET route of the API answers that is text and no JSON.
    ///
    /// - Parameter target: an encoded path with its query.
    /// - Throws: ``APIRefusal``.
    func text(_ target: String) async throws -> String {
        let (response, bytes) = try await send(.get, target)
        guard response.status.kind == .successful else {
            let problem = (try? JSONParser.parse(Array(bytes.readableBytesView))) ?? .null
            throw APIRefusal(status: response.status, problem: problem)
        }
        return String(buffer: bytes)
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ target: String,
        body: JSONValue? = nil
    ) async throws -> (Response, ByteBuffer) {
        var head = request.head
        head.method = method
        head.path = target
        head.headerFields = HTTPFields(
            request.headers.filter { !Self.ownHeaders.contains($0.name.canonicalName) }
        )
        var content = RequestBody(buffer: ByteBuffer())
        if let body {
            let bytes = body.canonicalBytes
            head.headerFields[.contentType] = "application/json"
            head.headerFields[.contentLength] = String(bytes.count)
            content = RequestBody(buffer: ByteBuffer(bytes: bytes))
        }
        let response = try await inner.respond(to: Request(head: head, body: content), context: context)
        // A stream has no end, and is written to the connection that asked for it and nowhere else.
        if response.headers[.contentType]?.hasPrefix("text/event-stream") == true {
            throw APIRefusal(status: .notFound, problem: ["title": "There is nothing at this address."])
        }
        return (response, try await response.body.collected(upTo: Self.maximumAnswer))
    }
}

/// What the API refused to answer.
struct APIRefusal: Error {
    var status: HTTPResponse.Status
    /// The problem document (RFC 9457).
    var problem: JSONValue

    var title: String { problem["title"]?.stringValue ?? status.reasonPhrase }
    var detail: String? { problem["detail"]?.stringValue }
}
