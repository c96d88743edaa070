import IngotCore

/// Decides where a source may fetch: anywhere on the public Internet, and from the origin that the operator named.
///
/// Pages and redirects come from outside. Without a guard they could lead a runner to services of the machine or the
/// network that it runs in.
struct AddressGuard: Sendable {
    var resolver: any HostResolver
    /// The operator's origin, wherever it resolves.
    var trusted: SiteAddress.Endpoint?

    /// More addresses of one host than anybody tries.
    private static let maximumAddresses = 8

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
