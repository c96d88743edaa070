import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A site that answers each request with bytes of the test's choice, and then closes the connection, falls silent or
/// goes on drop by drop.
final class ScriptedSite: Sendable {
    enum Answer: Sendable {
        case whole([UInt8])
        /// Sends these and then nothing, for as long as the client waits.
        case stalls(after: [UInt8])
        /// Sends these, and then one byte after the other at this interval.
        case drips(after: [UInt8], every: Duration)

        /// A whole answer with its length.
        static func status(_ status: String, _ headers: [String] = [], _ body: String = "") -> Answer {
            bytes(status, headers, Array(body.utf8))
        }

        static func bytes(_ status: String, _ headers: [String] = [], _ body: [UInt8]) -> Answer {
            let head =
                (["HTTP/1.1 \(status)", "content-length: \(body.count)", "connection: close"] + headers)
                .joined(separator: "\r\n") + "\r\n\r\n"
            return .whole(Array(head.utf8) + body)
        }
    }

    private let channel: any Channel
    private let state: RequestHeads

    /// - Parameters:
    ///   - trust: makes it an `https` site.
    ///   - answer: is asked with the path and the number of earlier requests for it.
    init(
        tls: TLSConfiguration? = nil,
        _ answer: @escaping @Sendable (_ path: String, _ number: Int) -> Answer
    ) async throws {
        let state = RequestHeads()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(answer: answer, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.state = state
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)" }

    /// The heads of the requests so far.
    var heads: [String] { state.heads.withLock { $0 } }
    /// Their paths.
    var paths: [String] { heads.map(RequestHeads.path) }

    func close() async throws { try await channel.close() }
}

private final class RequestHeads: Sendable {
    let heads = Mutex<[String]>([])

    static func path(_ head: String) -> String {
        let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
        return words.count > 1 ? String(words[1]) : ""
    }

    /// - Returns: the path, and how many asked for it before.
    func add(_ head: String) -> (path: String, number: Int) {
        let path = Self.path(head)
        return heads.withLock { heads in
            defer { heads.append(head) }
            return (path, heads.count { Self.path($0) == path })
        }
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: @Sendable (String, Int) -> ScriptedSite.Answer
    private let state: RequestHeads
    private var head: [UInt8] = []
    private var drops: RepeatedTask?

    init(answer: @escaping @Sendable (String, Int) -> ScriptedSite.Answer, state: RequestHeads) {
        self.answer = answer
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head += unwrapInboundIn(data).readableBytesView
        guard head.suffix(4) == Array("\r\n\r\n".utf8)[...] else { return }
        let (path, number) = state.add(String(decoding: head, as: UTF8.self))
        head = []
        let channel = context.channel
        switch answer(path, number) {
        case .whole(let bytes):
            channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in channel.close(promise: nil) }
        case .stalls(let bytes):
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .drips(let bytes, let interval):
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            drops = context.eventLoop.scheduleRepeatedTask(
                initialDelay: .zero,
                delay: .nanoseconds(interval.components.attoseconds / 1_000_000_000)
            ) { _ in
                channel.writeAndFlush(ByteBuffer(string: "."), promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { drops?.cancel() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
