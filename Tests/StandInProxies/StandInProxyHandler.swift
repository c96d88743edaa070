import NIOCore
import NIOPosix

/// One connection to a proxy.
final class StandInProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum Stage {
        /// Waits for whom to connect to.
        case head
        /// Waits for the request that it answers in the host's place.
        case inner(target: String)
        /// Connects; what comes meanwhile is kept.
        case connecting
        case tunnel(any Channel)
        case silent
    }

    private let proxy: Int
    private let state: StandInProxies.State
    private var stage = Stage.head
    private var received: [UInt8] = []
    /// The target of a tunnel whose first line is still to be noted.
    private var unnoted: String?

    init(_ proxy: Int, _ state: StandInProxies.State) {
        self.proxy = proxy
        self.state = state
    }

    func channelActive(context: ChannelHandlerContext) {
        state.opened(proxy)
        if state.behaviour(proxy) == .dead { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.closed()
        if case .tunnel(let other) = stage { other.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        noteLine(Array(buffer.readableBytesView))
        if case .tunnel(let other) = stage { return other.writeAndFlush(buffer, promise: nil) }
        received += buffer.readableBytesView
        take(context.channel)
    }

    private func take(_ channel: any Channel) {
        guard let end = headEnd else { return }
        switch stage {
        case .head:
            let head = String(decoding: received[..<end], as: UTF8.self)
            let words = head.split(separator: "\r\n", maxSplits: 1).first?.split(separator: " ").map(String.init) ?? []
            guard words.count == 3 else { return close(channel) }
            if words[0] == "CONNECT" {
                received.removeFirst(end)
                begin(channel, target: words[1], isTunnel: true)
            } else {
                takeAbsolute(channel, words, end)
            }
        case .inner(let target):
            let line = String(decoding: received.prefix { $0 != 0x0D }, as: UTF8.self)
            state.note(StandInProxies.Request(proxy: proxy, target: target, line: line))
            answer(channel)
        case .connecting, .tunnel, .silent: break
        }
    }

    /// A request in absolute form: `GET http://HOST:PORT/PATH HTTP/1.1`.
    private func takeAbsolute(_ channel: any Channel, _ words: [String], _ end: Int) {
        guard words[1].hasPrefix("http://") else { return close(channel) }
        let rest = words[1].dropFirst("http://".count)
        let authority = String(rest.prefix { $0 != "/" })
        let path = rest.dropFirst(authority.count)
        let line = "\(words[0]) \(path.isEmpty ? "/" : path) \(words[2])"
        let firstLine = received.prefix { $0 != 0x0D }.count
        received.replaceSubrange(0..<firstLine, with: Array(line.utf8))
        if state.behaviour(proxy) == .good {
            state.note(StandInProxies.Request(proxy: proxy, target: authority, line: line))
        }
        begin(channel, target: authority.contains(":") ? authority : authority + ":80", isTunnel: false)
    }

    private func begin(_ channel: any Channel, target: String, isTunnel: Bool) {
        switch state.behaviour(proxy) {
        case .dead: close(channel)
        case .slow:
            state.note(StandInProxies.Request(proxy: proxy, target: target, line: ""))
            stage = .silent
        case .refusing: send(channel, "HTTP/1.1 403 Forbidden", "", closes: true)
        case .good: connect(channel, target, isTunnel: isTunnel)
        case .wrongStatus, .wrongBody, .captivePage:
            stage = .inner(target: target)
            if isTunnel { send(channel, "HTTP/1.1 200 Connection established") }
            take(channel)
        }
    }

    /// Answers in the host's place.
    private func answer(_ channel: any Channel) {
        stage = .silent
        switch state.behaviour(proxy) {
        case .wrongStatus: send(channel, "HTTP/1.1 503 Service Unavailable", "busy", closes: true)
        case .captivePage:
            let page = "<html><head><title>Welcome</title></head><body><form>Log in to go online</form></body></html>"
            send(channel, "HTTP/1.1 200 OK", page, closes: true)
        default: send(channel, "HTTP/1.1 200 OK", "another site", closes: true)
        }
    }

    private func send(_ channel: any Channel, _ status: String, _ body: String? = nil, closes: Bool = false) {
        var text = status + "\r\n"
        if let body { text += "content-type: text/html\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n" }
        text += "\r\n" + (body ?? "")
        channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in if closes { channel.close(promise: nil) } }
    }

    private func close(_ channel: any Channel) { channel.close(promise: nil) }

    private func connect(_ channel: any Channel, _ target: String, isTunnel: Bool) {
        stage = .connecting
        if isTunnel { unnoted = target }
        let parts = target.split(separator: ":")
        // To this machine only, whatever the name.
        guard parts.count == 2, let port = Int(parts[1]), parts[0].hasPrefix("127.") || parts[0] == "localhost",
            let own = try? SocketAddress(ipAddress: StandInProxies.ipAddress(proxy), port: 0)
        else { return send(channel, "HTTP/1.1 502 Bad Gateway", "", closes: true) }
        let handler = NIOLoopBound(self, eventLoop: channel.eventLoop)
        ClientBootstrap(group: channel.eventLoop)
            .bind(to: own)
            .channelInitializer { other in
                other.eventLoop.makeCompletedFuture {
                    try other.pipeline.syncOperations.addHandler(ReturningHandler(channel))
                }
            }
            .connect(host: parts[0] == "localhost" ? "127.0.0.1" : String(parts[0]), port: port)
            .whenComplete { result in
                switch result {
                case .success(let other): handler.value.connected(channel, other, isTunnel: isTunnel)
                case .failure: handler.value.send(channel, "HTTP/1.1 502 Bad Gateway", "", closes: true)
                }
            }
    }

    private func connected(_ channel: any Channel, _ other: any Channel, isTunnel: Bool) {
        stage = .tunnel(other)
        if isTunnel { send(channel, "HTTP/1.1 200 Connection established") }
        if !received.isEmpty { other.writeAndFlush(ByteBuffer(bytes: received), promise: nil) }
        received = []
    }

    /// Notes the first line of what goes through a tunnel.
    private func noteLine(_ bytes: [UInt8]) {
        guard case .tunnel = stage, let target = unnoted else { return }
        unnoted = nil
        let line = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self)
        state.note(StandInProxies.Request(proxy: proxy, target: target, line: line))
    }

    /// Where the first empty line ends.
    private var headEnd: Int? {
        guard received.count >= 4 else { return nil }
        return (4...received.count).first { received[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
    }
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
