import UnixSignals

/// Control-C, or a polite request to end, came while a command waited.
struct Interrupted: Error {}

/// Runs the work, and gives up waiting for it when the process is interrupted.
func untilInterrupted<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // Before the work begins, as an interruption then would end the process at once.
    let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            for await _ in signals { throw Interrupted() }
            return nil
        }
        defer { group.cancelAll() }
        while let value = try await group.next() {
            if let value { return value }
        }
        throw CancellationError()
    }
}
