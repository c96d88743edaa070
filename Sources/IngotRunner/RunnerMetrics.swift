import IngotCore
import IngotMetrics

/// What this process counts: the gateway adds it up with what other runners count.
enum RunnerMetrics {
    /// Lives as long as the process, which runs one attempt.
    static let registry = MetricRegistry(maximumSeries: 200)

    /// What was counted since the last call; `nil` when that is nothing.
    static func takeCounts() -> [RunnerCount]? {
        let increments = registry.takeIncrements()
        if increments.isEmpty { return nil }
        return increments.map { RunnerCount(name: $0.name, labels: $0.labels, amount: $0.amount) }
    }
}
