/// Decides when a request to an upstream host may be made, so that everybody who asks one host stays, together, within
/// what its owner does not mind.
public protocol RequestBudget: Sendable {
    /// Waits until a request to the host may be made.
    ///
    /// Every permit is given back with ``finish(_:_:)``.
    ///
    /// - Parameters:
    ///   - host: a name or IP address in lower case, without a port.
    ///   - minimumInterval: the time that the host itself asks to leave between two requests, where it does.
    /// - Throws: `CancellationError`; ``JobFailure`` when nobody can be asked for permits any more.
    func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit

    /// Gives a permit back, with what the host said.
    func finish(_ permit: RequestPermit, _ answer: HostAnswer) async
}

/// The right to make one request to a host, body included.
public struct RequestPermit: Sendable, Hashable, Codable {
    public var id: String
    public var host: String

    public init(id: String, host: String) {
        self.id = id
        self.host = host
    }
}

/// What a host's answer says of its load.
public enum HostAnswer: Sendable, Equatable {
    /// It answered as usual, be it with 404.
    case served
    /// It asked for fewer requests: status 429, or 503 with a `Retry-After`.
    case throttled(retryAfter: Duration?)
    /// No connection, a reset, a timeout, any other 5xx.
    case failed
    /// Nothing is known of it: the request was given up, or failed before the host could answer it, through a proxy's
    /// fault for example.
    case unknown
}

/// A host's `robots.txt` as it was fetched, kept for everybody who asks that host.
public struct RobotsFile: Sendable, Equatable, Codable {
    /// The HTTP status that it was answered with.
    public var status: Int
    /// Its text; empty when there is none.
    public var text: String
    public var fetchedAt: Timestamp

    public init(status: Int, text: String, fetchedAt: Timestamp) {
        self.status = status
        self.text = text
        self.fetchedAt = fetchedAt
    }

    enum CodingKeys: String, CodingKey {
        case status, text
        case fetchedAt = "fetched_at"
    }
}

/// Keeps `robots.txt` files between attempts and jobs, each for at most a day (RFC 9309, section 2.4).
public protocol RobotsCache: Sendable {
    /// - Parameter origin: scheme, host and port, for example `https://www.cga.ct.gov`.
    /// - Returns: `nil` when none is kept, or it is too old.
    func robots(of origin: String) async -> RobotsFile?
    func keep(_ robots: RobotsFile, of origin: String) async
}
