/// Which proxy, if any, stands between Ingot and an upstream host.
public struct ProxySettings: Sendable, Hashable {
    /// For `http` addresses.
    public var forHTTP: ProxyAddress?
    /// For `https` addresses.
    public var forHTTPS: ProxyAddress?
    /// The hosts that are asked directly: `example.org` with all below it, `.example.org`, an IP address, a network such
    /// as `10.0.0.0/8`, each perhaps with a port, or `*`.
    public var exceptions: [String]

    public init(forHTTP: ProxyAddress? = nil, forHTTPS: ProxyAddress? = nil, exceptions: [String] = []) {
        self.forHTTP = forHTTP
        self.forHTTPS = forHTTPS
        self.exceptions = exceptions
    }

    /// The proxy through which a host is asked; `nil`: it is asked directly.
    ///
    /// This machine itself is never asked through a proxy.
    ///
    /// - Parameter host: in lower case, without brackets.
    public func proxy(toAsk host: String, port: Int, isEncrypted: Bool) -> ProxyAddress? {
        guard let proxy = isEncrypted ? forHTTPS : forHTTP else { return nil }
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return nil }
        if let bytes = IPAddress(host)?.bytes, bytes.count == 4, bytes[0] == 127 { return nil }
        return exceptions.contains { ProxyException($0)?.covers(host, port) == true } ? nil : proxy
    }
}

extension ProxySettings {
    /// Reads `INGOT_FETCH_PROXY` and `INGOT_FETCH_NO_PROXY` and, where they say nothing, the variables that other
    /// programs go by: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, also in lower case.
    ///
    /// `none` instead of an address means that there is no proxy, whatever the other variables say.
    ///
    /// - Throws: ``SettingsError``.
    init(settings: Settings) throws {
        func first(_ names: [String]) throws -> (name: String, value: String)? {
            for name in names { if let value = try settings.string(name) { return (name, value) } }
            return nil
        }
        func address(_ names: [String]) throws -> ProxyAddress? {
            guard let (name, value) = try first(names), value.lowercased() != "none" else { return nil }
            do { return try ProxyAddress(value) } catch {
                throw SettingsError.malformed(name, error.problem)
            }
        }
        let own = FetchSettings.Name.proxy
        forHTTP = try address([own, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
        forHTTPS = try address([own, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        let (name, hosts) = try first([FetchSettings.Name.noProxy, "no_proxy", "NO_PROXY"]) ?? ("", "")
        let entries = hosts.split { $0 == "," || $0.isWhitespace }.map(String.init)
        exceptions = entries.filter { ProxyException($0) != nil }
        // What stands in the other programs' variable is theirs as well, and not only for us to understand.
        guard name != FetchSettings.Name.noProxy || exceptions.count == entries.count else {
            throw SettingsError.malformed(
                name,
                "it takes names of hosts, IP addresses and networks such as 10.0.0.0/8, each perhaps with a port, or *"
            )
        }
    }

    /// The settings by name; holds secrets.
    var settings: [String: String] {
        var settings: [String: String] = [:]
        if forHTTP == forHTTPS {
            settings[FetchSettings.Name.proxy] = forHTTP?.revealed ?? "none"
        } else {
            settings["http_proxy"] = forHTTP?.revealed ?? "none"
            settings["https_proxy"] = forHTTPS?.revealed ?? "none"
        }
        if !exceptions.isEmpty { settings[FetchSettings.Name.noProxy] = exceptions.joined(separator: ",") }
        return settings
    }
}
