/// Lends forward proxies to an attempt, and is told how good they were.
public protocol ProxyLeasing: Sendable {
    /// Lends the proxy through which a session asks a host.
    ///
    /// One session keeps its proxy until that is said to have failed; different sessions get different ones while there
    /// are free ones.
    ///
    /// - Parameters:
    ///   - session: the caller's own name for what has to come from one address, for example a site's session.
    ///   - host: in lower case, without a port.
    /// - Returns: the proxy; or ``ProxyLease/direct`` where asking without one is the rule or allowed in want of one.
    /// - Throws: `CancellationError`; `JobFailure` `proxies_unavailable` (transient) when there is none and asking
    ///   without one is forbidden.
    func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease

    /// Tells what came of a request through a lent proxy; nothing for ``ProxyLease/direct``.
    func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async
}

/// The way that a session asks a host: through a lent proxy, or directly.
public enum ProxyLease: Sendable, Hashable {
    case direct
    /// - Parameter id: the pool's name for the loan.
    case proxy(ProxyAddress, id: String)

    public var address: ProxyAddress? {
        switch self {
        case .direct: nil
        case .proxy(let address, _): address
        }
    }
}

/// What came of a request through a proxy.
public enum ProxyOutcome: String, Sendable, Codable {
    /// The host answered through it, whatever it said.
    case served
    /// The proxy did not bring the request to the host, or not the answer back.
    case failed
    /// It answered in the host's place: a page of its own, another certificate.
    case lied
}

/// No pool: every host is asked without one.
public struct DirectOnly: ProxyLeasing {
    public init() {}

    public func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease { .direct }

    public func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {}
}
