import HTTPTypes
import Hummingbird
import IngotCore

/// The routes that open and end a browser's session: a cookie that stands for a key.
struct SessionRoutes: Sendable {
    let access: AccessControl

    private static let maximumBody = 4096
    private static let schema: JSONValue = [
        "type": "object", "properties": ["key": ["type": "string", "maxLength": 200]], "required": ["key"],
        "additionalProperties": false,
    ]

    private struct Opened: Encodable {
        var caller: String
        var role: Role
        var sources: [String]?
    }

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/session", for: .session) { try await open($0, $1) }
        routes.on(.delete, "/api/session", for: .role(.viewer)) { request, _ in close(request) }
    }

    private func open(_ request: Request, _ context: GatewayContext) async throws -> Response {
        // Otherwise a page of another site could make a browser use a session that is not its owner's.
        if CrossSiteCheck.isFromAnotherSite(request.headers, authority: request.head.authority) {
            throw Problem.crossSite
        }
        let caller = try await access.caller(presenting: try await key(request, context), request, context)
        let id = access.sessions.open(key: caller.id, at: access.uptime())
        var response = try Response.json(
            Opened(caller: caller.id, role: caller.role, sources: caller.sources?.sorted())
        )
        response.headers[.setCookie] = cookie(id.revealed, maximumAge: SessionTable.idleTime, request)
        return response
    }

    private func key(_ request: Request, _ context: GatewayContext) async throws -> String {
        if request.headers[.authorization] != nil { return request.bearerCredential ?? "" }
        // What is wrong with it is not told with the value: that may be a key.
        let body = try await request.jsonBodyIfAny(limit: Self.maximumBody, schema: Self.schema) { _ in
            Problem.invalidBody("", "must be {\"key\": KEY}")
        }
        guard let body else { throw Problem.keyMissing(advice: access.advice(for: request, context)) }
        return body["key"]?.stringValue ?? ""
    }

    private func close(_ request: Request) -> Response {
        if let id = access.sessionID(request) { access.sessions.close(id) }
        return Response(
            status: .noContent,
            headers: [.setCookie: cookie("", maximumAge: .zero, request), .cacheControl: "no-store"]
        )
    }

    /// Not for scripts, not for requests that another site makes, and only over TLS unless on this machine.
    private func cookie(_ value: String, maximumAge: Duration, _ request: Request) -> String {
        let isSecure = AccessControl.needsSecureCookie(request)
        return "\(access.sessions.cookieName(isSecure: isSecure))=\(value); Path=/; HttpOnly; SameSite=Strict; "
            + "Max-Age=\(maximumAge.components.seconds)" + (isSecure ? "; Secure" : "")
    }
}
