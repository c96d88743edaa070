import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A kept connection to a gateway that speaks plain `http`, over which one report goes after the other.
///
/// A client that pools connections, follows redirects and speaks TLS costs a runner that lives for some milliseconds
/// more processor time than all else that it does.
final class ReportConnection: Sendable {
    /// What a gateway answered.
    struct Answer: Sendable {
        var status: UInt
        var body: [UInt8]
    }

    /// Why there is no answer; each may pass.
    enum Failure: Error {
        case closed
        case timeout
        case answerTooLarge
    }

    /// Bytes of an answer.
    static let largestAnswer = 65_536
    private static let connectTimeout = TimeAmount.seconds(10)
    /// Lives as long as the process, which runs one attempt.
    private static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let host: String
    private let port: Int
    private let hostHeader: String
    private let channel = Mutex<(any Channel)?>(nil)

    /// - Parameter address: of the gateway, or of something below it.
    /// - Returns: `nil` when it is not plain `http`.
    init?(to address: String) {
        guard let url = URL(string: address), url.scheme?.lowercased() == "http", var host = url.host else {
            return nil
        }
        hostHeader = "\(host)\(url.port.map { ":\($0)" } ?? "")"
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host
        port = url.port ?? 80
    }

    deinit { channel.withLock { $0 }?.close(promise: nil) }

    /// Posts a body; nothing else may be posted meanwhile.
    ///
    /// - Throws: ``Failure``, or what the system says.
    func post(_ path: String, headers: HTTPHeaders, body: [UInt8], timeout: TimeAmount) async throws -> Answer {
        let channel = try await openChannel()
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers)
        head.headers.replaceOrAdd(name: "host", value: hostHeader)
        head.headers.replaceOrAdd(name: "content-length", value: "\(body.count)")
        let answer = channel.eventLoop.makePromise(of: Answer.self)
        let end = channel.eventLoop.scheduleTask(in: timeout) { answer.fail(Failure.timeout) }
        answer.futureResult.whenComplete { _ in end.cancel() }
        channel.writeAndFlush(Exchange(head: head, body: ByteBuffer(bytes: body), answer: answer))
            .whenFailure { answer.fail($0) }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch {
            // What comes late must not be taken for the answer to the next one.
            channel.close(promise: nil)
            throw error
        }
    }

    private func openChannel() async throws -> any Channel {
        if let kept = channel.withLock({ $0 }), kept.isActive { return kept }
        let bootstrap = ClientBootstrap(group: Self.thread)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        HTTPRequestEncoder(),
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
                        ExchangeHandler()
                    )
                }
            }
        let new: any Channel
        // An address needs nobody to look it up.
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            new = try await bootstrap.connect(to: address).get()
        } else {
            new = try await bootstrap.connect(host: host, port: port).get()
        }
        channel.withLock { $0 = new }
        return new
    }
}

/// A request, and who waits for its answer.
private struct Exchange: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer
    var answer: EventLoopPromise<ReportConnection.Answer>
}

/// Makes parts of requests of what is written, and answers of the parts that come.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var waiting: EventLoopPromise<ReportConnection.Answer>?
    private var answer = ReportConnection.Answer(status: 0, body: [])
    private var isKept = true

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        waiting = exchange.answer
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = ReportConnection.Answer(status: head.status.code, body: [])
            isKept = head.isKeepAlive
        case .body(let piece):
            guard answer.body.count + piece.readableBytes <= ReportConnection.largestAnswer else {
                return end(context, ReportConnection.Failure.answerTooLarge)
            }
            answer.body.append(contentsOf: piece.readableBytesView)
        case .end:
            waiting?.succeed(answer)
            waiting = nil
            if !isKept { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, error) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, ReportConnection.Failure.closed)
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, _ error: any Error) {
        waiting?.fail(error)
        waiting = nil
        context.close(promise: nil)
    }
}
