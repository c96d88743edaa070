import FoundationEssentials

/// How often each case of the torture suite is repeated: a few times in the usual run, `INGOT_REPEATS` says otherwise.
enum Repetitions {
    static let count = ProcessInfo.processInfo.environment["INGOT_REPEATS"].flatMap { Int($0) } ?? 3

    /// Runs the body once for each repetition, a few at a time.
    ///
    /// - Throws: what the first failing repetition throws.
    static func run(
        _ count: Int = Repetitions.count,
        atOnce: Int = 8,
        _ body: @escaping @Sendable (_ repetition: Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for repetition in 0..<count {
                if repetition >= atOnce { try await group.next() }
                group.addTask { try await body(repetition) }
            }
            try await group.waitForAll()
        }
    }
}
