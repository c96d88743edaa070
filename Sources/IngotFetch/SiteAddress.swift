import FoundationEssentials
import IngotCore

/// An `http(s)` address, taken apart once, so that what is checked is what is asked for.
struct SiteAddress: Sendable, Equatable {
    /// A host with its port: what an operator trusts.
    struct Endpoint: Sendable, Hashable {
        /// In lower case, without the brackets of an IPv6 address.
        var host: String
        var port: Int
    }

    var endpoint: Endpoint
    var isEncrypted: Bool
    /// The scheme, host and port, as an operator names an origin.
    var origin: String {
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        let port = endpoint.port == (isEncrypted ? 443 : 80) ? "" : ":\(endpoint.port)"
        return "\(isEncrypted ? "https" : "http")://\(host)\(port)"
    }

    /// The address as it is requested.
    var text: String

    /// - Returns: `nil` for what is no `http(s)` address of a plain host name or IP address.
    init?(_ text: String) {
        guard let url = URL(string: text) else { return nil }
        self.init(url)
    }

    private init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            // A name and password in an address would be sent nowhere, and must not end up in a log.
            url.user == nil, url.password == nil,
            var host = url.host?.lowercased()
        else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard HostName.isPlain(host) || host.contains(":") && IPAddress(host) != nil else { return nil }
        isEncrypted = scheme == "https"
        endpoint = Endpoint(host: host, port: url.port ?? (isEncrypted ? 443 : 80))
        guard (1...65_535).contains(endpoint.port) else { return nil }
        // Put together anew, with the host as it was checked.
        var path = String(
            url.absoluteString.dropFirst(scheme.count + 3).drop { $0 != "/" && $0 != "?" && $0 != "#" }
                .prefix { $0 != "#" }
        )
        if !path.hasPrefix("/") { path = "/" + path }
        let written = host.contains(":") ? "[\(host)]" : host
        self.text = "\(scheme)://\(written)\(url.port.map { ":\($0)" } ?? "")\(path)"
    }

    /// Where a `Location` of this address leads.
    func following(_ location: String) -> SiteAddress? {
        guard let base = URL(string: text), let url = URL(string: location, relativeTo: base) else { return nil }
        return SiteAddress(url.absoluteURL)
    }
}
