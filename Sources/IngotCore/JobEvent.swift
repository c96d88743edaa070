/// One event of a job's life as watchers see it, numbered from 1 within the job.
///
/// On the wire (Server-Sent Events): `id:` is the number, `event:` the kind, `data:` the JSON of `data` on one line.
public struct JobEvent: Sendable, Equatable {
    /// The kinds on the wire.
    public enum Kind: String, Sendable, Codable {
        /// The job as it is now; the first event a watcher gets.
        case snapshot
        /// Status, percentage or message changed.
        case progress
        /// Lines that the runner wrote.
        case log
        /// A unit changed its state.
        case unit
        /// The events that the watcher asked for are gone; a snapshot is the data.
        case reset
        /// The final job; the last event.
        case done
    }

    public var sequence: Int64
    public var kind: Kind
    /// JSON on one line.
    public var data: [UInt8]

    public init(sequence: Int64, kind: Kind, data: [UInt8]) {
        self.sequence = sequence
        self.kind = kind
        self.data = data
    }
}

/// What a runner sends to `POST /api/ingest/jobs/{id}/progress`.
///
/// The runner numbers its events from 1 within the attempt; a repeated delivery is harmless.
public struct RunnerReport: Sendable, Codable, Equatable {
    public var attempt: Int
    public var events: [RunnerEvent]

    public init(attempt: Int, events: [RunnerEvent]) {
        self.attempt = attempt
        self.events = events
    }
}

/// One event of an attempt, as its runner tells it.
public struct RunnerEvent: Sendable, Codable, Equatable {
    /// What it tells.
    ///
    /// One that this version does not know counts as a sign of life.
    public enum Kind: String, Sendable, Codable {
        /// Alive, nothing else; renews the lease.
        case heartbeat
        case progress
        case unit
        /// What the runner has written to its log, for gateways that cannot read it themselves.
        case log
        /// The attempt has ended; the last event.
        case finished

        public init(from decoder: any Decoder) throws {
            self = try Kind(rawValue: decoder.singleValueContainer().decode(String.self)) ?? .heartbeat
        }
    }

    public var sequence: Int64
    public var kind: Kind
    /// 0 to 100 (`progress`).
    public var progress: Int?
    public var message: String?
    /// The unit it is about (`unit`).
    public var unit: String?
    /// The unit's state (`unit`).
    public var unitStatus: UnitStatus?
    /// Counts by name, for example nodes written (`unit`).
    public var counts: [String: Int64]?
    /// Whole lines (`log`).
    public var lines: [String]?
    /// How the attempt ended (`finished`): succeeded, failed or cancelled.
    public var outcome: JobStatus?
    /// What a succeeded attempt reports.
    public var result: JSONValue?
    /// Why the attempt or the unit failed.
    public var error: JobFailure?
    /// What the runner has counted since the events before, for the gateway's metrics; on an event of any kind, as
    /// gateways that do not know this member take the event all the same.
    public var metrics: [RunnerCount]?
    /// Resident size now, in bytes.
    public var memoryBytes: Int64?
    /// Largest resident size so far, in bytes.
    public var peakMemoryBytes: Int64?
    /// Processor time so far, in seconds.
    public var cpuSeconds: Double?

    public init(sequence: Int64, kind: Kind) {
        self.sequence = sequence
        self.kind = kind
    }

    enum CodingKeys: String, CodingKey {
        case progress, message, unit, counts, lines, outcome, result, error, metrics
        case sequence = "seq"
        case kind = "type"
        case unitStatus = "unit_status"
        case memoryBytes = "memory_bytes"
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
    }
}

/// By how much one of a runner's counters has grown.
public struct RunnerCount: Sendable, Codable, Equatable {
    /// The metric's name, for example `ingot_d1_calls_total`.
    public var name: String
    public var labels: [String: String]
    public var amount: Int64

    public init(name: String, labels: [String: String], amount: Int64) {
        self.name = name
        self.labels = labels
        self.amount = amount
    }
}

/// The gateway's answer to a report.
public struct ReportAnswer: Sendable, Codable, Equatable {
    /// The number of the last runner event that was taken.
    public var accepted: Int64
    /// Whether the runner must end now.
    public var stop: Bool

    public init(accepted: Int64, stop: Bool) {
        self.accepted = accepted
        self.stop = stop
    }
}

/// Where a unit is in its life.
public enum UnitStatus: String, Sendable, Codable {
    case pending
    case running
    case done
    case failed
}
