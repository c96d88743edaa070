/// Who may use a gateway, and how much.
public struct AccessConfiguration: Sendable {
    /// The role of requests without a key; `nil`: they are refused.
    ///
    /// Only for a gateway that listens on loopback.
    public var anonymousRole: Role?
    /// Names that the gateway is known by, besides the one that it listens on.
    public var allowedHosts: [String] = []
    /// The addresses of proxies that are believed about where requests come from.
    public var trustedProxies: [String] = []
    /// Requests with one key: how many a second in the long run, and how many at once.
    public var requestsPerSecond = 1000.0
    public var requestBurst = 20_000.0
    /// Requests with a wrong key from one address: how many a second in the long run, and how many at once.
    public var failuresPerSecond = 1.0
    public var failureBurst = 20.0

    public init() {}
}
