import Glibc
import IngotCore
import SystemPackage

/// The file with the settings that open the embedded stores of a data folder, for as long as they are served.
///
/// `NAME=VALUE` lines, as a shell, `podman run --env-file` and the runner read them; for the owner's eyes only.
struct StoresEnvironment: Sendable {
    let file: FilePath

    /// - Parameter folder: the stores'.
    init(folder: FilePath) {
        file = folder.appending("environment")
    }

    /// - Throws: ``GatewayError`` when the file cannot be written.
    func write(_ settings: StorageSettings) throws {
        do {
            let file = try FileDescriptor.open(
                file,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            )
            let lines = settings.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
            try file.closeAfter { _ = try file.writeAll(Array(lines.utf8)) }
        } catch {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "\(file) cannot be written: \(error).",
                advice: "Look at the folder's rights and the free space."
            )
        }
    }

    /// The addresses and credentials of the next start are others.
    func remove() { _ = unlink(file.string) }
}
