import IngotCore
import NIOCore
import NIOPosix
import Testing

/// A watcher on a connection whose bytes nobody takes for a while.
enum SlowWatcher {
    /// Connects, lets the body run while nothing is read, and then reads to the end.
    static func text(
        eventsOf job: String,
        _ client: GatewayClient,
        while body: @escaping @Sendable () async throws -> Void
    ) async throws -> String {
        let address = client.gateway.address
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 1),
                            isOutboundHalfClosureEnabled: false
                        )
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(
                    string: "GET \(GatewayClient.path(of: job, "/events")) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                        + "Connection: close\r\nAuthorization: Bearer \(client.gateway.key.revealed)\r\n\r\n"
                )
            )
            try await body()
            try await channel.channel.setOption(.autoRead, value: true).get()
            channel.channel.read()
            var bytes: [UInt8] = []
            for try await piece in inbound {
                bytes.append(contentsOf: piece.readableBytesView)
                if bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
