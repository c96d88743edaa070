import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

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

    func respond(to request: Request, context: EmbeddedRequestContext) async throws -> Response {
        guard let faults else { return await endpoint.answer(to: request) }
        var afterwards: FaultPlan.Fault?
        for fault in faults.deal() {
            switch fault {
            case .delay(let duration): try await Task.sleep(for: duration)
            case .rateLimited(let seconds): return endpoint.answer(to: .rateLimited(retryAfterSeconds: seconds))
            case .overloaded: return endpoint.answer(to: .overloaded)
            case .internalError: return endpoint.answer(to: .internalError)
            case .gatewayTimeout: return endpoint.answer(to: .gatewayTimeout)
            case .dropBefore:
                try? await context.channel.close()
                return Response(status: .internalServerError)
            case .dropAfter, .truncatedBody, .corruptedBody: afterwards = fault
            }
        }
        let response = await endpoint.answer(to: request)
        switch afterwards {
        case .dropAfter:
            try? await context.channel.close()
            return response
        case .truncatedBody: return truncated(response)
        case .corruptedBody: return corrupted(response)
        default: return response
        }
    }

    private func truncated(_ response: Response) -> Response {
        let body = response.body
        guard let length = body.contentLength, length > 1 else { return response }
        let written = Mutex(0)
        return replacingBody(of: response, length: length) { writer in
            let half = body.map { buffer in
                let allowed = written.withLock { written in
                    let allowed = min(buffer.readableBytes, max(0, length / 2 - written))
                    written += allowed
                    return allowed
                }
                guard allowed > 0 else { throw PlannedCut() }
                return buffer.getSlice(at: buffer.readerIndex, length: allowed) ?? buffer
            }
            try await half.write(writer)
            // An error while a body is written closes the connection.
            throw PlannedCut()
        }
    }

    private func corrupted(_ response: Response) -> Response {
        let isFirst = Mutex(true)
        return replacingBody(of: response, length: response.body.contentLength) { [body = response.body] writer in
            let changed = body.map { buffer in
                var buffer = buffer
                let flips = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                if flips, let byte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
                    buffer.setInteger(byte ^ 0x20, at: buffer.readerIndex)
                }
                return buffer
            }
            try await changed.write(writer)
        }
    }

    private func replacingBody(
        of response: Response,
        length: Int?,
        _ write: @escaping @Sendable (any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        var response = response
        response.body = ResponseBody(contentLength: length) { writer in try await write(writer) }
        return response
    }
}

private struct PlannedCut: Error {}
