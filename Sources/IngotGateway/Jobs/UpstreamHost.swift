import FoundationEssentials

/// The host that a source's runners ask, by which jobs that share one can be limited.
enum UpstreamHost {
    /// The host of an origin, in lower case; `nil` when the origin is a folder.
    static func name(of origin: String) -> String? {
        guard let address = URL(string: origin), let scheme = address.scheme?.lowercased(),
            scheme == "http" || scheme == "https"
        else { return nil }
        return address.host()?.lowercased()
    }
}
