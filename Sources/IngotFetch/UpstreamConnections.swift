import AsyncHTTPClient
import IngotCore
import NIOCore
import Synchronization

/// The connections to upstream sites, each to an address that was checked before.
///
/// A client of its own for each pair of a host and an address: it connects to that address without asking a resolver
/// again, while TLS and the `Host` header still go by the name.
public final class UpstreamConnections: Sendable {
    /// A host, and the address that stands for it.
    struct Target: Hashable {
        var host: String
        var address: IPAddress
    }

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
        var configuration = Self.configuration
        configuration.dnsOverride = [target.host: target.address.description]
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func giveBack(_ client: HTTPClient, of target: Target) async {
        let superfluous = idle.withLock { idle -> HTTPClient? in
            idle.append((target, client))
            return idle.count > Self.maximumIdle ? idle.removeFirst().client : nil
        }
        try? await superfluous?.shutdown()
    }

    /// A peer that does not answer, or falls silent, fails soon and by name.
    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(15), read: .seconds(60))
        // Where a redirect leads is checked first; see `Fetcher`.
        configuration.redirectConfiguration = .disallow
        // Trying again is the fetcher's decision, with its pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
