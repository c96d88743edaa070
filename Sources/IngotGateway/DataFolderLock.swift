import Glibc
import Synchronization
import SystemPackage

/// A gateway's hold on its data folder, until it is released or the process ends.
final class DataFolderLock: Sendable {
    private let file: Mutex<SystemPackage.FileDescriptor?>

    /// - Throws: `Errno` when the file cannot be opened or somebody else holds it (`wouldBlock`).
    init(_ path: FilePath) throws {
        let file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .closeOnExec],
            permissions: .ownerReadWrite
        )
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            try? file.close()
            throw error
        }
        // Somebody may have removed it in between; a lock that nobody else can find would hold nobody off.
        var held = stat()
        var named = stat()
        guard fstat(file.rawValue, &held) == 0, stat(path.string, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else {
            try? file.close()
            throw Errno.wouldBlock
        }
        self.file = Mutex(file)
    }

    /// Lets others have the folder.
    ///
    /// Closing alone would not do at once: a process that is just being started holds a copy of the descriptor until
    /// it executes its program.
    func release() {
        file.withLock { file in
            guard let open = file else { return }
            _ = flock(open.rawValue, LOCK_UN)
            try? open.close()
            file = nil
        }
    }

    deinit { release() }
}
