/// What a runner asks its gateway of the proxy pool, and tells of the proxies that it was lent.
public struct ProxyAsk: Sendable, Codable, Equatable {
    /// For whom a proxy is to be lent; `nil`: none is asked for.
    public var lease: Wish?
    /// What came of requests through lent proxies, in the order in which they ended.
    public var reports: [Report]

    /// A wish for a proxy.
    public struct Wish: Sendable, Codable, Equatable {
        /// The attempt's own name for what has to come from one address.
        public var session: String
        /// Whom the session asks, in lower case, without a port.
        public var host: String

        public init(session: String, host: String) {
            self.session = session
            self.host = host
        }
    }

    /// What came of a request.
    public struct Report: Sendable, Codable, Equatable {
        /// The pool's name for the loan.
        public var lease: String
        public var outcome: ProxyOutcome

        public init(lease: String, outcome: ProxyOutcome) {
            self.lease = lease
            self.outcome = outcome
        }
    }

    public init(lease: Wish? = nil, reports: [Report] = []) {
        self.lease = lease
        self.reports = reports
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        lease = try container.decodeIfPresent(Wish.self, forKey: .lease)
        reports = try container.decodeIfPresent([Report].self, forKey: .reports) ?? []
    }
}

/// The gateway's answer to a ``ProxyAsk``.
public struct ProxyAnswer: Sendable, Codable, Equatable {
    /// The proxy's address, for example `http://192.0.2.1:8080`; `nil`: there is none now, or none was asked for.
    public var proxy: String?
    /// The pool's name for the loan.
    public var lease: String?
    /// Whether one may be there soon, so that it is worth asking again.
    public var isExpected: Bool
    /// Whether the operator allows asking without a proxy in want of one.
    public var directAllowed: Bool

    public init(proxy: String? = nil, lease: String? = nil, isExpected: Bool, directAllowed: Bool) {
        self.proxy = proxy
        self.lease = lease
        self.isExpected = isExpected
        self.directAllowed = directAllowed
    }

    enum CodingKeys: String, CodingKey {
        case proxy, lease
        case isExpected = "expected"
        case directAllowed = "direct_allowed"
    }
}
