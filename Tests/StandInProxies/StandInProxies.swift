import NIOCore
import NIOPosix
import Synchronization

/// Forward proxies on loopback, any number of them on one port: each has an address of its own in 127.77.0.0/16.
///
/// They take CONNECT and requests in absolute form, and lead to this machine only. A good one connects from its own
/// address, so that whoever is asked sees through which one the request came.
public final class StandInProxies: Sendable {
    /// How a proxy behaves.
    public enum Behaviour: Sendable, Equatable {
        case good
        /// Takes the request and never answers.
        case slow
        /// Closes each connection at once.
        case dead
        /// Does not connect.
        case refusing
        /// Answers in the host's place with 503.
        case wrongStatus
        /// Answers in the host's place with another text.
        case wrongBody
        /// Answers in the host's place with a page to log in on.
        case captivePage
    }

    /// A request as a proxy saw it.
    public struct Request: Sendable, Equatable {
        /// The proxy's number.
        public var proxy: Int
        /// Whom to connect to, `HOST:PORT`.
        public var target: String
        /// The first line of what was sent through it; empty for a proxy that does not look.
        public var line: String
    }

    final class State: Sendable {
        private struct Values {
            var behaviours: [Int: Behaviour] = [:]
            var connections: [Int: Int] = [:]
            var requests: [Request] = []
            var open = 0
            var mostOpen = 0
        }

        private let values = Mutex(Values())

        func behaviour(_ proxy: Int) -> Behaviour { values.withLock { $0.behaviours[proxy] ?? .dead } }
        func set(_ proxies: some Sequence<Int>, _ behaviour: Behaviour) {
            values.withLock { values in for proxy in proxies { values.behaviours[proxy] = behaviour } }
        }
        func opened(_ proxy: Int) {
            values.withLock { values in
                values.connections[proxy, default: 0] += 1
                values.open += 1
                values.mostOpen = max(values.mostOpen, values.open)
            }
        }
        func closed() { values.withLock { $0.open -= 1 } }
        func note(_ request: Request) { values.withLock { $0.requests.append(request) } }
        var connections: [Int: Int] { values.withLock { $0.connections } }
        var requests: [Request] { values.withLock { $0.requests } }
        var mostOpen: Int { values.withLock { $0.mostOpen } }
    }

    private let channel: any Channel
    private let state = State()

    public init() async throws {
        let state = self.state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Whoever comes to another address of this machine is not meant.
                    guard let proxy = Self.number(of: channel.localAddress?.ipAddress) else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    try channel.pipeline.syncOperations.addHandler(StandInProxyHandler(proxy, state))
                }
            }
            .bind(host: "0.0.0.0", port: 0)
            .get()
    }

    public var port: Int { channel.localAddress?.port ?? 0 }

    public func close() async throws { try await channel.close() }

    /// The most proxies that there can be.
    public static let maximumCount = 62_500

    /// The IP address of a proxy, from 0.
    public static func ipAddress(_ proxy: Int) -> String { "127.77.\(proxy / 250).\(proxy % 250 + 1)" }

    /// The proxy of an IP address; `nil` for another address.
    public static func number(of ipAddress: String?) -> Int? {
        let parts = (ipAddress ?? "").split(separator: ".").compactMap { Int($0) }
        guard parts.count == 4, parts[0] == 127, parts[1] == 77, parts[3] > 0 else { return nil }
        return parts[2] * 250 + parts[3] - 1
    }

    /// A proxy as lists name it, `IP:PORT`.
    public func address(_ proxy: Int) -> String { "\(Self.ipAddress(proxy)):\(port)" }

    /// A list of proxies, one a line.
    public func list(_ proxies: some Sequence<Int>) -> String {
        proxies.map { address($0) + "\n" }.joined()
    }

    public func set(_ proxies: some Sequence<Int>, _ behaviour: Behaviour) { state.set(proxies, behaviour) }

    /// Connections by proxy, whatever came of them.
    public var connections: [Int: Int] { state.connections }

    /// Connections to all of them.
    public var connectionCount: Int { connections.values.reduce(0, +) }

    /// What they were asked, in the order of the requests.
    public var requests: [Request] { state.requests }

    /// How many connections were open at the same time, at most.
    public var mostOpen: Int { state.mostOpen }
}
