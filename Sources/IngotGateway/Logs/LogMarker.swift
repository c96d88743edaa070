import Glibc
import SystemPackage

/// A file beside a log that says that the archive has all of it.
struct LogMarker: Sendable {
    private let path: FilePath

    /// - Parameter log: the log's file.
    init(of log: FilePath) {
        path = log.removingLastComponent().appending("archived")
    }

    var isSet: Bool { access(path.string, F_OK) == 0 }

    /// - Throws: `Errno`.
    func set() throws {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.close()
    }

    func remove() { _ = unlink(path.string) }
}
