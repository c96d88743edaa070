import Glibc

/// What this process has used so far.
struct ResourceUse: Sendable, Equatable {
    /// The resident size, in bytes; `nil` where the system does not tell.
    var memoryBytes: Int64?
    /// The largest resident size, in bytes.
    var peakMemoryBytes: Int64
    /// Processor time of all threads, in seconds.
    var cpuSeconds: Double

    static func now() -> ResourceUse {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        // Linux counts the resident size in KiB. That of getrusage(2) may be the parent's, as which a process begins.
        let status = status
        return ResourceUse(
            memoryBytes: kilobytes("VmRSS:", in: status).map { $0 * 1024 },
            peakMemoryBytes: (kilobytes("VmHWM:", in: status) ?? Int64(usage.ru_maxrss)) * 1024,
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime)
        )
    }

    /// `/proc/self/status` of proc(5).
    private static var status: String {
        let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    private static func kilobytes(_ name: String, in status: String) -> Int64? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { $0.split { $0 == " " || $0 == "\t" }.dropFirst().first }.flatMap { Int64($0) }
    }
}
