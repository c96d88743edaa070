import NIOCore
import NIOPosix

/// A server that takes connections and never says anything.
public final class SilentServer: Sendable {
    private let channel: any Channel
    private let connections: AsyncStream<Void>

    public init() async throws {
        let (connections, connected) = AsyncStream.makeStream(of: Void.self)
        self.connections = connections
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                connected.yield()
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    public var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// Waits until somebody has connected.
    public func connection() async {
        for await _ in connections { return }
    }

    public func close() async throws { try await channel.close() }
}
