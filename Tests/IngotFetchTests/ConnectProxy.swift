import NIOCore
import NIOPosix
import Synchronization

/// A proxy for the method CONNECT or for SOCKS 5 that leads to one port of this machine, whatever name it is asked for.
final class ConnectProxy: Sendable {
    enum Manner: Sendable {
        case connect
        /// Wants these credentials in base64, as `Proxy-Authorization: Basic` has them.
        case connectWithPassword(String)
        /// Answers each CONNECT with this line.
        case refusing(String)
        case socks5
        /// Answers each request with this reply (RFC 1928, section 6).
        case socks5Refusing(UInt8)
    }

    private let channel: any Channel
    private let asked: AskedTargets

    init(to port: Int, _ manner: Manner = .connect) async throws {
        let asked = AskedTargets()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ProxyHandler(port: port, manner: manner, asked: asked)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.asked = asked
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// What it was asked to connect to, as `HOST:PORT`.
    var targets: [String] { asked.state.withLock { $0 } }

    func close() async throws { try await channel.close() }
}

private final class AskedTargets: Sendable {
    let state = Mutex<[String]>([])
}

private final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let port: Int
    private let manner: ConnectProxy.Manner
    private let asked: AskedTargets
    private var received: [UInt8] = []
    private var hasGreeted = false
    private var isConnecting = false
    private var other: (any Channel)?

    init(port: Int, manner: ConnectProxy.Manner, asked: AskedTargets) {
        self.port = port
        self.manner = manner
        self.asked = asked
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let other { return other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
        received += unwrapInboundIn(data).readableBytesView
        guard !isConnecting else { return }
        switch manner {
        case .connect, .connectWithPassword, .refusing: takeConnect(context.channel)
        case .socks5, .socks5Refusing: takeSOCKS(context.channel)
        }
    }

    private func takeConnect(_ channel: any Channel) {
        guard received.suffix(4) == Array("\r\n\r\n".utf8)[...] else { return }
        let head = String(decoding: received, as: UTF8.self)
        received = []
        note(head.split(separator: " ").dropFirst().first.map(String.init) ?? "")
        var refusal: String?
        if case .refusing(let line) = manner { refusal = line }
        if case .connectWithPassword(let password) = manner, !head.contains("Basic \(password)\r\n") {
            refusal = "HTTP/1.1 407 Proxy Authentication Required"
        }
        if let refusal {
            return answerAndClose(channel, Array("\(refusal)\r\ncontent-length: 0\r\n\r\n".utf8))
        }
        connect(channel, answer: Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
    }

    private func takeSOCKS(_ channel: any Channel) {
        if !hasGreeted {
            guard received.count >= 2, received.count >= 2 + Int(received[1]) else { return }
            received.removeFirst(2 + Int(received[1]))
            hasGreeted = true
            // No authentication is asked for.
            channel.writeAndFlush(ByteBuffer(bytes: [5, 0]), promise: nil)
        }
        // Version, command, reserved, kind of address: a name, with its length before it.
        guard received.count > 5, received[3] == 3, received.count >= 7 + Int(received[4]) else { return }
        let end = 5 + Int(received[4])
        let target = Int(received[end]) << 8 | Int(received[end + 1])
        note("\(String(decoding: received[5..<end], as: UTF8.self)):\(target)")
        received.removeFirst(end + 2)
        if case .socks5Refusing(let reply) = manner {
            return answerAndClose(channel, [5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
        }
        connect(channel, answer: [5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    }

    private func note(_ target: String) { asked.state.withLock { $0.append(target) } }

    private func answerAndClose(_ channel: any Channel, _ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func connect(_ channel: any Channel, answer: [UInt8]) {
        isConnecting = true
        let handler = NIOLoopBound(self, eventLoop: channel.eventLoop)
        ClientBootstrap(group: channel.eventLoop)
            .channelInitializer { other in
                other.eventLoop.makeCompletedFuture {
                    try other.pipeline.syncOperations.addHandler(ReturningHandler(channel))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .success(let other):
                    handler.value.other = other
                    channel.writeAndFlush(ByteBuffer(bytes: answer), promise: nil)
                    other.writeAndFlush(ByteBuffer(bytes: handler.value.received), promise: nil)
                case .failure: channel.close(promise: nil)
                }
            }
    }

    func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }
}

/// Carries the answer back.
private final class ReturningHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        channel.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let channel = channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }
}
