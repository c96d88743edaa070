import IngotCore

/// How an attempt ended, as its runner sees it.
enum AttemptOutcome: Sendable {
    case succeeded(JSONValue)
    case failed(JobFailure)
    case cancelled

    /// The event that tells it.
    var event: RunnerEvent {
        var event = RunnerEvent(sequence: 0, kind: .finished)
        switch self {
        case .succeeded(let result):
            event.outcome = .succeeded
            event.result = result
        case .failed(let failure):
            event.outcome = .failed
            event.error = failure
        case .cancelled:
            event.outcome = .cancelled
        }
        return event
    }

    var exitCode: Int32 {
        switch self {
        case .succeeded: RunnerExitCode.succeeded
        case .failed: RunnerExitCode.failed
        case .cancelled: RunnerExitCode.stopped
        }
    }
}

/// Where an attempt's progress goes, and its outcome.
protocol AttemptReporter: ProgressReporting {
    /// Says that the attempt has ended; the last call.
    func finish(_ outcome: AttemptOutcome)

    /// Delivers what is reported, until the outcome has arrived or nobody wants it any more.
    ///
    /// - Parameter stop: called when the source has to stop and clean up. It is not called when the attempt is no more
    ///   the current one or nobody is there to tell: then the process ends at once.
    /// - Returns: the process's exit code.
    func deliver(stop: @escaping @Sendable () -> Void) async -> Int32
}

extension RunnerEvent {
    static func progress(_ fraction: Double, _ message: String) -> RunnerEvent {
        var event = RunnerEvent(sequence: 0, kind: .progress)
        event.progress = Int((min(1, max(0, fraction.isNaN ? 0 : fraction)) * 100).rounded(.down))
        event.message = message
        return event
    }

    static func unit(
        _ unit: String,
        _ status: UnitStatus,
        counts: [String: Int64],
        error: JobFailure?
    ) -> RunnerEvent {
        var event = RunnerEvent(sequence: 0, kind: .unit)
        event.unit = unit
        event.unitStatus = status
        event.counts = counts.isEmpty ? nil : counts
        event.error = error
        return event
    }

    mutating func add(_ use: ResourceUse) {
        memoryBytes = use.memoryBytes
        peakMemoryBytes = use.peakMemoryBytes
        cpuSeconds = use.cpuSeconds
    }
}
