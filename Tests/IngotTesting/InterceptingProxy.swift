import NIOCore
import NIOPosix
import Synchronization

/// A proxy before a real server that does something wrong with chosen requests.
///
/// It passes bytes on as they are, so signatures hold. A client must send one request at a time on a connection, and
/// a request's line in one piece.
public final class InterceptingProxy: Sendable {
    /// What becomes of a request.
    public enum Action: Sendable {
        case pass
        /// The server has it and answers, and the connection is cut instead.
        case loseAnswer
        /// The server does not get it; these bytes are the answer, and the connection is closed.
        case answer(String)
        /// Nothing is answered.
        case swallow
    }

    private let channel: any Channel
    private let lines = Mutex<[String]>([])
    private let decide: @Sendable (_ line: String) -> Action
    private let server: SocketAddress

    /// - Parameters:
    ///   - server: an address of the form `http://127.0.0.1:PORT`.
    ///   - decide: is asked about each request by its line, `METHOD target HTTP/1.1`.
    public static func start(
        before server: String,
        decide: @escaping @Sendable (String) -> Action
    ) async throws -> InterceptingProxy {
        let port = Int(server.split(separator: ":").last ?? "") ?? 0
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let proxy = Mutex<InterceptingProxy?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelOption(.autoRead, value: true)
            .childChannelInitializer { channel in
                guard let proxy = proxy.withLock({ $0 }) else {
                    return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
                return proxy.accept(channel)
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let started = InterceptingProxy(channel: channel, server: address, decide: decide)
        proxy.withLock { $0 = started }
        return started
    }

    private init(channel: any Channel, server: SocketAddress, decide: @escaping @Sendable (String) -> Action) {
        self.channel = channel
        self.server = server
        self.decide = decide
    }

    public var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// The lines of the requests so far.
    public var requests: [String] { lines.withLock { $0 } }

    public func close() async throws { try await channel.close() }

    fileprivate func action(of line: String) -> Action {
        lines.withLock { $0.append(line) }
        return decide(line)
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let loop = client.eventLoop
        return ClientBootstrap(group: loop).connect(to: server).flatMap { server in
            // Both ends are on one loop, so their handlers may hold each other.
            loop.makeCompletedFuture {
                let connection = ProxiedConnection(client: client, server: server)
                try client.pipeline.syncOperations.addHandler(ClientSide(proxy: self, connection: connection))
                try server.pipeline.syncOperations.addHandler(ServerSide(connection: connection))
            }
        }
    }
}

/// The two ends of a connection; used on their one event loop only.
private final class ProxiedConnection {
    let client: any Channel
    let server: any Channel
    var losesAnswer = false
    var ignoresClient = false

    init(client: any Channel, server: any Channel) {
        self.client = client
        self.server = server
    }

    func close() {
        client.close(promise: nil)
        server.close(promise: nil)
    }
}

private final class ClientSide: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let proxy: InterceptingProxy
    private let connection: ProxiedConnection

    init(proxy: InterceptingProxy, connection: ProxiedConnection) {
        self.proxy = proxy
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if connection.ignoresClient { return }
        if let line = requestLine(bytes) {
            switch proxy.action(of: line) {
            case .pass: break
            case .loseAnswer: connection.losesAnswer = true
            case .swallow:
                connection.ignoresClient = true
                return
            case .answer(let text):
                connection.ignoresClient = true
                let connection = NIOLoopBound(connection, eventLoop: context.eventLoop)
                context.channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in connection.value.close() }
                return
            }
        }
        connection.server.writeAndFlush(bytes, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { connection.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.close() }

    private func requestLine(_ bytes: ByteBuffer) -> String? {
        let view = bytes.readableBytesView
        let isRequest = ["GET /", "PUT /", "POST /", "HEAD /", "DELETE /"].contains { view.starts(with: $0.utf8) }
        guard isRequest, let end = view.firstIndex(of: UInt8(ascii: "\r")) else { return nil }
        return String(decoding: view[..<end], as: UTF8.self)
    }
}

private final class ServerSide: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: ProxiedConnection

    init(connection: ProxiedConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.losesAnswer { return connection.close() }
        connection.client.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // The client gets all that the server has sent before it closed.
        let connection = NIOLoopBound(connection, eventLoop: context.eventLoop)
        connection.value.client.writeAndFlush(ByteBuffer()).whenComplete { _ in connection.value.close() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.close() }
}
