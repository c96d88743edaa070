import IngotCore

/// How an attempt ends its job.
enum JobEnding: Sendable, Equatable {
    case succeeded(JSONValue)
    case failed(JobFailure)
    case cancelled

    var status: JobStatus {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}

/// Why the gateway asked a runner to stop.
enum StopReason: Sendable, Equatable {
    /// Somebody cancelled the job.
    case cancelled
    /// The gateway is being stopped.
    case gatewayStopping
    /// The runner has not reported for as long as its lease lasts.
    case leaseExpired
}

/// What an attempt's runner used, as its row keeps it.
struct AttemptUse: Sendable, Equatable {
    /// Largest resident size, in bytes.
    var peakMemoryBytes: Int64?
    /// Processor time, in seconds.
    var cpuSeconds: Double?
    /// Both over time, as JSON: see ``ResourceSamples``.
    var samples: String?
}

/// What is known of an attempt when its runner has ended; goes into the failure.
struct AttemptEvidence: Sendable, Equatable {
    /// Largest resident size that the runner reported, in bytes.
    var peakMemoryBytes: Int64?
    /// Processor time that the runner reported, in seconds.
    var cpuSeconds: Double?
    /// The last lines of the log.
    var logTail: [String] = []

    func added(to failure: JobFailure) -> JobFailure {
        var failure = failure
        // What the launcher has measured of the whole tree outweighs what the runner said of itself.
        failure.peakMemoryBytes = failure.exit?.peakMemoryBytes ?? failure.peakMemoryBytes ?? peakMemoryBytes
        failure.cpuSeconds = failure.exit?.cpuSeconds ?? failure.cpuSeconds ?? cpuSeconds
        if failure.logTail == nil, !logTail.isEmpty { failure.logTail = logTail }
        return failure
    }
}
