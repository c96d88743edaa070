import HTTPTypes
import Hummingbird
import IngotCore
import Logging

/// The outermost layer: every failure leaves as a problem document, and every request leaves a line in the log.
///
/// The line holds the path and never the query or a header, as those may carry secrets.
struct GatewayResponder<Routes: HTTPResponder<GatewayContext>>: HTTPResponder {
    typealias Context = GatewayContext

    let routes: Routes
    let methods: AllowedMethods
    let access: AccessControl
    let metrics: GatewayMetrics

    func respond(to request: Request, context: GatewayContext) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        // One that is made in another's place is part of that one.
        let isOutermost = context.record.begin()
        if isOutermost { identify(request, &context) } else { context.channel = nil }
        let path = CredentialMask.masked(request.uri.path)
        var response: Response
        do {
            try access.checkHost(of: request)
            response = try await routes.respond(to: request, context: context)
            if response.status.code >= 400, response.headers[.contentType] == nil {
                response = plainProblem(response.status, request).response(path: path)
            }
        } catch {
            let problem = Problem.from(error)
            if problem.status == .internalServerError {
                context.logger.error(
                    "A request failed",
                    metadata: [
                        "path": "\(path)", "request": "\(context.requestID)", "trace": "\(context.trace.traceID)",
                        "error": "\(error)",
                    ]
                )
            }
            response = problem.response(path: path)
        }
        SecurityHeaders.add(to: &response.headers)
        response.headers.set("X-Request-Id", to: context.requestID)
        if request.method == .head {
            response.body = ResponseBody()
        }
        let time = ContinuousClock.now - start
        if isOutermost {
            metrics.answered(
                request.method,
                route: context.record.route,
                status: response.status.code,
                after: time
            )
        }
        context.logger.debug(
            "Request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(path)", "request": "\(context.requestID)",
                "trace": "\(context.trace.traceID)", "status": "\(response.status.code)", "ms": "\(time.milliseconds)",
            ]
        )
        return response
    }

    /// Takes the caller's names for the request and for the trace that it is part of, where they are such.
    private func identify(_ request: Request, _ context: inout GatewayContext) {
        if let name = request.headers.value(named: "X-Request-Id"), RequestName.isSane(name) {
            context.requestID = name
        }
        let given = TraceContext(
            parents: request.headers.values(named: "traceparent"),
            states: request.headers.values(named: "tracestate")
        )
        if let given { context.trace = given.newSpan() }
    }

    /// What the router answered without a document: nothing matched, or a limit of the server.
    private func plainProblem(_ status: HTTPResponse.Status, _ request: Request) -> Problem {
        guard status == .notFound else { return Problem("http", status, title: status.reasonPhrase) }
        guard let allowed = methods.methods(for: request.uri.path) else {
            return Problem(
                "not-found",
                .notFound,
                title: "There is nothing at this address.",
                detail: "No route matches \(CredentialMask.masked(request.uri.path))."
            )
        }
        return Problem(
            "method-not-allowed",
            .methodNotAllowed,
            title: "The address does not take this method.",
            detail: "It takes \(allowed.joined(separator: ", ")).",
            headers: [.allow: allowed.joined(separator: ", ")]
        )
    }
}
