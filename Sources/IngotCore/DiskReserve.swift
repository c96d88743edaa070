import Glibc

/// The last part of a disk, which jobs leave free.
///
/// A full disk must not keep a gateway from writing that a job has ended on it. So what grows with the jobs' work
/// stops before the disk is full, and only the gateway's own rows go on: 32 MiB, or an eighth of a small disk.
public enum DiskReserve {
    /// Whether no more than the reserve is free.
    ///
    /// - Parameter path: of something that lies on the disk.
    public static func isReached(at path: String) -> Bool {
        var disk = statvfs()
        return statvfs(path, &disk) == 0 && isReached(disk)
    }

    /// Whether no more than the reserve is free.
    ///
    /// - Parameter descriptor: of an open file that lies on the disk.
    public static func isReached(at descriptor: Int32) -> Bool {
        var disk = statvfs()
        return fstatvfs(descriptor, &disk) == 0 && isReached(disk)
    }

    private static func isReached(_ disk: statvfs) -> Bool {
        let block = UInt64(disk.f_frsize)
        return isReached(free: UInt64(disk.f_bavail) * block, of: UInt64(disk.f_blocks) * block)
    }

    /// - Parameter size: bytes of the whole disk; 0 when it does not say, and then only its own refusal tells.
    static func isReached(free: UInt64, of size: UInt64) -> Bool {
        size > 0 && free <= min(32 << 20, size / 8)
    }
}
