import IngotCore
import Synchronization

/// Measures what a running container uses, now and then, and ends it for its processor time.
final class UsageSampler: Sendable {
    private struct State {
        var peakMemoryBytes: Int64?
        var cpuSeconds: Double?
        var mostProcesses: Int?
    }

    private let state = Mutex(State())

    /// Measures until the task is cancelled; an engine that is away is asked again.
    func run(_ id: String, engine: EngineConnection, every interval: Duration, limits: JobLimits, stop: ContainerStop)
        async
    {
        while !Task.isCancelled {
            if let usage = try? await engine.usage(id) {
                note(usage)
                if let limit = limits.cpuSeconds, let used = usage.cpuSeconds, used >= Double(limit) {
                    stop.request(limit: "cpu_time")
                }
            }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    func add(to evidence: inout ContainerEvidence) {
        let state = state.withLock { $0 }
        evidence.peakMemoryBytes = state.peakMemoryBytes
        evidence.cpuSeconds = state.cpuSeconds
        evidence.mostProcesses = state.mostProcesses
    }

    private func note(_ usage: ContainerUsage) {
        state.withLock { state in
            state.peakMemoryBytes = [state.peakMemoryBytes, usage.memoryBytes].compactMap { $0 }.max()
            state.cpuSeconds = [state.cpuSeconds, usage.cpuSeconds].compactMap { $0 }.max()
            state.mostProcesses = [state.mostProcesses, usage.processes].compactMap { $0 }.max()
        }
    }
}
