import Glibc

/// What this process has used so far.
struct ResourceUse: Sendable, Equatable {
    /// The largest resident size, in bytes.
    var peakMemoryBytes: Int64
    /// Processor time of all threads, in seconds.
    var cpuSeconds: Double

    static func now() -> ResourceUse {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        // Linux counts the resident size in KiB.
        return ResourceUse(
            peakMemoryBytes: Int64(usage.ru_maxrss) * 1024,
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime)
        )
    }
}
