import Glibc
import IngotCore

/// Holds one runner to the limits that the kernel does not keep by itself, and notices those that it does.
struct LimitWatch: Sendable {
    /// How often a runner with such limits is looked at.
    static let interval = Duration.milliseconds(100)

    let runner: ProcessHandle
    /// The setting in the environment of the runner's processes.
    let marker: String
    let group: ControlGroup?
    let limits: JobLimits
    let stop: RunnerStop

    private var samplesMemory: Bool { limits.memoryBytes != nil && group?.limitsMemory != true }
    private var samplesProcesses: Bool { limits.processes != nil && group?.limitsProcesses != true }
    private var looks: Bool {
        limits.memoryBytes != nil || limits.processes != nil || limits.cpuSeconds != nil
    }

    /// Watches until the task is cancelled or the runner was killed.
    ///
    /// - Returns: the processes of the runner that were seen on the way.
    func run() async -> Set<pid_t> {
        var sampler = TreeSampler(leader: runner, marker: marker)
        // Counted from the process's start, so that an adopted runner gets no more time and no clock can be set.
        var deadline = limits.wallSeconds.map { ContinuousClock.now + (.seconds($0) - runner.age) }
        while true {
            var pause = deadline.map { $0 - .now } ?? .seconds(3600)
            if looks { pause = min(pause, Self.interval) }
            // Nothing can have been exceeded at the start, and most runners are gone before the first look.
            do { try await Task.sleep(for: max(.zero, pause)) } catch { break }
            if let limit = exceeded(&sampler) {
                stop.exceeded(limit)
                group?.kill()
                stop.kill()
                return sampler.seen
            }
            if let end = deadline, end <= .now {
                stop.exceeded("deadline")
                stop.request()
                deadline = nil
            }
        }
        return sampler.seen
    }

    /// The limit that the runner has gone beyond; `nil` while it has not.
    private func exceeded(_ sampler: inout TreeSampler) -> String? {
        guard looks else { return nil }
        let counters = group?.counters
        if limits.memoryBytes != nil, let counters, counters.outOfMemoryKills > 0 { return "out_of_memory" }
        if limits.processes != nil, let counters, counters.refusedProcesses > 0 { return "processes" }
        if let limit = limits.cpuSeconds, let used = counters?.cpuSeconds, used > Double(limit) { return "cpu_time" }
        let samplesCPU = limits.cpuSeconds != nil && counters?.cpuSeconds == nil
        guard samplesMemory || samplesProcesses || samplesCPU else { return nil }
        let use = sampler.sample(memoryLimit: samplesMemory ? limits.memoryBytes : nil)
        if samplesMemory, let limit = limits.memoryBytes, use.memoryBytes > limit { return "out_of_memory" }
        if samplesProcesses, let limit = limits.processes, use.tasks > limit { return "processes" }
        if samplesCPU, let limit = limits.cpuSeconds, use.cpuSeconds > Double(limit) { return "cpu_time" }
        return nil
    }
}
