/// Lets a bounded number of requests through at once, and of those that write one key only one: R2 takes one write a
/// second for each key and answers 429 to others. First come, first served.
actor CallGate {
    /// A key as its bytes, by which the store tells keys apart; texts are equal that only look the same.
    private typealias Key = [UInt8]

    private struct Waiter {
        var number: Int
        var key: Key?
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let limit: Int
    private var running = 0
    private var busyKeys: Set<Key> = []
    private var waiters: [Waiter] = []
    private var nextNumber = 0

    init(limit: Int) { self.limit = limit }

    /// How many wait for their turn.
    var waiting: Int { waiters.count }

    /// Runs the work when there is room for it.
    ///
    /// - Parameter key: the key that the work writes.
    /// - Throws: what the work throws; `CancellationError` when the task is cancelled before its turn.
    nonisolated func run<Value: Sendable>(
        writing key: String? = nil,
        _ work: () async throws -> Value
    ) async throws -> Value {
        let key = key.map { Array($0.utf8) }
        try await enter(key)
        do {
            let value = try await work()
            await leave(key)
            return value
        } catch {
            await leave(key)
            throw error
        }
    }

    private func enter(_ key: Key?) async throws {
        try Task.checkCancellation()
        // Whoever waits while there is room waits for a key; only for that key others line up behind.
        if isFree(key), key == nil || !waiters.contains(where: { $0.key == key }) { return admit(key) }
        let number = nextNumber
        nextNumber += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiters.append(Waiter(number: number, key: key, continuation: continuation))
                }
            }
        } onCancel: {
            // The handler cannot wait for the actor; what it starts ends at once.
            Task { await self.cancel(number) }
        }
    }

    private func leave(_ key: Key?) {
        running -= 1
        if let key { busyKeys.remove(key) }
        admitWaiters()
    }

    private func cancel(_ number: Int) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func admitWaiters() {
        var index = 0
        while running < limit, index < waiters.count {
            if isFree(waiters[index].key) {
                let waiter = waiters.remove(at: index)
                admit(waiter.key)
                waiter.continuation.resume()
            } else {
                index += 1
            }
        }
    }

    private func isFree(_ key: Key?) -> Bool {
        running < limit && !(key.map(busyKeys.contains) ?? false)
    }

    private func admit(_ key: Key?) {
        running += 1
        if let key { busyKeys.insert(key) }
    }
}
