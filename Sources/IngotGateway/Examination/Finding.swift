/// One thing that an examination looked at, and what it found.
public struct Finding: Sendable, Codable, Equatable {
    /// What the finding is about.
    public enum Area: String, Sendable, Codable {
        case database
        case objects
        case runner
        case folder
        case gateway
    }

    public enum Outcome: String, Sendable, Codable {
        case ok
        /// It works, and it will not do so well or for long.
        case warning
        case failed
        /// It was not tried, because what it needs had failed.
        case skipped
    }

    public var area: Area
    /// What was looked at, in two or three words.
    public var check: String
    public var outcome: Outcome
    /// What was found, in a sentence without a full stop.
    public var detail: String
    /// What to do about it; for `warning` and `failed`.
    public var advice: String?

    public init(area: Area, check: String, outcome: Outcome, detail: String, advice: String? = nil) {
        self.area = area
        self.check = check
        self.outcome = outcome
        self.detail = detail
        self.advice = advice
    }
}
