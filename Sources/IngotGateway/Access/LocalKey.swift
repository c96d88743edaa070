import Glibc
import IngotCore
import SystemPackage

/// The key that lies in the data folder: whoever can read the folder's files administers its gateway.
///
/// It is made at the first start, so a gateway always has one way in that cannot be revoked by mistake. Removing the
/// file and starting the gateway again makes another.
enum LocalKey {
    private static let maximumBytes = 1024

    /// Reads the key; makes it when there is none.
    ///
    /// - Throws: ``GatewayError`` when the file cannot be used.
    static func open(_ path: FilePath) throws -> APIKeySecret {
        do {
            if let key = try read(path) { return key }
            let key = APIKeySecret()
            try write(key, to: path)
            return key
        } catch let error as Errno {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "The local key \(path) cannot be used: \(error).",
                advice: "Look at its rights, or remove it: the next start makes another."
            )
        }
    }

    /// Reads the key; `nil` when there is none.
    ///
    /// - Throws: `Errno`; ``GatewayError`` when the file holds something else.
    static func read(_ path: FilePath) throws -> APIKeySecret? {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow])
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
        let text = try file.closeAfter {
            // A copy or a backup may have opened it to others.
            if fchmod(file.rawValue, 0o600) != 0, geteuid() == 0 { throw Errno(rawValue: errno) }
            let bytes = try [UInt8](unsafeUninitializedCapacity: maximumBytes) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let key = APIKeySecret(text.prefix { !$0.isWhitespace }) else {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "The local key \(path) does not hold a key.",
                advice: "Remove it: the next start makes another."
            )
        }
        return key
    }

    /// Writes the whole key under another name first, so that nobody ever reads half of it.
    private static func write(_ key: APIKeySecret, to path: FilePath) throws {
        let temporary = FilePath(path.string + ".new")
        _ = unlink(temporary.string)
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            _ = try file.writeAll(Array((key.secret.revealed + "\n").utf8))
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(temporary.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    }
}
