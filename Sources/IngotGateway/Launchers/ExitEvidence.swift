import CLinux
import Glibc
import IngotCore

/// What is known of how a runner ended, and what follows from it.
struct ExitEvidence: Sendable, Equatable {
    var code: Int?
    var signal: Int?
    /// The limit for which the launcher has ended it.
    var limit: String?
    /// How many of its processes the kernel has killed for want of memory.
    var outOfMemoryKills: Int64 = 0
    /// How often the kernel has refused a process more.
    var refusedProcesses: Int64 = 0
    var peakMemoryBytes: Int64?
    var cpuSeconds: Double?
    /// The limit of processor time that the kernel kept.
    var cpuLimit: Int?

    /// - Parameter status: in wait(2)'s form; `nil`: nobody knows.
    init(status: Int32?) {
        guard let status else { return }
        let signal = Int(status & 0x7F)
        if signal == 0 { code = Int(status >> 8 & 0xFF) } else { self.signal = signal }
    }

    /// What the kernel keeps of a child until it is reaped.
    init(child: pid_t) {
        var end = linux_child_end()
        guard linux_look_at_child(child, &end) == 0, end.has_ended != 0 else { return }
        if end.signal != 0 { signal = Int(end.signal) } else { code = Int(end.code) }
        peakMemoryBytes = end.peak_kilobytes * 1024
        cpuSeconds = Double(end.cpu_microseconds) / 1_000_000
    }

    /// Adds what the runner's control group has counted.
    mutating func add(_ counters: ControlGroupCounters) {
        outOfMemoryKills = counters.outOfMemoryKills
        refusedProcesses = counters.refusedProcesses
        // Neither is too small, and either can be too large: the group's has what the kernel kept of files in it, the
        // process's that of the gateway, as which it began (exec(2) keeps the peak).
        peakMemoryBytes = [peakMemoryBytes, counters.peakMemoryBytes].compactMap { $0 }.min()
        cpuSeconds = counters.cpuSeconds ?? cpuSeconds
    }

    /// Undoes what bubblewrap makes of a signal: it ends with 128 and the number, as shells do.
    mutating func undoSandbox() {
        // 143 is what a runner ends with when it was asked to stop, and SIGTERM never ends one.
        guard let code, (129...192).contains(code), code != 143 else { return }
        signal = code - 128
        self.code = nil
    }

    var exit: RunnerExit {
        var exit = RunnerExit(code: code, signal: signal)
        exit.peakMemoryBytes = peakMemoryBytes
        exit.cpuSeconds = cpuSeconds
        // What ended well did so in spite of everything.
        guard !exit.isSuccess else { return exit }
        exit.reason =
            limit ?? (outOfMemoryKills > 0 ? "out_of_memory" : nil) ?? (refusedProcesses > 0 ? "processes" : nil)
        if exit.reason == nil, let cpuLimit {
            // SIGXCPU first, and SIGKILL to what ignores it.
            let isOver = (cpuSeconds ?? 0) >= Double(cpuLimit)
            if signal == Int(SIGXCPU) || (signal == Int(SIGKILL) && isOver) { exit.reason = "cpu_time" }
        }
        if exit.reason == nil, code == nil, signal == nil { exit.reason = "lost" }
        return exit
    }
}
