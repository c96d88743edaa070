/// The limits that a request or an operator may set, by the names that queries and commands use.
public enum JobLimitName: String, Sendable, CaseIterable {
    case wallSeconds = "wall_seconds"
    case memoryMiB = "memory_mib"
    case cpuSeconds = "cpu_seconds"
    case processes
    case openFiles = "open_files"

    /// What can be asked for at all.
    public var range: ClosedRange<Int> {
        switch self {
        case .wallSeconds, .cpuSeconds: 1...2_592_000
        case .memoryMiB: 16...4_194_304
        case .processes: 1...1_000_000
        case .openFiles: 16...1_000_000
        }
    }

    /// The limit of this name; `nil` is no limit.
    public func value(in limits: JobLimits) -> Int? {
        switch self {
        case .wallSeconds: limits.wallSeconds
        case .memoryMiB: limits.memoryBytes.map { Int($0 >> 20) }
        case .cpuSeconds: limits.cpuSeconds
        case .processes: limits.processes
        case .openFiles: limits.openFiles
        }
    }

    /// Sets the limit of this name.
    public func set(_ value: Int, in limits: inout JobLimits) {
        switch self {
        case .wallSeconds: limits.wallSeconds = value
        case .memoryMiB: limits.memoryBytes = Int64(value) << 20
        case .cpuSeconds: limits.cpuSeconds = value
        case .processes: limits.processes = value
        case .openFiles: limits.openFiles = value
        }
    }
}

extension JobLimits {
    /// These limits, and below them what a request asks for.
    public func tightened(by request: JobLimits?) -> JobLimits {
        guard let request else { return self }
        func smaller<Value: Comparable>(_ limit: Value?, _ wanted: Value?) -> Value? {
            guard let limit, let wanted else { return limit ?? wanted }
            return min(limit, wanted)
        }
        return JobLimits(
            wallSeconds: smaller(wallSeconds, request.wallSeconds),
            memoryBytes: smaller(memoryBytes, request.memoryBytes),
            cpuSeconds: smaller(cpuSeconds, request.cpuSeconds),
            processors: smaller(processors, request.processors),
            processes: smaller(processes, request.processes),
            openFiles: smaller(openFiles, request.openFiles)
        )
    }
}
