import IngotCore

/// How a runner ended that did not say how its job went, and whether the next attempt may fare better.
enum RunnerFate: Sendable, Equatable {
    case outOfMemory
    /// It was killed where only the kernel, for want of memory, or somebody on the machine can do that.
    case outOfMemoryOrKilled
    case deadline
    case processorTime
    case processes
    case openFiles
    /// It is gone, and nobody saw its end.
    case lost
    /// The cluster took it away: its node was short of something, was shut down or was needed for something else.
    case evicted
    /// The node that it ran on is gone or does not answer.
    case nodeLost
    /// It lived but did not report, and was killed for that.
    case silent
    /// Somebody asked it to stop; not the gateway.
    case stopped
    /// The gateway stopped it, as it was being stopped itself.
    case stoppedWithGateway
    /// A signal that comes from outside: SIGKILL, SIGTERM.
    case killed(Int)
    /// A signal that the runner's own doing brings: SIGSEGV, SIGABRT and their like.
    case crashed(Int)
    case exited(Int)
    /// It could not reach the gateway for so long that it gave up.
    case gaveUp
    /// A word of the launcher's that this version does not know.
    case unknown(String)

    /// The exit code of a runner that gives up on its gateway.
    private static let gaveUpCode = 4
    /// The exit code of a runner that stopped because it was asked to; an adopted one may have said so to nobody.
    private static let stoppedCode = 143

    init(_ exit: RunnerExit) {
        self =
            switch exit.reason {
            case "out_of_memory": .outOfMemory
            case "out_of_memory_or_killed": .outOfMemoryOrKilled
            case "deadline": .deadline
            case "cpu_time": .processorTime
            case "processes": .processes
            case "open_files": .openFiles
            case "lost": .lost
            case "evicted": .evicted
            case "node_lost": .nodeLost
            case let reason?: .unknown(reason)
            case nil:
                switch (exit.signal, exit.code) {
                case (let signal?, _) where signal == 9 || signal == 15: .killed(signal)
                case (let signal?, _): .crashed(signal)
                case (nil, RunnerFate.gaveUpCode): .gaveUp
                case (nil, RunnerFate.stoppedCode): .stopped
                case (nil, let code): .exited(code ?? 0)
                }
            }
    }

    /// Whether the launcher has ended it for what it used.
    fileprivate var isLimit: Bool {
        switch self {
        case .outOfMemory, .deadline, .processorTime, .processes, .openFiles: true
        default: false
        }
    }

    /// The table: a failure's code, and whether the job is tried again.
    ///
    /// | code | tried again | because |
    /// | --- | --- | --- |
    /// | `runner_lost` | yes | the machine, the network or a freeze took it, not its work |
    /// | `runner_evicted`, `node_lost` | yes | the cluster or its node took it, not its work |
    /// | `runner_killed` by SIGKILL or SIGTERM | yes | somebody else ended it |
    /// | `runner_killed` by another signal | no | it crashed, and would again |
    /// | `runner_stopped`, also by code 143 | yes | as with `runner_killed`: machines that shut down do that |
    /// | `gateway_stopped` | not by a gateway that stops | whoever stopped the gateway meant the job as well |
    /// | `runner_exited` with code 4 | yes | it had lost the gateway |
    /// | `runner_exited` | no | it ended by itself, and would again |
    /// | `out_of_memory`, `deadline`, `cpu_time`, `processes`, `open_files` | no | the same work needs as much again |
    /// | `out_of_memory_or_killed` | yes | nobody can tell which; a kill passes |
    /// | any code that a runner reports | as the runner says | it knows what it met |
    var rule: (code: String, isTransient: Bool) {
        switch self {
        case .outOfMemory: ("out_of_memory", false)
        case .outOfMemoryOrKilled: ("out_of_memory_or_killed", true)
        case .deadline: ("deadline", false)
        case .processorTime: ("cpu_time", false)
        case .processes: ("processes", false)
        case .openFiles: ("open_files", false)
        case .lost, .silent: ("runner_lost", true)
        case .evicted: ("runner_evicted", true)
        case .nodeLost: ("node_lost", true)
        case .stopped: ("runner_stopped", true)
        case .stoppedWithGateway: ("gateway_stopped", true)
        case .killed: ("runner_killed", true)
        case .crashed: ("runner_killed", false)
        case .exited: ("runner_exited", false)
        case .gaveUp: ("runner_exited", true)
        case .unknown(let reason): ("runner_\(reason)", false)
        }
    }

