/// When a job is tried again after an attempt whose failure can pass.
public enum JobRetries: Sendable, Equatable {
    /// At most ``Job/maxAttempts`` attempts in all, with pauses that double.
    case bounded
    /// Until it succeeds, its failure cannot pass, it is cancelled, or its deadline is over.
    case endless(EndlessRetries)
}

/// The pauses of a job that is tried again without end.
public struct EndlessRetries: Sendable, Codable, Equatable {
    /// The shortest pause between two attempts, in seconds.
    public var shortestPause: Double
    /// The longest, in seconds; each pause is drawn anew between the two.
    public var longestPause: Double
    /// How many seconds after its start the job is given up; `nil`: never.
    public var deadlineSeconds: Int?

    public init(shortestPause: Double = 1, longestPause: Double = 5, deadlineSeconds: Int? = nil) {
        self.shortestPause = shortestPause
        self.longestPause = longestPause
        self.deadlineSeconds = deadlineSeconds
    }

    /// What a pause may be, in seconds: a failing host is asked at most once a second.
    public static let pauses = 1.0...3_600.0
    /// What ``deadlineSeconds`` may be: up to a year.
    public static let deadlines = 1...31_536_000

    enum CodingKeys: String, CodingKey {
        case shortestPause = "shortest_pause_seconds"
        case longestPause = "longest_pause_seconds"
        case deadlineSeconds = "deadline_seconds"
    }

    /// The pause after a failed attempt.
    public func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        .milliseconds(Int64(Double.random(in: shortestPause...longestPause, using: &generator) * 1000))
    }
}

extension JobRetries: Codable {
    private enum CodingKeys: String, CodingKey { case endless }

    /// `{}` is bounded, `{"endless": {…}}` endless.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self = try container.decodeIfPresent(EndlessRetries.self, forKey: .endless).map(JobRetries.endless) ?? .bounded
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if case .endless(let endless) = self { try container.encode(endless, forKey: .endless) }
    }
}
