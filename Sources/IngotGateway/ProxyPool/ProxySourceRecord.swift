import IngotCore

/// What the pool knows of one source of proxies: its fetches, and how good its proxies are.
struct ProxySourceRecord: Sendable, Equatable {
    /// When its list was fetched last.
    var fetchedAt: Timestamp?
    /// When that was tried last.
    var triedAt: Timestamp?
    /// Why the last try failed.
    var error: String?
    /// First checks of its proxies since it was measured anew.
    var checked = 0
    /// How many of these were passed.
    var succeeded = 0
    /// Until when nothing is taken from it.
    var quarantinedUntil: Timestamp?
    /// How often in a row it was put aside.
    var quarantines = 0

    /// So many checks say how good a source is.
    static let measuredChecks = 100
    /// The least share of good proxies.
    static let leastShare = 0.01
    static let firstQuarantine: Duration = .seconds(600)
    static let longestQuarantine: Duration = .seconds(86_400)

    func isQuarantined(at now: Timestamp) -> Bool { quarantinedUntil.map { $0 > now } ?? false }

    /// Counts a check.
    mutating func count(passed: Bool, at now: Timestamp) {
        // What was under way when it was put aside does not count against it again.
        guard !isQuarantined(at: now) else { return }
        checked += 1
        if passed { succeeded += 1 }
    }

    /// Puts the source aside when it has shown to be bad, each time for twice as long.
    ///
    /// Only when a batch is over: proxies that are dead answer before good ones, so the first answers of a batch tell
    /// nothing of the rest.
    mutating func judge(at now: Timestamp) {
        guard !isQuarantined(at: now), checked >= Self.measuredChecks else { return }
        if Double(succeeded) < Self.leastShare * Double(checked) {
            let length = min(Self.firstQuarantine * (1 << min(quarantines, 16)), Self.longestQuarantine)
            quarantinedUntil = now.advanced(by: length)
            quarantines += 1
            // It is measured anew when it is over.
            checked = 0
            succeeded = 0
        } else {
            quarantines = 0
            if checked >= 10 * Self.measuredChecks {
                // So that what it has become counts more than what it was.
                checked /= 2
                succeeded /= 2
            }
        }
    }
}
