import NIOCore
import NIOPosix
import Synchronization

/// A server that answers each connection with bytes of the test's choice, valid HTTP or not, and then closes it.
public final class RawServer: Sendable {
    private let channel: any Channel
    private let counter = Counter()

    /// - Parameter answers: one a connection, in order; the last one stays.
    public init(_ answers: [String]) async throws {
        let counter = counter
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let index = counter.next()
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerHandler(answer: answers[min(index, answers.count - 1)], counter: counter)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    public var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// Connections so far.
    public var connections: Int { counter.value }

    /// The heads of the requests so far, in lower case.
    public var requests: [String] { counter.requests }

    public func close() async throws { try await channel.close() }
}

private final class Counter: Sendable {
    private let state = Mutex((connections: 0, requests: [String]()))

    var value: Int { state.withLock { $0.connections } }
    var requests: [String] { state.withLock { $0.requests } }

    func next() -> Int {
        state.withLock { state in
            defer { state.connections += 1 }
            return state.connections
        }
    }

    func note(_ request: [UInt8]) {
        state.withLock { $0.requests.append(String(decoding: request, as: UTF8.self).lowercased()) }
    }
}

/// Answers once the request's head has come, and closes.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String
    private let counter: Counter
    private var head: [UInt8] = []
    private var hasAnswered = false

    init(answer: String, counter: Counter) {
        self.answer = answer
        self.counter = counter
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head += unwrapInboundIn(data).readableBytesView
        // A body may come with the head.
        guard !hasAnswered, let end = head.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
        hasAnswered = true
        counter.note(Array(head[..<end.upperBound]))
        let bytes = context.channel.allocator.buffer(string: answer)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { _ in channel.close(promise: nil) }
    }
}
