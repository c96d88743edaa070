import IngotCore

/// What a container uses at a moment, as the engine measures it.
struct ContainerUsage: Sendable, Equatable {
    var memoryBytes: Int64?
    var cpuSeconds: Double?
    var processes: Int?

    init?(_ statistics: JSONValue) {
        guard statistics.objectValue != nil else { return nil }
        let memory = statistics["memory_stats"]
        let details = memory?["stats"]
        // What the kernel keeps of files goes before anything is killed; the older and the newer name of it.
        let files = (details?["total_inactive_file"] ?? details?["inactive_file"])?.integerValue ?? 0
        memoryBytes = (memory?["usage"]?.integerValue).map { max(0, $0 - files) }
        let nanoseconds = statistics["cpu_stats"]?["cpu_usage"]?["total_usage"]?.integerValue
        cpuSeconds = nanoseconds.map { Double($0) / 1e9 }
        processes = (statistics["pids_stats"]?["current"]?.integerValue).map { Int($0) }
    }
}
