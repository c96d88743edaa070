/// What one attempt of a job may use; `nil` is no limit.
///
/// The launcher enforces them and reports them by name. A Kubernetes cluster enforces ``wallSeconds``, ``memoryBytes``
/// and ``processors`` alone; the others have no effect there.
public struct JobLimits: Sendable, Codable, Equatable {
    /// The longest time that one attempt may run, in seconds: `deadline`.
    public var wallSeconds: Int?
    /// The most memory that the runner and its children may have resident together, in bytes: `out_of_memory`.
    public var memoryBytes: Int64?
    /// The most processor time, in seconds: `cpu_time`.
    public var cpuSeconds: Int?
    /// The share of processors, for example 1.5; it slows the runner down and ends nothing.
    public var processors: Double?
    /// The most processes and threads at a time: `processes`.
    public var processes: Int?
    /// The most open files of one process: `open_files`.
    public var openFiles: Int?

    public init(
        wallSeconds: Int? = nil,
        memoryBytes: Int64? = nil,
        cpuSeconds: Int? = nil,
        processors: Double? = nil,
        processes: Int? = nil,
        openFiles: Int? = nil
    ) {
        self.wallSeconds = wallSeconds
        self.memoryBytes = memoryBytes
        self.cpuSeconds = cpuSeconds
        self.processors = processors
        self.processes = processes
        self.openFiles = openFiles
    }

    /// What a job gets unless the operator or the request says otherwise.
    public static let standard = JobLimits(
        wallSeconds: 6 * 3600,
        memoryBytes: 1 << 30,
        processes: 256,
        openFiles: 1024
    )

    enum CodingKeys: String, CodingKey {
        case wallSeconds = "wall_seconds"
        case memoryBytes = "memory_bytes"
        case cpuSeconds = "cpu_seconds"
        case processors
        case processes
        case openFiles = "open_files"
    }
}
