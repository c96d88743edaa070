/// What a job's parameters say of proxies, for every source that asks through them.
///
/// The job's own list comes before the gateway's pool; without either, requests are made directly or not at all.
public struct ProxyParameters: Sendable, Equatable {
    /// The job's own proxies.
    public var proxies: [ProxyAddress]
    /// Whether hosts are asked through proxies at all.
    public var usesProxies: Bool
    /// Whether hosts may be asked without a proxy in want of one; `nil`: as the gateway's pool is set.
    public var directAllowed: Bool?

    /// The most proxies of a job's own list.
    public static let maximumProxies = 1000

    /// - Throws: `JobFailure` `proxy_malformed`.
    public init(_ parameters: JSONValue) throws {
        let listed = parameters["proxies"]?.arrayValue?.prefix(Self.maximumProxies) ?? []
        proxies = []
        for entry in listed {
            do { proxies.append(try ProxyAddress(entry.stringValue ?? "")) } catch {
                throw JobFailure(
                    code: "proxy_malformed",
                    message: "A proxy of the parameters is no address of one: \(error.problem).",
                    advice: "Write proxies as http://HOST:PORT, socks5://HOST:PORT or HOST:PORT."
                )
            }
        }
        usesProxies = parameters["use_proxies"]?.boolValue ?? !proxies.isEmpty
        directAllowed = parameters["direct_allowed"]?.boolValue
    }

    /// The properties that a source which asks through proxies adds to the schema of its parameters.
    public static let schemaProperties: [String: JSONValue] = [
        "proxies": [
            "type": "array", "maxItems": .integer(Int64(maximumProxies)),
            "items": ["type": "string", "maxLength": 500],
            "description": "Proxies to ask through, http://HOST:PORT each, in the place of the gateway's pool.",
        ],
        "use_proxies": [
            "type": "boolean",
            "description": "Ask through the given proxies or the gateway's pool; unless given, only with `proxies`.",
        ],
        "direct_allowed": [
            "type": "boolean",
            "description": "Ask without a proxy when there is none; unless given, as the pool is set.",
        ],
    ]
}
