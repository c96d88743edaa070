import IngotFetch
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// A site with a few pages, and an upstream that reads it.
final class PageSite: Sendable {
    // Lives as long as the test process.
    private static let connections = UpstreamConnections()
    private let channel: any Channel
    private let folder: TemporaryFolder

    /// - Parameter pages: by their paths without a leading slash; all others are not there.
    init(_ pages: [String: String]) async throws {
        folder = try TemporaryFolder()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PageHandler(pages: pages))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    var upstream: Upstream {
        Upstream(
            origin: .site("http://127.0.0.1:\(channel.localAddress?.port ?? 0)"),
            isOperatorsOwn: true,
            fetcher: Fetcher(
                connections: Self.connections,
                captureFolder: folder.path,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                logger: Logger(label: "test")
            )
        )
    }

    func close() async throws { try await channel.close() }
}

private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let pages: [String: String]

    init(pages: [String: String]) { self.pages = pages }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = unwrapInboundIn(data) else { return }
        let page = pages[String(request.uri.dropFirst())]
        let body = ByteBuffer(string: page ?? "not here")
        var head = HTTPResponseHead(version: .http1_1, status: page == nil ? .notFound : .ok)
        head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
