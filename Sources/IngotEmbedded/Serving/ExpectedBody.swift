import HTTPTypes
import Hummingbird
import NIOCore

/// The body of a request whose client sends it only when it is told to go on (`Expect: 100-continue`).
///
/// The client is told when the body is asked for first; one that is told nothing waits for a second or so and then sends
/// it. A request that is refused before never asks, and its body does not come.
struct ExpectedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let channel: any Channel

    /// The request, with its body held back like this if its client wants that.
    static func awaited(_ request: Request, _ channel: any Channel) -> Request {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return request }
        var request = request
        request.body = RequestBody(asyncSequence: ExpectedBody(body: request.body, channel: channel))
        return request
    }

    struct Iterator: AsyncIteratorProtocol {
        var body: RequestBody.AsyncIterator
        let channel: any Channel
        var isTold = false

        mutating func next() async throws -> ByteBuffer? {
            if !isTold {
                isTold = true
                // On a connection that is gone this fails, and so does reading its body.
                try? await channel.eventLoop.submit { [channel] in
                    try channel.pipeline.syncOperations.addHandler(GoingOn(), position: .first)
                }.get()
            }
            return try await body.next()
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: body.makeAsyncIterator(), channel: channel) }
}

/// Writes the answer that tells a client to go on, past what makes the answers to requests, and leaves.
private final class GoingOn: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundOut = IOData

    func handlerAdded(context: ChannelHandlerContext) {
        let answer = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(answer)), promise: nil)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
