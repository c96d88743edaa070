/// How long and how many of the things are kept that jobs leave behind.
public struct RetentionPolicy: Sendable, Equatable {
    /// A bound by age and one by number; `nil` is no bound.
    public struct Bound: Sendable, Equatable {
        public var age: Duration?
        public var count: Int?

        public init(age: Duration? = nil, count: Int? = nil) {
            self.age = age
            self.count = count
        }
    }

    /// Ended jobs with their units, attempts, archived logs and notices; one whose revision is live is kept anyway.
    public var jobs = Bound(age: .seconds(365 * 86_400), count: 100_000)
    /// Local logs that the archive has.
    public var logs = Bound(age: .seconds(14 * 86_400), count: 10_000)
    /// Notices to webhooks that were delivered or given up.
    public var deliveries = Bound(age: .seconds(30 * 86_400))
    /// Lines of the audit log.
    public var audit = Bound(age: .seconds(365 * 86_400))
    /// The time between two sweeps.
    public var interval: Duration = .seconds(3600)
    /// How many rows one statement removes.
    var batch = 200
    /// The rest between two batches, so that others get their turn.
    var pause: Duration = .milliseconds(50)

    public init() {}
}
