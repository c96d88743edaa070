/// What a runner asks its gateway of requests to hosts, and tells of those that it makes and has made.
public struct PermitAsk: Sendable, Codable, Equatable {
    /// The request that is to be made, under a name that the runner gives once; `nil`: nothing is asked for.
    public var request: RequestPermit?
    /// The distance that the host itself wishes between two requests, in milliseconds.
    public var minimumInterval: Int64?
    /// The requests that are being made, so that they count after the gateway's restart too.
    public var holding: [RequestPermit]
    /// The requests that are over, in the order of their ends.
    public var ended: [EndedRequest]

    public init(
        request: RequestPermit? = nil,
        minimumInterval: Duration? = nil,
        holding: [RequestPermit] = [],
        ended: [EndedRequest] = []
    ) {
        self.request = request
        self.minimumInterval = minimumInterval.map { max(.zero, min($0, HostBudget.longestInterval)).milliseconds }
        self.holding = holding
        self.ended = ended
    }

    enum CodingKeys: String, CodingKey {
        case request, holding, ended
        case minimumInterval = "minimum_interval_ms"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        request = try container.decodeIfPresent(RequestPermit.self, forKey: .request)
        minimumInterval = try container.decodeIfPresent(Int64.self, forKey: .minimumInterval)
        holding = try container.decodeIfPresent([RequestPermit].self, forKey: .holding) ?? []
        ended = try container.decodeIfPresent([EndedRequest].self, forKey: .ended) ?? []
    }
}

/// A request that is over, and what the host said.
public struct EndedRequest: Sendable, Codable, Equatable {
    /// ``HostAnswer``; `unused` when there was no request, or nothing came of it that says anything of the host.
    public enum Answer: String, Sendable, Codable, CaseIterable {
        case served, throttled, failed, unused
    }

    public var id: String
    public var host: String
    public var answer: Answer
    /// How long the host wants to be left alone, in milliseconds.
    public var retryAfter: Int64?

    /// - Parameter answer: `nil` for a request that was not made.
    public init(_ permit: RequestPermit, _ answer: HostAnswer?) {
        id = permit.id
        host = permit.host
        switch answer {
        case .served: self.answer = .served
        case .failed: self.answer = .failed
        case .throttled(let pause):
            self.answer = .throttled
            retryAfter = pause.map { max(.zero, min($0, HostBudget.longestInterval)).milliseconds }
        case .unknown, nil: self.answer = .unused
        }
    }

    /// `nil` for a request that was not made.
    public var hostAnswer: HostAnswer? {
        switch answer {
        case .served: .served
        case .failed: .failed
        case .throttled: .throttled(retryAfter: retryAfter.map(Duration.milliseconds))
        case .unused: nil
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, host, answer
        case retryAfter = "retry_after_ms"
    }
}

/// The gateway's answer to a ``PermitAsk``.
public struct PermitAnswer: Sendable, Codable, Equatable {
    /// Whether the request may be made, now; otherwise it keeps its place and is to be asked for again.
    public var granted: Bool

    public init(granted: Bool) { self.granted = granted }
}

/// The kinds of problems with which the gateway refuses a ``PermitAsk`` that can be asked again.
public enum PermitProblem {
    /// The request has ended already; another one is to be asked for in its place.
    public static let requestEnded = "request-ended"
    public static let tooManyHosts = "too-many-hosts"
    public static let tooManyWaiting = "too-many-waiting"
}
