import FoundationEssentials
import Glibc
import IngotCore
import SystemPackage

extension DataFolder {
    /// A part of the folder that gateways have made.
    public struct Part: Sendable, Equatable {
        /// The file's or folder's name in the data folder.
        public var name: String
        /// What is in it, in words.
        public var meaning: String
        /// Of all files in it.
        public var bytes: Int64
        public var files: Int
    }

    /// What the folder holds, as far as it can be read.
    public struct Contents: Sendable, Equatable {
        /// What gateways have made, in the order in which it is removed.
        public var parts: [Part]
        /// Names of what else lies there.
        public var foreign: [String]
    }

    /// Everything that gateways make in their folder; the lock comes last, as it keeps others out until the rest is gone.
    private static let ownNames: KeyValuePairs = [
        "stores": "what has been ingested: the embedded database and bucket",
        "jobs": "logs of jobs",
        "work": "the folders of runners",
        "work.groups": "which control groups runners have had",
        "launcher": "what launchers note",
        "runners.address": "where runners find the gateway",
        "gateway.id": "which jobs in the database are this folder's",
        "gateway.json": "where the gateway listens",
        "gateway.json.new": "where the gateway listens",
        "local.key": "the key that commands on this machine find by themselves",
        "gateway.lock": "who uses the folder",
    ]

    /// Whether a gateway has made what has this name in one of its folders; `work` is emptied at each start anyway.
    private static func isOwn(_ name: String, in part: String) -> Bool {
        switch part {
        case "jobs": JobID(name) != nil || name.hasPrefix("restored-")
        case "stores": ["d1", "r2"].contains(name) || name.hasPrefix("embedded.") || name.hasPrefix("environment")
        default: true
        }
    }

    private func foreignNames(in part: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.appending(part).string)) ?? []
        return names.filter { !Self.isOwn($0, in: part) }.map { "\(part)/\($0)" }
    }

    /// Looks at what is in the folder.
    ///
    /// - Returns: `nil` when there is no such folder.
    public func contents() throws -> Contents? {
        guard isFolder(path) else { return nil }
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: path.string))
        let own = Self.ownNames.filter { names.contains($0.key) }
        return Contents(
            parts: own.map { name, meaning in
                let size = size(of: path.appending(name))
                return Part(name: name, meaning: meaning, bytes: size.bytes, files: size.files)
            },
            foreign: (names.subtracting(own.map(\.key)) + own.flatMap { foreignNames(in: $0.key) }).sorted()
        )
    }

    /// Removes what gateways have made in the folder, and the folder when nothing else is in it.
    ///
    /// - Returns: whether the folder is gone.
    /// - Throws: ``GatewayError`` while a gateway or a runner uses it; `Errno` or what the file system says.
    public func remove() async throws -> Bool {
        guard let contents = try contents() else { return true }
        // A folder that no gateway has ever taken gets no lock of its own, so that nothing is made in it.
        let hasStores = access(stores.appending("embedded.lock").string, F_OK) == 0
        guard hasStores || contents.parts.contains(where: { $0.name == "gateway.lock" }) else {
            guard contents.parts.isEmpty else {
                throw GatewayError(
                    code: .dataFolderUnusable,
                    message: "\(path) has no gateway.lock, so it is not a data folder of Ingot's.",
                    advice: "Look at it, and remove by hand what you do not need."
                )
            }
            return false
        }
        let lock = try await lock()
        defer { lock.release() }
        let storesLock = try lockOfStores()
        defer { storesLock?.release() }
        if let process = livingRunner() {
            throw GatewayError(
                code: .dataFolderInUse,
                message: "A runner (process \(process)) still works in \(path).",
                advice: "Start `ingot serve` on the folder and cancel its job, or end the process."
            )
        }
        // What the lock has made is there as well now.
        for (name, _) in Self.ownNames {
            let part = path.appending(name)
            var status = stat()
            guard lstat(part.string, &status) == 0 else { continue }
            // A link is taken away itself; what it leads to may be somebody else's.
            if status.st_mode & S_IFMT == S_IFLNK || status.st_mode & S_IFMT != S_IFDIR {
                guard unlink(part.string) == 0 else { throw Errno(rawValue: errno) }
            } else if foreignNames(in: name).isEmpty {
                try FileManager.default.removeItem(atPath: part.string)
            } else {
                for inner in try FileManager.default.contentsOfDirectory(atPath: part.string)
                where Self.isOwn(inner, in: name) {
                    try FileManager.default.removeItem(atPath: part.appending(inner).string)
                }
            }
        }
        return rmdir(path.string) == 0
    }

    /// The hold on the embedded stores, which `ingot stores` serves without a gateway; `nil` when there are none.
    private func lockOfStores() throws -> DataFolderLock? {
        let file = stores.appending("embedded.lock")
        guard access(file.string, F_OK) == 0 else { return nil }
        do { return try DataFolderLock(file) } catch Errno.wouldBlock {
            throw GatewayError(
                code: .dataFolderInUse,
                message: "Another process serves the stores in \(stores).",
                advice: "Stop it first; it may be `ingot stores`."
            )
        }
    }

    /// The process of a runner that lives in a folder below this one; `nil` when there is none.
    private func livingRunner() -> Int32? {
        let inside =
            (realpath(work.string, nil).map { pointer -> String in
                defer { free(pointer) }
                return String(cString: pointer)
            } ?? work.string) + "/"
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.lazy.compactMap { Int32($0) }.first { process in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd"))?.hasPrefix(inside)
                == true
        }
    }

    private func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func size(of path: FilePath) -> (bytes: Int64, files: Int) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return (0, 0) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return (Int64(status.st_size), 1) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        return names.reduce(into: (bytes: 0, files: 0)) { sum, name in
            let inner = size(of: path.appending(name))
            sum = (sum.bytes + inner.bytes, sum.files + inner.files)
        }
    }
}
