import Glibc
import IngotCore

/// What is free on a disk.
struct DiskSpace: Sendable, Equatable {
    /// For those who are not the superuser, in bytes.
    var free: UInt64
    var size: UInt64
    /// Whether no more is free than what jobs leave to the gateway.
    var isReserveReached: Bool

    /// - Parameter path: of something that lies on the disk.
    /// - Returns: `nil` when the disk cannot be asked.
    static func of(_ path: String) -> DiskSpace? {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return nil }
        let block = UInt64(disk.f_frsize)
        return DiskSpace(
            free: UInt64(disk.f_bavail) * block,
            size: UInt64(disk.f_blocks) * block,
            isReserveReached: DiskReserve.isReached(at: path)
        )
    }
}
