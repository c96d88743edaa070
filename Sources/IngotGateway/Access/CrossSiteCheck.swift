import HTTPTypes

/// Whether a request that changes something may come from a page of another site.
///
/// A browser sends along what it has by itself, a session's cookie or just its place on this machine, whichever page
/// makes it. It also says which page that is, and pages cannot change it.
enum CrossSiteCheck {
    /// Whether the browser itself says that another site made the request.
    static func isFromAnotherSite(_ headers: HTTPFields, authority: String?) -> Bool {
        if let site = headers.value(named: "Sec-Fetch-Site"), site != "same-origin", site != "none" { return true }
        if let origin = headers.value(named: "Origin") { return !isSame(origin, authority) }
        return false
    }

    /// Whether the browser says that a page of the gateway's own made the request.
    static func isFromOwnPage(_ headers: HTTPFields, authority: String?) -> Bool {
        guard !isFromAnotherSite(headers, authority: authority) else { return false }
        return headers.value(named: "Origin") != nil || headers.value(named: "Sec-Fetch-Site") == "same-origin"
    }

    /// The scheme may differ from the connection's: a proxy in front may speak TLS.
    private static func isSame(_ origin: String, _ authority: String?) -> Bool {
        guard let authority else { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            func bare(_ text: Substring) -> String {
                let text = text.lowercased()
                return text.hasSuffix(port) ? String(text.dropLast(port.count)) : text
            }
            return bare(origin.dropFirst(scheme.count)) == bare(authority[...])
        }
        return false
    }
}
