import IngotCore

/// When a definition is run by itself, and how: one row of `schedules`.
struct Schedule: Sendable, Equatable {
    /// Given once, and to no other schedule afterwards.
    var id: Int64
    var definitionID: Int64
    var timing: ScheduleTiming
    /// Laid over the definition's parameters.
    var parameters: JSONValue
    var isEnabled = true
    var missed = MissedTicks()
    var overlap = OverlapPolicy.skip
    /// Each tick starts up to so many seconds after it is due, each a time of its own.
    var jitterSeconds = 0
    /// How many seconds after it is due a tick's run is given up, or not started any more.
    var deadlineSeconds: Int?
    /// Every due time up to here has been decided.
    var decidedUntil: Timestamp
    var createdAt: Timestamp
    var createdBy: String?
    var updatedAt: Timestamp
    var updatedBy: String?

    /// What ``jitterSeconds`` may be.
    static let jitters = 0...86_400
    /// What ``deadlineSeconds`` may be.
    static let deadlines = 1...31_536_000

    /// When a tick starts that is due at `due`: the same whoever asks.
    func start(of due: Timestamp) -> Timestamp {
        guard jitterSeconds > 0 else { return due }
        var generator = SeededRandom(seed: UInt64(bitPattern: id &* 1_000_003 &+ due.millisecondsSinceEpoch))
        return due.advanced(by: .milliseconds(Int64.random(in: 0...Int64(jitterSeconds) * 1000, using: &generator)))
    }

    func deadline(of due: Timestamp) -> Timestamp? { deadlineSeconds.map { due.advanced(by: .seconds($0)) } }
}

/// What becomes of a tick that is due while a run of its definition is going on.
enum OverlapPolicy: String, Sendable, Codable, CaseIterable {
    /// It is not run.
    case skip
    /// It is run after that.
    case queue
    /// That run is cancelled, and it is run after that.
    case replace

    /// The most ticks of one schedule that wait.
    static let maximumWaiting = 100
}

/// What becomes of ticks that could not be started in time, because no gateway was there.
struct MissedTicks: Sendable, Codable, Equatable {
    enum Policy: String, Sendable, Codable, CaseIterable {
        /// None of them is run.
        case skip
        /// Only the last one is.
        case latest
        /// All of them, one after the other, the oldest first.
        case all
    }

    var policy = Policy.latest
    /// How many are run at most where all are; the oldest beyond it are not.
    var most = 10
    /// A tick counts as missed when it could not be started for so many seconds.
    var graceSeconds = 60

    /// What ``most`` and ``graceSeconds`` may be.
    static let counts = 1...OverlapPolicy.maximumWaiting
    static let graces = 1...86_400

    enum CodingKeys: String, CodingKey {
        case policy, most
        case graceSeconds = "grace_seconds"
    }
}
