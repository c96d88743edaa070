import CLinux
import Glibc
import IngotCore

/// The limits that the kernel holds each single process to (setrlimit(2)).
enum ResourceLimits {
    /// The limits of a runner's process; its children inherit them.
    static func of(_ limits: JobLimits) -> [linux_limit] {
        // A dump would put secrets on the disk.
        var held = [limit(RLIMIT_CORE, soft: 0, hard: 0)]
        if let files = limits.openFiles { held.append(limit(RLIMIT_NOFILE, soft: UInt64(files), hard: UInt64(files))) }
        if let seconds = limits.cpuSeconds {
            // SIGXCPU first, which says why; SIGKILL for a process that ignores it.
            held.append(limit(RLIMIT_CPU, soft: UInt64(seconds), hard: UInt64(seconds) + 5))
        }
        return held
    }

    private static func limit(_ resource: __rlimit_resource, soft: UInt64, hard: UInt64) -> linux_limit {
        linux_limit(resource: Int32(resource.rawValue), soft: soft, hard: hard)
    }
}
