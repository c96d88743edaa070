import ArgumentParser
import IngotGateway

/// How long and how many of the things are kept that jobs leave behind.
struct RetentionOptions: ParsableArguments {
    @Option(help: "How long ended jobs are kept, for example 90d, or `forever`. (default: 365d)")
    var keepJobs: KeepingTime?

    @Option(help: "How many jobs are kept, the newest, or 0 for all. (default: 100000)")
    var keepJobsCount: Int?

    @Option(help: "How long local logs are kept that the object store has, for example 12h. (default: 14d)")
    var keepLogs: KeepingTime?

    @Option(help: "How many local logs are kept, or 0 for all. (default: 10000)")
    var keepLogsCount: Int?

    @Option(help: "How long the record of messages to webhooks is kept. (default: 30d)")
    var keepDeliveries: KeepingTime?

    @Option(help: "How long the audit log is kept. (default: 365d)")
    var keepAudit: KeepingTime?

    func validate() throws {
        for (name, count) in [("--keep-jobs-count", keepJobsCount), ("--keep-logs-count", keepLogsCount)] {
            if let count, !(0...1_000_000_000).contains(count) {
                throw ValidationError("\(name) is a number from 0 to 1000000000")
            }
        }
    }

    /// The standard policy with what was given.
    var policy: RetentionPolicy {
        var policy = RetentionPolicy()
        if let keepJobs { policy.jobs.age = keepJobs.duration }
        if let keepJobsCount { policy.jobs.count = keepJobsCount == 0 ? nil : keepJobsCount }
        if let keepLogs { policy.logs.age = keepLogs.duration }
        if let keepLogsCount { policy.logs.count = keepLogsCount == 0 ? nil : keepLogsCount }
        if let keepDeliveries { policy.deliveries.age = keepDeliveries.duration }
        if let keepAudit { policy.audit.age = keepAudit.duration }
        return policy
    }
}

/// A time such as `365d`, `12h`, `30m` or `45s`, or `forever`.
struct KeepingTime: ExpressibleByArgument, Equatable {
    /// `nil`: forever.
    let duration: Duration?

    init?(argument: String) {
        if argument == "forever" {
            duration = nil
            return
        }
        let seconds: Int64
        switch argument.last {
        case "d": seconds = 86_400
        case "h": seconds = 3600
        case "m": seconds = 60
        case "s": seconds = 1
        default: return nil
        }
        guard let number = Int64(argument.dropLast()), (1...1_000_000).contains(number) else { return nil }
        duration = .seconds(number * seconds)
    }
}
