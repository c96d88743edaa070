import IngotCore

/// What the pool knows of one proxy.
struct PooledProxy: Sendable, Equatable {
    /// The names of the sources whose lists have it.
    var sources: Set<String> = []
    /// Whether it has passed its last check, and nobody has found it bad since.
    var isValid = false
    /// How many checks in a row it has failed.
    var strikes = 0
    var checkedAt: Timestamp?
    /// Until when it is left alone after a failure.
    var restUntil: Timestamp?
    /// Whether it is valid by the word of an earlier process or of other settings only, and is to be checked first.
    var isUnconfirmed = false
    var isBeingChecked = false
    /// Failed requests in a row that runners have reported.
    var failureReports = 0
    /// Its place in the order of loans; 0: it was never lent.
    var lastLent = 0

    /// Failures in a row after which a proxy counts as gone.
    static let maximumStrikes = 3
    /// Reported failures in a row after which it is not lent any more.
    static let maximumFailureReports = 3

    /// How long a proxy is left alone after so many strikes.
    static func rest(afterStrikes strikes: Int) -> Duration {
        switch strikes {
        case ...1: .seconds(30)
        case 2: .seconds(120)
        default: .seconds(3600)
        }
    }

    /// Whether it is one that a check could make valid, now or after a rest.
    var isCandidate: Bool { !isValid && strikes < Self.maximumStrikes }

    /// Takes it out after a failure.
    mutating func strike(_ count: Int = 1, at now: Timestamp) {
        isValid = false
        isUnconfirmed = false
        failureReports = 0
        strikes = min(strikes + count, Self.maximumStrikes)
        restUntil = now.advanced(by: Self.rest(afterStrikes: strikes))
    }

    mutating func pass(at now: Timestamp) {
        isValid = true
        isUnconfirmed = false
        strikes = 0
        failureReports = 0
        checkedAt = now
        restUntil = nil
    }

    /// Whether its rest is over.
    func isRested(at now: Timestamp) -> Bool { restUntil.map { $0 <= now } ?? true }
}
