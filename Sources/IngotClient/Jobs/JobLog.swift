import IngotCore

/// A job's log as it grows, to the job's end, without losing or repeating a line.
///
/// ```swift
/// for try await update in gateway.followLog(of: job, tail: 20) {
///     if case .lines(let lines) = update { lines.forEach { print($0) } }
/// }
/// ```
public struct JobLog: AsyncSequence, Sendable {
    /// What a reader of the log learns.
    public enum Element: Sendable, Equatable {
        /// Whole lines, without their ends.
        case lines([String])
        /// The gateway is away and is tried again, for as long as ``GatewayLimits/patience`` says.
        case disconnected(reason: String)
        /// The gateway is back; the log goes on where it was.
        case reconnected
    }

    let client: GatewayClient
    let job: String
    /// How many of the last lines come first; `nil`: all.
    let tail: Int?

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Reads the log.
    public struct Iterator: AsyncIteratorProtocol {
        private var events: ResumingEvents
        private var isAtEnd = false

        init(_ log: JobLog) {
            events = ResumingEvents(log.client, after: nil) { [job = log.job, tail = log.tail] place in
                // An event's number is the place in the log after its lines.
                let query: KeyValuePairs<String, String?> =
                    place.map { ["follow": "true", "from": String($0)] }
                    ?? ["follow": "true", "tail": tail.map(String.init)]
                return (GatewayPath.job(job, "/logs", query), [])
            }
        }

        /// The next lines; `nil` at the end of the job.
        ///
        /// - Throws: ``GatewayProblem``, ``GatewayConnectionError``, `CancellationError`.
        public mutating func next() async throws -> Element? {
            while !isAtEnd {
                switch try await events.next() {
                case .event(let event):
                    isAtEnd = event.name == "end"
                    let lines = (event.data["lines"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
                    if !lines.isEmpty { return .lines(lines) }
                case .disconnected(let reason): return .disconnected(reason: "\(reason)")
                case .reconnected: return .reconnected
                case .nothingLeft: isAtEnd = true
                }
            }
            return nil
        }
    }
}
