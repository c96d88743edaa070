import Synchronization

/// Lets one write at a time through for each key, as R2 does, which takes one write a second.
///
/// A write that comes too early is refused and not held back: whoever sends it shall learn of it here and not first on
/// R2.
final class KeyWrites: Sendable {
    /// Keys that are remembered before the ones that may be written again are forgotten.
    private static let rememberedKeys = 1024

    private struct Write {
        var start: ContinuousClock.Instant
        var isRunning: Bool
    }

    private struct State {
        /// By the bytes of the key: texts that show the same in two ways are equal, and two keys.
        var writes: [[UInt8]: Write] = [:]
        var limit = KeyWrites.rememberedKeys
    }

    /// The least time from the start of one write of a key to the start of the next.
    let minimumInterval: Duration
    private let state = Mutex(State())

    init(minimumInterval: Duration) {
        self.minimumInterval = minimumInterval
    }

    /// Runs a write of the key.
    ///
    /// - Throws: ``R2Failure`` `TooManyRequests` when another one runs, or began too short a time ago.
    func run<Value>(
        _ key: String,
        now: ContinuousClock.Instant = .now,
        _ write: () async throws -> Value
    ) async throws -> Value {
        let key = Array(key.utf8)
        guard begin(key, now) else { throw R2Failure.tooManyRequests }
        defer { end(key) }
        return try await write()
    }

    private func begin(_ key: [UInt8], _ now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if let last = state.writes[key], last.isRunning || now - last.start < minimumInterval { return false }
            if state.writes.count >= state.limit {
                state.writes = state.writes.filter { $1.isRunning || now - $1.start < minimumInterval }
                state.limit = max(Self.rememberedKeys, state.writes.count * 2)
            }
            state.writes[key] = Write(start: now, isRunning: true)
            return true
        }
    }

    private func end(_ key: [UInt8]) {
        state.withLock { state in
            if minimumInterval == .zero {
                state.writes[key] = nil
            } else {
                state.writes[key]?.isRunning = false
            }
        }
    }

    /// How many keys are remembered.
    var count: Int { state.withLock { $0.writes.count } }
}
