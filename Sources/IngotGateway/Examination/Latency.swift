import IngotCore

/// How long repeated calls took.
struct Latency {
    private(set) var durations: [Duration] = []

    /// Runs the work and notes how long it took.
    mutating func measure<Value>(_ work: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await work()
        durations.append(.now - start)
        return value
    }

    /// In words: `median 1.2 ms, slowest 3.4 ms of 5 calls`.
    var text: String {
        let sorted = durations.sorted()
        guard let slowest = sorted.last else { return "not measured" }
        if sorted.count == 1 { return "\(slowest.inMilliseconds) ms" }
        return "median \(sorted[sorted.count / 2].inMilliseconds) ms, slowest \(slowest.inMilliseconds) ms "
            + "of \(sorted.count) calls"
    }
}

extension Duration {
    /// Milliseconds with one decimal.
    var inMilliseconds: String {
        let tenths = Int64((seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
