import IngotCore

/// The events of an attempt that the gateway has not acknowledged.
///
/// It is bounded: when too many wait, older progress gives way to newer. What became of a unit or of the attempt is
/// never dropped.
struct ReportQueue: Sendable {
    /// The most events in one report, and about the most bytes.
    static let maximumBatch = 1000
    static let maximumBatchBytes = 1 << 20

    private let maximumPending: Int
    private var pending: [RunnerEvent] = []
    private var inFlight: [RunnerEvent] = []
    private var lastSequence: Int64 = 0
    private var batchLimit = ReportQueue.maximumBatch

    init(maximumPending: Int = 10_000) {
        self.maximumPending = maximumPending
    }

    var isEmpty: Bool { pending.isEmpty && inFlight.isEmpty }

    mutating func append(_ event: RunnerEvent) {
        // A number given now would leave a hole when the event gives way, so numbers are given when it is sent.
        pending.append(event)
        guard pending.count > maximumPending else { return }
        let newest = pending.lastIndex { $0.kind == .progress }
        pending = pending.enumerated().filter { index, event in
            index == newest || event.kind == .unit || event.kind == .finished
        }.map(\.element)
    }

    /// What to send next: the same events again until they are acknowledged.
    mutating func nextBatch() -> [RunnerEvent] {
        guard inFlight.isEmpty else { return inFlight }
        var bytes = 0
        while let event = pending.first, inFlight.count < batchLimit, bytes < ReportQueue.maximumBatchBytes {
            pending.removeFirst()
            lastSequence += 1
            var event = event
            event.sequence = lastSequence
            bytes += 200 + (event.message?.utf8.count ?? 0)
            inFlight.append(event)
        }
        return inFlight
    }

    /// Forgets what the gateway has taken.
    mutating func acknowledge(through sequence: Int64) {
        inFlight.removeAll { $0.sequence <= sequence }
    }

    /// Makes reports smaller, as the gateway found this one too large.
    ///
    /// - Returns: false when it cannot be made smaller.
    mutating func shrink() -> Bool {
        if inFlight.count > 1 {
            batchLimit = max(1, inFlight.count / 2)
            pending.insert(contentsOf: inFlight[batchLimit...], at: 0)
            lastSequence -= Int64(inFlight.count - batchLimit)
            inFlight.removeLast(inFlight.count - batchLimit)
            return true
        }
        guard var event = inFlight.first, event.error?.details != nil || event.message != nil else { return false }
        event.error?.details = nil
        event.message = nil
        inFlight = [event]
        return true
    }
}
