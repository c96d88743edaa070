import Glibc
import SystemPackage

/// Keeps a second process away from the folder for as long as this one lives.
final class FolderLock: Sendable {
    private let file: FileDescriptor

    init(_ path: String) throws {
        file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .closeOnExec],
            permissions: .ownerReadWrite
        )
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            // The descriptor is closed as the object goes; closing it here as well could close somebody else's.
            throw EmbeddedCloudError(
                reason: "another process has the store that \(path) guards open",
                advice: "stop it, or use another folder"
            )
        }
    }

    deinit {
        // A process that is just being started may hold a copy of the descriptor for a moment, so closing is not enough.
        flock(file.rawValue, LOCK_UN)
        try? file.close()
    }
}
