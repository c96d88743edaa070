import Glibc
import SystemPackage

/// Keeps a second process away from the folder for as long as this one lives.
final class FolderLock: Sendable {
    private let file: FileDescriptor

    /// - Throws: ``EmbeddedCloudError``.
    init(_ path: String) throws {
        do {
            file = try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch let error as Errno {
            throw EmbeddedCloudError(
                reason: "the lock \(path) cannot be opened: \(error)",
                advice: "check who owns its folder, and that the disk has space"
            )
        }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            guard error == .wouldBlock else {
                throw EmbeddedCloudError(
                    reason: "the folder's file \(path) cannot be locked: \(error)",
                    advice: "use a folder on a file system that has locks"
                )
            }
            // The descriptor is closed as the object goes; closing it here as well could close somebody else's.
            throw EmbeddedCloudError(
                reason: "another process has the store that \(path) guards open",
                advice: "stop it, or use another folder"
            )
        }
    }

    /// Lets others have the folder, also while somebody still holds this object.
    func release() {
        // A process that is just being started may hold a copy of the descriptor for a moment, so closing is not enough.
        flock(file.rawValue, LOCK_UN)
    }

    deinit {
        release()
        try? file.close()
    }
}
