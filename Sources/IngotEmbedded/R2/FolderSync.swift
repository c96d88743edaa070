import Glibc
import Synchronization
import SystemPackage

/// Brings the names of new files to the disk, for all who wait at once together: what the disk is asked for once holds
/// for every file that was made before.
///
/// For threads that may wait.
final class FolderSync: Sendable {
    private let bring: @Sendable () throws -> Void
    /// Who has asked so far.
    private let asked = Atomic<Int>(0)
    /// How many of those, from the first, are served.
    private let served = Mutex(0)

    convenience init(path: String) {
        self.init {
            let folder = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            try folder.closeAfter { try synchronise(folder) }
        }
    }

    /// - Parameter bring: brings all names that are in the folder to the disk.
    init(bring: @escaping @Sendable () throws -> Void) {
        self.bring = bring
    }

    /// Returns when the files that were made in the folder before are on the disk with their names.
    ///
    /// - Throws: `Errno`.
    func wait() throws {
        let number = asked.add(1, ordering: .sequentiallyConsistent).newValue
        // Whoever waits here while somebody brings the names finds that done, or is the next to do it for all.
        try served.withLock { served in
            guard served < number else { return }
            let covered = asked.load(ordering: .sequentiallyConsistent)
            try bring()
            served = covered
        }
    }
}

/// Brings what was written to a file or folder to the disk.
///
/// - Throws: `Errno`.
func synchronise(_ descriptor: FileDescriptor) throws {
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
}
