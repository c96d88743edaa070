import Glibc
import IngotCore

/// Counts what the processes of one runner use, where no control group does.
///
/// It remembers which processes belong to the runner and which do not, as reading the environment of every process of
/// the machine ten times a second would be work.
struct TreeSampler {
    /// What the living processes of the runner use together.
    struct Use: Sendable, Equatable {
        var memoryBytes: Int64 = 0
        var cpuSeconds: Double = 0
        /// Processes and threads.
        var tasks = 0
    }

    private struct Known {
        var startTime: UInt64
        var isMember: Bool
    }

    let leader: ProcessHandle
    let marker: String
    private var known: [pid_t: Known] = [:]

    init(leader: ProcessHandle, marker: String) {
        self.leader = leader
        self.marker = marker
    }

    /// The processes that were seen so far and belong to the runner.
    var seen: Set<pid_t> { Set(known.filter(\.value.isMember).keys) }

    /// - Parameter memoryLimit: above it the memory that processes share is told apart, which takes longer.
    mutating func sample(memoryLimit: Int64?) -> Use {
        var use = Use()
        var members: [pid_t] = []
        let own = getpid()
        let pageSize = Int64(getpagesize())
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        var present: [pid_t: Known] = [:]
        for process in ProcessTree.processes() where process != own {
            guard let statistics = ProcessStatistics(of: process), statistics.startTime >= leader.startTime else {
                continue
            }
            var entry = Known(startTime: statistics.startTime, isMember: false)
            if let before = known[process], before.startTime == entry.startTime {
                entry = before
            } else {
                entry.isMember =
                    statistics.group == leader.process || statistics.session == leader.process
                    || ProcessTree.carries(marker, process: process)
            }
            present[process] = entry
            guard entry.isMember, !statistics.hasEnded else { continue }
            members.append(process)
            use.memoryBytes += statistics.residentPages * pageSize
            use.cpuSeconds += Double(statistics.cpuTicks) / ticks
            use.tasks += statistics.threads
        }
        known = present
        if let memoryLimit, use.memoryBytes > memoryLimit { use.memoryBytes = Self.proportionalMemory(of: members) }
        return use
    }

    /// Resident memory with what is shared divided among those that share it.
    private static func proportionalMemory(of processes: [pid_t]) -> Int64 {
        let pageSize = Int64(getpagesize())
        return processes.reduce(0) { total, process in
            if let text = SmallFile.text("/proc/\(process)/smaps_rollup"),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
                let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
            {
                return total + kilobytes * 1024
            }
            return total + (ProcessStatistics(of: process)?.residentPages ?? 0) * pageSize
        }
    }
}
