import NIOCore
import NIOPosix
import Synchronization

/// A server before another one: it passes requests on whose bodies are small enough, and refuses the others in words of
/// the test's choice.
public final class NarrowServer: Sendable {
    private let channel: any Channel
    private let counter = RequestCounter()

    /// - Parameters:
    ///   - upstream: the port on this machine to which requests go.
    ///   - limit: bytes of a body.
    ///   - refusal: a whole HTTP answer.
    public init(before upstream: Int, limit: Int, refusal: String) async throws {
        let counter = counter
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NarrowHandler(upstream: upstream, limit: limit, refusal: refusal, counter: counter)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    public var port: Int { channel.localAddress?.port ?? 0 }

    public var passed: Int { counter.state.withLock { $0.passed } }
    public var refused: Int { counter.state.withLock { $0.refused } }

    public func close() async throws { try await channel.close() }
}

private final class RequestCounter: Sendable {
    let state = Mutex((passed: 0, refused: 0))
}

/// Takes one request a connection.
private final class NarrowHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let upstream: Int
    private let limit: Int
    private let refusal: String
    private let counter: RequestCounter
    private var request: [UInt8] = []
    /// Bytes of the head with its empty line, and of the body.
    private var lengths: (head: Int, body: Int)?

    init(upstream: Int, limit: Int, refusal: String, counter: RequestCounter) {
        self.upstream = upstream
        self.limit = limit
        self.refusal = refusal
        self.counter = counter
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += unwrapInboundIn(data).readableBytesView
        if lengths == nil { lengths = Self.lengths(of: request) }
        guard let lengths, request.count == lengths.head + lengths.body else { return }
        let channel = context.channel
        if lengths.body > limit {
            counter.state.withLock { $0.refused += 1 }
            channel.writeAndFlush(channel.allocator.buffer(string: refusal))
                .whenComplete { _ in channel.close(promise: nil) }
            return
        }
        counter.state.withLock { $0.passed += 1 }
        // The connection ends with the answer, so that the next request comes on another one.
        let lineEnd = (request.firstIndex(of: 0x0A) ?? 0) + 1
        let bytes = request[..<lineEnd] + Array("Connection: close\r\n".utf8) + request[lineEnd...]
        let buffer = channel.allocator.buffer(bytes: bytes)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { other in
                other.eventLoop.makeCompletedFuture {
                    try other.pipeline.syncOperations.addHandler(BackwardHandler(channel))
                }
            }
            .connect(host: "127.0.0.1", port: upstream)
            .whenComplete { result in
                switch result {
                case .success(let other): other.writeAndFlush(buffer, promise: nil)
                case .failure: channel.close(promise: nil)
                }
            }
    }

    private static func lengths(of request: [UInt8]) -> (head: Int, body: Int)? {
        let text = String(decoding: request.prefix(16_384), as: UTF8.self)
        guard let end = text.utf8.indices.first(where: { text.utf8[$0...].starts(with: "\r\n\r\n".utf8) }) else {
            return nil
        }
        let head = text[..<end].lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?
            .drop { $0 != ":" }.dropFirst().filter { $0 != " " }
        return (head.utf8.count + 4, length.flatMap { Int($0) } ?? 0)
    }
}

/// Carries the answer back.
private final class BackwardHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        channel.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { channel.close(promise: nil) }
}
