/// How often a source's host may be asked, as its owner has published it.
///
/// The terms hold for all jobs and attempts together, through however many proxies they ask. A job definition can
/// carry others in their place, which is an operator's decision and is recorded as one.
public struct HostTerms: Sendable, Codable, Equatable {
    /// The most requests in any hour; `nil`: as many as the host's budget allows.
    public var requestsPerHour: Int?

    public init(requestsPerHour: Int? = nil) {
        self.requestsPerHour = requestsPerHour
    }

    /// What ``requestsPerHour`` may be.
    public static let hourlyRequests = 1...360_000

    /// The time between the starts of two requests that keeps to the terms in every hour; `nil`: any.
    public var minimumInterval: Duration? {
        requestsPerHour.map { .milliseconds((3_600_000 + Int64($0) - 1) / Int64($0)) }
    }

    enum CodingKeys: String, CodingKey {
        case requestsPerHour = "requests_per_hour"
    }
}
