/// Hosts that are asked without a proxy, as an entry of `NO_PROXY` names them: `example.org` with all below it,
/// `.example.org`, an IP address, a network such as `10.0.0.0/8`, each perhaps with a port, or `*`.
struct ProxyException: Sendable {
    private enum Hosts {
        case all
        /// A name and all names below it.
        case under(String)
        /// The addresses that begin with so many bits of this one.
        case network(IPAddress, bits: Int)
    }

    private let hosts: Hosts
    /// `nil`: all ports.
    private let port: Int?

    /// - Returns: `nil` for what names no hosts.
    init?(_ text: String) {
        let text = text.lowercased()
        if text == "*" {
            (hosts, port) = (.all, nil)
            return
        }
        guard let (host, port) = Self.split(text[...]), let hosts = Self.hosts(host) else { return nil }
        (self.hosts, self.port) = (hosts, port)
    }

    /// Takes the port off, and the brackets of an IPv6 address.
    private static func split(_ text: Substring) -> (host: Substring, port: Int?)? {
        var (host, rest) = (text, text[text.endIndex...])
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[..<end].dropFirst()
            rest = text[text.index(after: end)...]
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            // More than one colon is an IPv6 address.
            (host, rest) = (text[..<colon], text[colon...])
        }
        guard !rest.isEmpty else { return (host, nil) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port) else { return nil }
        return (host, port)
    }

    private static func hosts(_ text: Substring) -> Hosts? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if let address = IPAddress(String(parts.first ?? "")) {
            guard parts.count == 2 else { return .network(address, bits: address.bytes.count * 8) }
            guard let bits = Int(parts[1]), (0...address.bytes.count * 8).contains(bits) else { return nil }
            return .network(address, bits: bits)
        }
        var name = text
        if name.hasPrefix("*.") { name = name.dropFirst() }
        if name.hasPrefix(".") { name = name.dropFirst() }
        return HostName.isPlain(name) ? .under(String(name)) : nil
    }

    /// - Parameter host: in lower case, without brackets.
    func covers(_ host: String, _ port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        switch hosts {
        case .all: return true
        case .under(let name): return host == name || host.hasSuffix("." + name)
        case .network(let network, let bits):
            guard let address = IPAddress(host), address.bytes.count == network.bytes.count else { return false }
            return zip(address.bytes, network.bytes).enumerated().allSatisfy { index, pair in
                let counted = min(max(bits - index * 8, 0), 8)
                return (pair.0 ^ pair.1) >> (8 - counted) == 0
            }
        }
    }
}
