import IngotCore
import NIOCore

/// The newest events of one job: it numbers them, keeps a bounded ring, and decides how a watcher starts.
struct ProgressLog: Sendable {
    /// One event, encoded once for all watchers.
    struct Entry: Sendable, Equatable {
        var sequence: Int64
        var frame: ByteBuffer
    }

    /// How far the numbering jumps when the newest number is not known exactly.
    ///
    /// The stored number may lag behind; ``mustSaveFirst`` keeps the lag below this, so no number is used twice.
    static let gapAfterLoss: Int64 = 10_000

    private let capacity: Int
    private let maximumBytes: Int
    private var entries: [Entry] = []
    private var first = 0
    private var bytes = 0
    /// The number of the newest event.
    private(set) var lastSequence: Int64
    /// The newest number that the store is known to hold.
    private(set) var savedSequence: Int64

    /// - Parameters:
    ///   - lastSequence: the number of the newest event before these.
    ///   - capacity: the most events that are kept.
    ///   - maximumBytes: the most bytes that are kept; the newest event always is.
    init(lastSequence: Int64, capacity: Int = 512, maximumBytes: Int = 2 << 20) {
        self.capacity = capacity
        self.maximumBytes = maximumBytes
        self.lastSequence = lastSequence
        savedSequence = lastSequence
    }

    /// The log of a job as its row tells of it; the events themselves are gone, but for the last of an ended job.
    init(of job: Job) {
        switch job.status {
        case .queued: self.init(lastSequence: job.lastSequence)
        // An earlier gateway may have shown events that the row does not know of.
        case .running: self.init(lastSequence: job.lastSequence + ProgressLog.gapAfterLoss)
        case .succeeded, .failed, .cancelled:
            self.init(lastSequence: max(0, job.lastSequence - 1))
            _ = append(.done, EventData.encode(job), sequence: job.lastSequence)
            noteSaved(job.lastSequence)
        }
    }

    /// Numbers and keeps an event.
    ///
    /// - Parameter sequence: the event's number when it is decided already; never smaller than the next one.
    mutating func append(_ kind: JobEvent.Kind, _ data: [UInt8], sequence: Int64? = nil) -> Entry {
        lastSequence = max(lastSequence + 1, sequence ?? 0)
        let event = JobEvent(sequence: lastSequence, kind: kind, data: data)
        let entry = Entry(sequence: lastSequence, frame: EventFrame.encode(event))
        entries.append(entry)
        bytes += entry.frame.readableBytes
        while entries.count - first > 1, entries.count - first > capacity || bytes > maximumBytes {
            bytes -= entries[first].frame.readableBytes
            entries[first].frame = ByteBuffer()
            first += 1
        }
        if first >= capacity {
            entries.removeFirst(first)
            first = 0
        }
        return entry
    }

    /// Notes that the store holds the events up to this number.
    mutating func noteSaved(_ sequence: Int64) {
        savedSequence = max(savedSequence, sequence)
    }

    /// Whether so many events are not saved that the next ones must wait for the store.
    var mustSaveFirst: Bool { lastSequence - savedSequence >= ProgressLog.gapAfterLoss / 2 }

    /// Whether an event that may be left out must be left out, because the store does not keep up.
    var isExhausted: Bool { lastSequence - savedSequence >= ProgressLog.gapAfterLoss - 1 }

    /// How a watcher's stream starts.
    enum Start: Sendable, Equatable {
        /// The job as it is now; the watcher has seen nothing yet.
        case snapshot
        /// Exactly the events after the one that the watcher has seen last.
        case replay([Entry])
        /// The events that the watcher asks for are gone.
        case reset
        /// The watcher has already seen the end.
        case nothingLeft
    }

    /// - Parameters:
    ///   - after: the number of the last event that the watcher has seen; `nil` when it has seen none.
    ///   - isEnded: whether the newest event is the last one.
    func start(after: Int64?, isEnded: Bool) -> Start {
        guard let after else { return .snapshot }
        if isEnded, after >= lastSequence { return .nothingLeft }
        if after > lastSequence { return .reset }
        if after == lastSequence { return .replay([]) }
        let held = entries[first...]
        // Numbers may jump, but only upwards: nothing after the watcher's last event has been dropped when the oldest
        // one that is held is not newer than the next.
        guard let oldest = held.first, oldest.sequence <= after + 1 else { return .reset }
        return .replay(held.filter { $0.sequence > after })
    }

    /// The newest event when it is the end of the job.
    var last: Entry? { entries.last }
}
