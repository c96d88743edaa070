import IngotCore

/// Decides where a source may fetch: anywhere on the public Internet, and from the origin that the operator named.
///
/// Pages and redirects come from outside. Without a guard they could lead a runner to services of the machine or the
/// network that it runs in.
struct AddressGuard: Sendable {
    var resolver: any HostResolver
    /// What stands before the sites.
    var proxies = ProxySettings()
    /// The operator's origin, wherever it resolves.
    var trusted: SiteAddress.Endpoint?
    /// The proxy that every host is asked through, be it on this machine; it stands in the place of ``proxies``.
    var lent: ProxyAddress?

    /// More addresses of one host than anybody tries.
    private static let maximumAddresses = 8

    /// How a host is reached.
    enum Route: Sendable {
        /// By one of these addresses and no others; the preferred one first.
        case direct([IPAddress])
        /// By its name, which the proxy resolves.
        case proxied(ProxyAddress)

        var proxy: ProxyAddress? {
            if case .proxied(let proxy) = self { proxy } else { nil }
        }
    }

    /// Decides how a host is reached, and checks its addresses.
    ///
    /// Behind a proxy only the addresses that this machine finds can be checked; what the proxy finds cannot.
    ///
    /// - Throws: as ``addresses(of:)``.
    func route(to site: SiteAddress) async throws -> Route {
        let endpoint = site.endpoint
        guard
            let proxy = lent
                ?? proxies.proxy(toAsk: endpoint.host, port: endpoint.port, isEncrypted: site.isEncrypted)
        else { return .direct(try await addresses(of: site)) }
        // Machines behind a proxy often resolve no names but their own network's, which are the ones to refuse.
        do { _ = try await addresses(of: site) } catch is HostNotResolved {}
        return .proxied(proxy)
    }

    /// Resolves a host, once, and checks every answer.
    ///
    /// - Returns: the addresses to connect to, and no others; the preferred one first.
    /// - Throws: `JobFailure` `address_refused`; ``HostNotResolved``.
    func addresses(of site: SiteAddress) async throws -> [IPAddress] {
        let endpoint = site.endpoint
        let addresses: [IPAddress]
        if let literal = IPAddress(endpoint.host) {
            addresses = [literal]
        } else {
            addresses = try await resolver.addresses(of: endpoint.host)
        }
        if endpoint != trusted {
            for address in addresses {
                guard let kind = address.specialPurpose else { continue }
                throw JobFailure(
                    code: "address_refused",
                    message: "\(endpoint.host) is at \(address), which is \(kind); nothing is fetched from there.",
                    advice: """
                        If that host is meant, name it and its port as the source's origin: \
                        --origin SOURCE=\(site.origin).
                        """
                )
            }
        }
        return Array(addresses.prefix(Self.maximumAddresses))
    }
}
