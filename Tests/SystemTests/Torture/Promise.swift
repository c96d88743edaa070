import Testing

/// How soon a job ends, as ARCHITECTURE.md states it in "The life of a job".
enum Promise {
    /// A runner that is gone is seen at once.
    static let killed: Duration = .seconds(2)
    /// A lease is 20 s, and looked at each second.
    static let lost: Duration = .seconds(22)
    /// A runner that is asked to stop has 10 s.
    static let cancelled: Duration = .seconds(12)
    /// What the tests' own load of a machine may add: many runners start at once on few processors.
    private static let load: Duration = .seconds(20)

    /// Fails the test when what it waits for takes longer than was promised.
    static func expect<Value>(
        _ promise: Duration,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ wait: () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await wait()
        let time = start.duration(to: .now)
        #expect(time < promise + load, "it took \(time)", sourceLocation: sourceLocation)
        return value
    }
}
