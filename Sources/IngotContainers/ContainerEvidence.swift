public import IngotCore

/// What is known of how a container ended besides its exit code.
public struct ContainerEvidence: Sendable, Equatable {
    /// The limit for which the launcher has ended it.
    public var limit: String?
    /// Whether the engine says that it ran out of memory.
    public var saysOutOfMemory = false
    /// The signal that somebody sent it by the engine.
    public var outsideSignal: Int?
    /// The launcher has killed it, so the signal says nothing of anybody else.
    public var isKilledByLauncher = false
    public var peakMemoryBytes: Int64?
    public var cpuSeconds: Double?
    public var mostProcesses: Int?

    public init() {}

    /// How the runner ended.
    ///
    /// - Parameters:
    ///   - code: the container's exit code; `nil`: nobody knows.
    ///   - limits: what it might use.
    public func exit(code: Int?, limits: JobLimits) -> RunnerExit {
        var exit = code.map(RunnerExit.init(containerExitCode:)) ?? RunnerExit()
        exit.peakMemoryBytes = peakMemoryBytes
        exit.cpuSeconds = cpuSeconds
        // What ended well did so in spite of everything.
        guard !exit.isSuccess else { return exit }
        exit.reason = code == nil ? limit ?? "lost" : limit ?? reason(for: exit, limits)
        return exit
    }

    private func reason(for exit: RunnerExit, _ limits: JobLimits) -> String? {
        if saysOutOfMemory { return "out_of_memory" }
        let isKilled = exit.signal == 9
        // SIGXCPU first, and SIGKILL to what ignores it, as the first process of a container does.
        if let limit = limits.cpuSeconds, exit.signal == 24 || (isKilled && (cpuSeconds ?? 0) >= Double(limit)) {
            return "cpu_time"
        }
        // What could not start another process ends by itself; one that was ended by somebody says nothing of that.
        // 143: a runner that was asked to stop, and did.
        let isAskedToStop = exit.signal == 15 || exit.code == 143
        let isEndedByItself = !isKilled && !isAskedToStop && outsideSignal == nil && !isKilledByLauncher
        if isEndedByItself, let limit = limits.processes, let mostProcesses, mostProcesses >= limit {
            return "processes"
        }
        guard isKilled, outsideSignal == nil, !isKilledByLauncher, let limit = limits.memoryBytes else { return nil }
        // Nothing inside can kill the first process of a container: it was the kernel, the engine, or somebody on the
        // machine.
        if let peakMemoryBytes, Double(peakMemoryBytes) >= 0.9 * Double(limit) { return "out_of_memory" }
        return "out_of_memory_or_killed"
    }
}
