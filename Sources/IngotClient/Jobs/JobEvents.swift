import IngotCore

/// A job's events as they happen, to its end, across broken connections and restarts of the gateway.
///
/// ```swift
/// for try await update in gateway.events(of: job) {
///     switch update.content {
///     case .progress(let progress): print("\(progress.percent) %")
///     case .disconnected(let reason): print("waiting for the gateway: \(reason)")
///     case .done(let job): print(job.status)
///     default: break
///     }
/// }
/// ```
///
/// Nothing runs between two calls of the iterator and no more than one piece of the stream is kept, so a loop that is
/// slow costs no memory; it gets a ``JobUpdate/Content/reset(_:)`` instead of what it has missed. Leaving the loop ends
/// the connection.
public struct JobEvents: AsyncSequence, Sendable {
    public typealias Element = JobUpdate

    let client: GatewayClient
    let job: String
    let after: Int64?

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Goes from event to event.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: GatewayClient
        private let job: String
        private var events: ResumingEvents
        private var isAtEnd = false

        init(_ sequence: JobEvents) {
            client = sequence.client
            job = sequence.job
            events = ResumingEvents(sequence.client, after: sequence.after) { [job = sequence.job] place in
                (GatewayPath.job(job, "/events"), place.map { [("last-event-id", String($0))] } ?? [])
            }
        }

        /// The next event; `nil` after the last one.
        ///
        /// - Throws: ``GatewayProblem``, for example when there is no such job; ``GatewayConnectionError`` when the
        ///   gateway is away for longer than ``GatewayLimits/patience``; `CancellationError`.
        public mutating func next() async throws -> JobUpdate? {
            guard !isAtEnd else { return nil }
            switch try await events.next() {
            case .event(let event):
                let update = try JobUpdate(event, client: client)
                if case .done = update.content { isAtEnd = true }
                return update
            case .disconnected(let reason): return JobUpdate(.disconnected(reason: "\(reason)"))
            case .reconnected: return JobUpdate(.reconnected)
            case .nothingLeft:
                // The end had been seen by whoever gave the place.
                isAtEnd = true
                return JobUpdate(.done(try await client.get(Job.self, GatewayPath.job(job))))
            }
        }
    }
}