    /// The failure, in words.
    ///
    /// - Parameters:
    ///   - limits: what the attempt might use.
    ///   - lease: how long it might be silent.
    func failure(limits: JobLimits, lease: Duration) -> JobFailure {
        let (message, advice) = words(limits: limits, lease: lease)
        return JobFailure(code: rule.code, message: message, advice: advice, isTransient: rule.isTransient)
    }

    private func words(limits: JobLimits, lease: Duration) -> (String, String) {
        func limit(_ name: JobLimitName, _ sentence: (String) -> String) -> (String, String) {
            let value = name.value(in: limits).map(String.init) ?? "no"
            let advice = """
                Allow the job more with \(name.rawValue)=N (ingot ingest --limit \(name.rawValue)=N); the operator's \
                own limit is set with ingot serve --limit \(name.rawValue)=N.
                """
            return (sentence(value), advice)
        }
        switch self {
        case .outOfMemory:
            return limit(.memoryMiB) { "The runner ran out of memory: it reached its limit of \($0) MiB." }
        case .outOfMemoryOrKilled:
            return limit(.memoryMiB) {
                """
                The runner ran out of memory (its limit is \($0) MiB) or was killed by somebody on the machine; the \
                container engine cannot tell which.
                """
            }
        case .deadline:
            return limit(.wallSeconds) { "The attempt reached its deadline: it may run for \($0) s." }
        case .processorTime:
            return limit(.cpuSeconds) { "The runner used up its processor time: its limit is \($0) s." }
        case .processes:
            return limit(.processes) { "The runner started too many processes: its limit is \($0) at a time." }
        case .openFiles:
            return limit(.openFiles) { "The runner opened too many files: its limit is \($0) at a time." }
        case .lost: return ("The runner is gone, and nobody saw how it ended.", "Look at the last log lines.")
        case .silent:
            return (
                "The runner was killed after no report for \(RunnerFate.text(lease)).",
                "Look whether the machine was overloaded or the runner frozen, and at the last log lines."
            )
        case .evicted:
            return (
                "The cluster evicted the runner from its node before it had ended.",
                "Look at the node's events; give the nodes more memory and disk, or lower what runs beside runners."
            )
        case .nodeLost:
            return (
                "The node that the runner ran on is gone or does not answer.",
                "Look at the cluster's nodes."
            )
        case .stopped: return ("The runner was asked to stop from outside the gateway.", "Start the job again.")
        case .stoppedWithGateway:
            return ("The gateway was stopped while the job ran, and the runner with it.", "Start the job again.")
        case .killed(let signal), .crashed(let signal):
            let name = RunnerFate.name(ofSignal: signal).map { " (\($0))" } ?? ""
            return (
                "The runner was killed by signal \(signal)\(name).",
                signal == 9
                    ? "Look for the kernel's out-of-memory killer, or for somebody who killed the process."
                    : "Look at the last log lines."
            )
        case .exited(let code):
            return (
                "The runner ended with exit code \(code) before it reported how the job went.",
                "Look at the last log lines."
            )
        case .gaveUp:
            return (
                "The runner could not reach the gateway for so long that it gave up.",
                "Look at the network between the runner and the gateway's address."
            )
        case .unknown(let reason): return ("The runner is gone: \(reason).", "Look at the last log lines.")
        }
    }

    /// A time as sentences say it.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }

    private static func name(ofSignal signal: Int) -> String? {
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
        case 31: "SIGSYS"
        default: nil
        }
    }
}

extension JobEnding {
    /// The ending of an attempt whose runner is gone without having reported a terminal outcome.
    ///
    /// A result that the attempt has committed to the job's row outweighs all of this; the store sees to that.
    ///
    /// - Parameters:
    ///   - reportedCancelled: whether the runner said that it stopped because it was asked to.
    ///   - limits: what the attempt might use.
    ///   - lease: how long it might be silent.
    static func afterExit(
        _ exit: RunnerExit,
        stopReason: StopReason?,
        reportedCancelled: Bool,
        evidence: AttemptEvidence,
        limits: JobLimits = .standard,
        lease: Duration = AttemptLease.standardDuration
    ) -> JobEnding {
        let fate: RunnerFate
        switch stopReason {
        case .cancelled: return .cancelled
        case .gatewayStopping: fate = .stoppedWithGateway
        case .leaseExpired: fate = .silent
        case nil:
            let seen = RunnerFate(exit)
            // A limit may ask the runner to stop, too, before it kills it.
            fate = reportedCancelled && !seen.isLimit ? .stopped : seen
        }
        var failure = fate.failure(limits: limits, lease: lease)
        failure.exit = exit
        return .failed(evidence.added(to: failure))
    }
}
