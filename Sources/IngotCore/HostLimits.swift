/// What a host is asked at most: how often, and how many requests at once.
public struct HostLimits: Sendable, Equatable, Codable {
    /// Requests a second; below 1 for a host that is asked less often than that.
    public var rate: Double
    /// Requests at once.
    public var requests: Int

    public init(rate: Double, requests: Int) {
        self.rate = rate
        self.requests = requests
    }

    /// What the owner of a public site does not notice.
    public static let standard = HostLimits(rate: 5, requests: 4)

    /// What ``rate`` may be.
    public static let rates = 0.001...1000.0
    /// What ``requests`` may be.
    public static let requestCounts = 1...1000

    /// The time between two starts.
    var interval: Duration { .seconds(1 / rate) }
}

/// The limits of all hosts: those of any host, and what single hosts have instead.
public struct HostLimitTable: Sendable, Equatable {
    /// What a host has that is not named.
    public var standard: HostLimits
    /// Requests a second, by host.
    public var rates: [String: Double]
    /// Requests at once, by host.
    public var requests: [String: Int]

    public init(
        standard: HostLimits = .standard,
        rates: [String: Double] = [:],
        requests: [String: Int] = [:]
    ) {
        self.standard = standard
        self.rates = rates
        self.requests = requests
    }

    /// - Parameter host: in lower case, without a port.
    public func limits(of host: String) -> HostLimits {
        HostLimits(rate: rates[host] ?? standard.rate, requests: requests[host] ?? standard.requests)
    }
}
