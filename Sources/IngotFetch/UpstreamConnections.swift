import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTPCompression
import NIOSSL
import Synchronization

/// The connections to upstream sites, each to an address that was checked before.
///
/// A client of its own for each pair of a host and an address: it connects to that address without asking a resolver
/// again, while TLS and the `Host` header still go by the name. Behind a proxy it is one for each host.
public final class UpstreamConnections: Sendable {
    /// A host, the way to it, and what holds for the connection.
    struct Target: Hashable {
        var host: String
        /// The address that stands for it; `nil` behind a proxy.
        var address: IPAddress?
        var proxy: ProxyAddress?
        var certificates: CertificateBundle?
        var idleDeadline: Duration
    }

    /// How many times its compressed size a body may have; what is not made to do harm stays far below.
    static let maximumRatio = 300

    /// Clients that are kept for the next request to the same target.
    private static let maximumIdle = 4

    let resolver: any HostResolver
    private let idle = Mutex<[(target: Target, client: HTTPClient)]>([])

    /// Names are resolved as the system does.
    public convenience init() { self.init(resolver: SystemResolver()) }

    init(resolver: any HostResolver) { self.resolver = resolver }

    deinit {
        // A client must be shut down before it goes; nobody waits for it.
        for entry in idle.withLock({ $0 }) { Task { try? await entry.client.shutdown() } }
    }

    /// Lends a client that connects to the target only; nobody else has it meanwhile.
    func borrow(_ target: Target) -> HTTPClient {
        let kept = idle.withLock { idle -> HTTPClient? in
            guard let index = idle.lastIndex(where: { $0.target == target }) else { return nil }
            return idle.remove(at: index).client
        }
        if let kept { return kept }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: target.configuration)
    }

    func giveBack(_ client: HTTPClient, of target: Target) async {
        let superfluous = idle.withLock { idle -> HTTPClient? in
            idle.append((target, client))
            return idle.count > Self.maximumIdle ? idle.removeFirst().client : nil
        }
        try? await superfluous?.shutdown()
    }
}

extension UpstreamConnections.Target {
    /// A peer that does not answer, or falls silent, fails soon and by name.
    fileprivate var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(
            connect: .seconds(15),
            read: .nanoseconds(idleDeadline.milliseconds * 1_000_000)
        )
        // Where a redirect leads is checked first; see `Fetcher`.
        configuration.redirectConfiguration = .disallow
        // Trying again is the fetcher's decision, with its pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .enabled(limit: .ratio(UpstreamConnections.maximumRatio))
        if let address { configuration.dnsOverride = [host: address.description] }
        if let certificates {
            var trust = TLSConfiguration.makeClientConfiguration()
            trust.additionalTrustRoots = [.certificates(certificates.certificates)]
            configuration.tlsConfiguration = trust
        }
        configuration.proxy = proxy?.client
        return configuration
    }
}

extension ProxyAddress {
    fileprivate var client: HTTPClient.Configuration.Proxy {
        switch kind {
        case .socks5: .socksServer(host: host, port: port)
        case .http:
            .server(
                host: host,
                port: port,
                authorization: credentials.map {
                    .basic(username: $0.name.revealed, password: $0.password.revealed)
                }
            )
        }
    }
}
