import FoundationEssentials
import Glibc
import IngotTesting

/// Runners as the system shows them, whoever has started them.
enum RunnerProcess {
    /// Sends a signal to the runners of a job.
    ///
    /// - Returns: how many there were.
    static func signal(_ signal: Int32, job: String) -> Int { self.signal(signal) { $0.contains(job) } }

    /// Kills the runners that report to an address, or whose own folder is below one.
    static func killAll(reportingTo address: String, below folder: String) {
        _ = signal(SIGKILL) { $0.contains("=\(address)\0") || $0.contains("\(folder)/") }
    }

    private static func signal(_ signal: Int32, where matches: (_ settings: String) -> Bool) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            // What ends while this looks at it is none.
            guard let name = try? WholeFile.text("/proc/\(process)/comm"), name.hasPrefix("ingot-runner"),
                let words = try? WholeFile.text("/proc/\(process)/cmdline"), !words.contains("probe-child"),
                let settings = try? WholeFile.text("/proc/\(process)/environ"), matches(settings)
            else { return false }
            return kill(process, signal) == 0
        }.count
    }
}
