public import IngotCore

extension Fetcher {
    /// Bounds of one fetch, and how a site is asked.
    public struct Configuration: Sendable {
        /// How often one file is tried in all, and the waits between.
        public var retry = RetryPolicy(
            maximumAttempts: 5,
            firstDelay: .milliseconds(500),
            maximumDelay: .seconds(15)
        )
        /// The longest that a site may send nothing.
        public var idleDeadline: Duration = .seconds(60)
        /// The longest that one request may take, body included.
        public var deadline: Duration = .seconds(900)
        /// The longest that all requests for one file may take together, repetitions and redirects too.
        public var fileDeadline: Duration { deadline * Self.requestsOfFile }
        /// How many requests' time one file may take.
        static let requestsOfFile = 3
        /// The longest `Retry-After` that is waited for; a longer one ends the fetch.
        public var longestRetryAfter: Duration = .seconds(120)
        /// Sent as `User-Agent`.
        public var userAgent = FetchSettings().userAgent
        /// Trusted besides the system's certificates.
        public var certificates: CertificateBundle?
        /// What stands between Ingot and the sites.
        public var proxies = ProxySettings()
        /// Hosts whose `robots.txt` is not asked for.
        public var hostsWithoutRobots: Set<String> = []

        public init() {}

        /// Takes what the operator says.
        ///
        /// - Throws: `SettingsError` when the certificates cannot be read.
        public init(_ settings: FetchSettings) throws {
            idleDeadline = settings.idleDeadline
            deadline = settings.deadline
            userAgent = settings.userAgent
            certificates = try settings.certificates.map { try CertificateBundle(pem: $0) }
            proxies = settings.proxies
            hostsWithoutRobots = settings.hostsWithoutRobots
        }
    }
}
