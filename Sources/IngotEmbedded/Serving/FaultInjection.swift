import HTTPTypes
import Hummingbird
import NIOCore

/// What a request to an embedded store comes with: beside the usual, its connection, so that it can be cut.
struct EmbeddedRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// An endpoint of the embedded cloud: answers calls, and words the failures that a fault plan asks for.
protocol EmbeddedEndpoint: Sendable {
    func answer(to request: Request) async -> Response
    /// The answer to a call that fails by plan without being looked at.
    func answer(to fault: PlannedFailure) -> Response
}

/// The planned failures that are answers, not cut connections.
enum PlannedFailure: Sendable, Equatable {
    case rateLimited(retryAfterSeconds: Int?)
    case overloaded
    case internalError
    case gatewayTimeout
}

/// Serves an endpoint, with faults when there is a plan.
struct EmbeddedResponder<Endpoint: EmbeddedEndpoint>: HTTPResponder {
    let endpoint: Endpoint
    let faults: FaultDealer?
    /// Told the status of each answer.
    var answered: @Sendable (Int) -> Void = { _ in }

    func respond(to request: Request, context: EmbeddedRequestContext) async throws -> Response {
        let response = try await answer(to: ExpectedBody.awaited(request, context.channel), context: context)
        answered(response.status.code)
        return closingIfRefused(response, request, context.channel)
    }

    /// Ends the connection after a refusal that may have left the request's body unread.
    ///
    /// A client that announced its body with `Expect` does not send it any more, and what it sends next would be taken
    /// for it; one that wanted the connection closed would go on sending into a connection that nobody reads.
    private func closingIfRefused(_ response: Response, _ request: Request, _ channel: any Channel) -> Response {
        guard response.status.code >= 400, request.headers[.expect] != nil || request.headers[.connection] == "close"
        else { return response }
        var closing = response
        closing.headers[.connection] = "close"
        closing.body = ResponseBody(contentLength: response.body.contentLength) { [body = response.body] writer in
            try await body.write(writer)
            // Behind what was written: both go through the connection's own event loop in order.
            channel.close(promise: nil)
        }
        return closing
    }

    private func answer(to request: Request, context: EmbeddedRequestContext) async throws -> Response {
        guard let faults else { return await endpoint.answer(to: request) }
        var afterwards: FaultPlan.Fault?
        for fault in faults.deal() {
            switch fault {
            case .delay(let duration): try await Task.sleep(for: duration)
            case .rateLimited(let seconds): return fail(.rateLimited(retryAfterSeconds: seconds), request)
            case .overloaded: return fail(.overloaded, request)
            case .internalError: return fail(.internalError, request)
            case .gatewayTimeout: return fail(.gatewayTimeout, request)
            case .dropBefore:
                try? await context.channel.close()
                return Response(status: .internalServerError)
            case .dropAfter, .truncatedBody, .corruptedBody, .trickle: afterwards = fault
            }
        }
        let response = await endpoint.answer(to: request)
        switch afterwards {
        case .dropAfter:
            try? await context.channel.close()
            return response
        case .truncatedBody: return FaultyBody.truncated(response)
        case .corruptedBody: return FaultyBody.corrupted(response, faults)
        case .trickle(let duration): return FaultyBody.trickling(response, over: duration)
        default: return response
        }
    }

    /// The request's body is still unread; the server reads it to its end before the connection's next request.
    private func fail(_ failure: PlannedFailure, _ request: Request) -> Response {
        let response = endpoint.answer(to: failure)
        // A body would be taken for the beginning of the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }
}
