import IngotCore

/// A document that takes long to make, so that its answer may have to begin before it is there.
///
/// The work belongs to no request: it goes on when the client has gone, and whoever asks again finds what it did. It is
/// cancelled with a request that is cancelled while it waits, as the server's end does.
final class LongAnswer: Sendable {
    private let ready = Gate()
    private let work: Task<String, any Error>

    /// - Parameter work: makes the root element of the document.
    init(_ work: @escaping @Sendable () async throws -> String) {
        let ready = ready
        self.work = Task {
            defer { ready.open() }
            return try await work()
        }
    }

    /// Waits for the work to end, well or badly.
    ///
    /// - Returns: whether it did in that time.
    func isReady(within limit: Duration) async throws -> Bool {
        do {
            try await withTaskCancellationHandler {
                try await withDeadline(limit) { [ready] in try await ready.wait() }
            } onCancel: {
                work.cancel()
            }
            return true
        } catch is DeadlineExceeded {
            return false
        } catch {
            // The key is kept from other writes until the work has ended.
            _ = await work.result
            throw error
        }
    }

    /// The root element.
    var element: String {
        get async throws { try await work.value }
    }
}
