import FoundationEssentials
import Glibc
public import IngotCore
public import SystemPackage

/// The folder of one gateway's files; a lock keeps a second gateway out.
public struct DataFolder: Sendable {
    public let path: FilePath

    public init(_ path: FilePath) {
        self.path = path
    }

    var jobs: FilePath { path.appending("jobs") }
    var work: FilePath { path.appending("work") }
    var stores: FilePath { path.appending("stores") }
    /// Where the settings of the folder's stores are while its gateway serves them.
    public var storesEnvironmentFile: FilePath { StoresEnvironment(folder: stores).file }
    var localKeyFile: FilePath { path.appending("local.key") }
    private var lockFile: FilePath { path.appending("gateway.lock") }
    private var addressFile: FilePath { path.appending("gateway.json") }

    /// A gateway that uses the folder.
    public struct Occupant: Sendable, Codable, Equatable {
        /// Where it listens, for example `http://127.0.0.1:8080`.
        public var url: String
        public var pid: Int32
    }

    /// The gateway that runs on this folder; `nil` when none does.
    public func occupant() -> Occupant? {
        // The file of a gateway that crashed stays behind; the lock of the living one, which removes it before it does
        // anything else, tells the two apart.
        guard let lock = try? FileDescriptor.open(lockFile, .readWrite, options: .closeOnExec) else { return nil }
        defer { try? lock.close() }
        guard flock(lock.rawValue, LOCK_SH | LOCK_NB) != 0,
            let bytes = FileManager.default.contents(atPath: addressFile.string)
        else { return nil }
        return try? JSONText.decode(Occupant.self, from: bytes)
    }

    /// The key that administers the folder's gateway; `nil` when no gateway has ever been started on it.
    ///
    /// - Throws: `Errno` when it cannot be read, ``GatewayError`` when it is damaged.
    public func localKey() throws -> Secret? { try LocalKey.read(localKeyFile)?.secret }

    /// Makes the folder and takes it for one gateway.
    ///
    /// - Throws: ``GatewayError`` when another gateway has it or it cannot be used.
    func lock() async throws -> DataFolderLock {
        do {
            // Somebody who only looks whether a gateway is there holds the lock for a moment.
            for _ in 0..<10 {
                do { return try lockOnce() } catch Errno.wouldBlock {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            return try lockOnce()
        } catch Errno.wouldBlock {
            let whom = occupant().map { " (\($0.url), process \($0.pid))" } ?? ""
            throw GatewayError(
                code: .dataFolderInUse,
                message: "Another gateway\(whom) uses the data folder \(path).",
                advice: "Stop it, talk to it with --gateway, or give another folder with --data."
            )
        } catch {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "The data folder \(path) cannot be used: \(error).",
                advice: "Give another with --data, or look at its rights."
            )
        }
    }

    private func lockOnce() throws -> DataFolderLock {
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
        let lock = try DataFolderLock(lockFile)
        // Not before: whoever had the lock may have removed them with all else.
        for folder in [jobs, work] {
            try FileManager.default.createDirectory(
                atPath: folder.string,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        // Whoever saw the lock would take an earlier gateway's address for this one's, and send the local key there.
        withdraw()
        return lock
    }

    /// Tells others where the gateway of this folder listens.
    func publish(_ occupant: Occupant) throws {
        let bytes = try JSONText.encode(occupant)
        let temporary = path.appending("gateway.json.new")
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter { _ = try file.writeAll(bytes) }
        guard rename(temporary.string, addressFile.string) == 0 else { throw Errno(rawValue: errno) }
    }

    func withdraw() {
        _ = unlink(addressFile.string)
    }
}
