import CLinux
import Glibc
import IngotCore

/// The limits that the kernel holds each single process to (setrlimit(2)).
enum ResourceLimits {
    /// Sets the limits of a process that has done nothing yet; its children inherit them.
    static func apply(_ limits: JobLimits, to process: pid_t) {
        // A dump would put secrets on the disk.
        set(RLIMIT_CORE, soft: 0, hard: 0, of: process)
        if let files = limits.openFiles { set(RLIMIT_NOFILE, soft: UInt64(files), hard: UInt64(files), of: process) }
        if let seconds = limits.cpuSeconds {
            // SIGXCPU first, which says why; SIGKILL for a process that ignores it.
            set(RLIMIT_CPU, soft: UInt64(seconds), hard: UInt64(seconds) + 5, of: process)
        }
    }

    /// A limit that is refused (above what this process may give) leaves the one that is there, which is lower.
    private static func set(_ resource: __rlimit_resource, soft: UInt64, hard: UInt64, of process: pid_t) {
        _ = linux_set_limit(process, Int32(resource.rawValue), soft, hard)
    }
}
