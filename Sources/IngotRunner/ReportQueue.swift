import IngotCore

/// The events of an attempt that the gateway has not acknowledged.
///
/// It is bounded: when too many wait, older progress gives way to newer, and lines of the log are left out. What became
/// of a unit or of the attempt is never dropped.
struct ReportQueue: Sendable {
    /// The most events in one report, and about the most bytes.
    static let maximumBatch = 1000
    static let maximumBatchBytes = 1 << 20

    /// What of one line is reported, and what one event holds of the log at most, in bytes.
    static let maximumLine = 16_384
    static let maximumLinesBytes = 65_536
    /// What all pending events hold of the log at most, in bytes.
    static let maximumPendingLog = 8 << 20
    static let omission = "(Here lines are missing, as too many waited to be reported.)"

    private let maximumPending: Int
    private var pending: [RunnerEvent] = []
    private var inFlight: [RunnerEvent] = []
    private var lastSequence: Int64 = 0
    private var batchLimit = ReportQueue.maximumBatch
    /// What the last of the pending events holds of the log, in bytes, when that is one of the log.
    private var lastLinesBytes = 0
    /// What all of them hold.
    private var logBytes = 0

    init(maximumPending: Int = 10_000) {
        self.maximumPending = maximumPending
    }

    var isEmpty: Bool { pending.isEmpty && inFlight.isEmpty }

    mutating func append(_ event: RunnerEvent) {
        // A number given now would leave a hole when the event gives way, so numbers are given when it is sent.
        pending.append(event)
        guard pending.count > maximumPending else { return }
        let newest = pending.lastIndex { $0.kind == .progress }
        omitLog()
        pending = pending.enumerated().filter { index, event in
            index == newest || event.kind == .unit || event.kind == .finished || event.metrics != nil
                || event.lines == [ReportQueue.omission]
        }.map(\.element)
    }

    /// Leaves out all lines that wait, and says so in the place of the first.
    private mutating func omitLog() {
        guard let first = pending.firstIndex(where: { $0.kind == .log }) else { return }
        pending[first].lines = [ReportQueue.omission]
        let rest = pending[(first + 1)...].filter { $0.kind != .log }
        pending.replaceSubrange((first + 1)..., with: rest)
        logBytes = 0
        lastLinesBytes = ReportQueue.maximumLinesBytes
    }

    /// Lines that follow each other go into one event.
    mutating func append(logLine line: String) {
        // A line is not broken within a character.
        let line = line.utf8.count <= ReportQueue.maximumLine ? line : ReportQueue.beginning(of: line)
        let size = line.utf8.count + 1
        if logBytes + size > ReportQueue.maximumPendingLog { omitLog() }
        logBytes += size
        if let last = pending.indices.last, pending[last].kind == .log,
            lastLinesBytes + size <= ReportQueue.maximumLinesBytes
        {
            pending[last].lines?.append(line)
            lastLinesBytes += size
            return
        }
        var event = RunnerEvent(sequence: 0, kind: .log)
        event.lines = [line]
        lastLinesBytes = size
        append(event)
    }

    private static func beginning(of line: String) -> String {
        var bytes = Array(line.utf8.prefix(maximumLine))
        // Bytes 10xxxxxx go on with a character.
        while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self) + "…"
    }

    /// What to send next: the same events again until they are acknowledged.
    ///
    /// - Parameter counts: asked once for each new report what was counted since the one before. It is part of the
    ///   report's last event, so it is delivered as often as that is taken: once.
    mutating func nextBatch(counts: () -> [RunnerCount]? = { nil }) -> [RunnerEvent] {
        guard inFlight.isEmpty else { return inFlight }
        var bytes = 0
        while let event = pending.first, inFlight.count < batchLimit, bytes < ReportQueue.maximumBatchBytes {
            pending.removeFirst()
            lastSequence += 1
            var event = event
            event.sequence = lastSequence
            bytes += 200 + (event.message?.utf8.count ?? 0)
            let lines = event.lines?.reduce(0) { $0 + $1.utf8.count + 1 } ?? 0
            logBytes = max(0, logBytes - lines)
            bytes += lines
            inFlight.append(event)
        }
        if let last = inFlight.indices.last, let counts = counts() {
            inFlight[last].metrics = (inFlight[last].metrics ?? []) + counts
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
        guard var event = inFlight.first,
            event.error?.details != nil || event.message != nil || event.lines?.count ?? 0 > 1
        else { return false }
        event.error?.details = nil
        event.message = nil
        if event.lines != nil { event.lines = [ReportQueue.omission] }
        inFlight = [event]
        return true
    }
}
