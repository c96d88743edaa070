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
        failure.peakMemoryBytes = failure.peakMemoryBytes ?? peakMemoryBytes
        failure.cpuSeconds = failure.cpuSeconds ?? cpuSeconds
        if failure.logTail == nil, !logTail.isEmpty { failure.logTail = logTail }
        return failure
    }
}

extension JobEnding {
    /// The ending of an attempt whose runner is gone without having reported a terminal outcome.
    ///
    /// A result that the attempt has committed to the job's row outweighs all of this; the store sees to that.
    ///
    /// - Parameters:
    ///   - reportedCancelled: whether the runner said that it stopped because it was asked to.
    static func afterExit(
        _ exit: RunnerExit,
        stopReason: StopReason?,
        reportedCancelled: Bool,
        evidence: AttemptEvidence
    ) -> JobEnding {
        switch stopReason {
        case .cancelled: return .cancelled
        case .gatewayStopping: return .failed(evidence.added(to: stopped(exit, byGateway: true)))
        case nil: break
        }
        if reportedCancelled { return .failed(evidence.added(to: stopped(exit, byGateway: false))) }
        var failure: JobFailure
        if let signal = exit.signal {
            failure = JobFailure(
                code: "runner_killed",
                message: "The runner was killed by signal \(signal)\(signalName(signal).map { " (\($0))" } ?? "").",
                advice: signal == 9
                    ? "Look for the kernel's out-of-memory killer, or for somebody who killed the process."
                    : "Look at the last log lines.",
                isTransient: signal == 9 || signal == 15
            )
        } else if let reason = exit.reason {
            failure = JobFailure(
                code: "runner_\(reason)",
                message: "The runner is gone: \(reason).",
                isTransient: reason == "lost"
            )
        } else {
            failure = JobFailure(
                code: "runner_exited",
                message: "The runner ended with exit code \(exit.code ?? 0) before it reported how the job went.",
                advice: "Look at the last log lines."
            )
        }
        failure.exit = exit
        return .failed(evidence.added(to: failure))
    }

    private static func stopped(_ exit: RunnerExit, byGateway: Bool) -> JobFailure {
        var failure = JobFailure(
            code: byGateway ? "gateway_stopped" : "runner_stopped",
            message: byGateway
                ? "The gateway was stopped while the job ran, and the runner with it."
                : "The runner was asked to stop from outside the gateway.",
            advice: "Start the job again.",
            isTransient: true
        )
        failure.exit = exit
        return failure
    }

    private static func signalName(_ signal: Int) -> String? {
        switch signal {
        case 1: "SIGHUP"
        case 2: "SIGINT"
        case 4: "SIGILL"
        case 6: "SIGABRT"
        case 7: "SIGBUS"
        case 8: "SIGFPE"
        case 9: "SIGKILL"
        case 11: "SIGSEGV"
        case 13: "SIGPIPE"
        case 15: "SIGTERM"
        case 24: "SIGXCPU"
        default: nil
        }
    }
}
