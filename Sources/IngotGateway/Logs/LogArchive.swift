import Crypto
import FoundationEssentials
import Glibc
import IngotCore
import IngotMarkup
import SystemPackage

/// The logs of ended jobs in the object store, one gzip file a job.
struct LogArchive: Sendable {
    let objects: any ObjectStore
    /// Below it, each job has a folder for its log.
    let jobsFolder: FilePath
    /// The most bytes that a log may have.
    let maximumLogSize: Int64

    private static let temporaryPrefix = "restored-"

    /// The object of a job's log.
    static func key(of job: JobID) -> String { "logs/\(job).log.gz" }

    /// The local file of a job's log.
    func path(of job: JobID) -> FilePath { jobsFolder.appending(job.rawValue).appending("log") }

    // MARK: - Storing

    /// What became of a log that was to be stored.
    enum Outcome: Sendable {
        case stored(bytes: Int64)
        /// There is none, it is empty, or it had been stored before.
        case nothingToDo
    }

    /// Stores a log that nobody writes any more; it may be done again.
    ///
    /// - Throws: `ObjectStoreError`, `Errno`.
    func store(_ job: JobID) async throws -> Outcome {
        let log = path(of: job)
        let marker = LogMarker(of: log)
        if marker.isSet { return .nothingToDo }
        let file: FileDescriptor
        do { file = try .open(log, .readOnly, options: .closeOnExec) } catch Errno.noSuchFileOrDirectory {
            _ = rmdir(log.removingLastComponent().string)
            return .nothingToDo
        }
        defer { try? file.close() }
        guard try file.seek(offset: 0, from: .end) > 0 else {
            // A gateway that was killed leaves such a log; a job that says nothing leaves nothing.
            _ = unlink(log.string)
            _ = rmdir(log.removingLastComponent().string)
            return .nothingToDo
        }
        // A name of this call's own, as nothing forbids two at a time.
        let compressed = log.removingLastComponent().appending("log-\(UUID().uuidString).gz")
        defer { _ = unlink(compressed.string) }
        let body = try await compress(LogFile(file), to: compressed)
        try await objects.put(Self.key(of: job), body, contentType: "application/gzip", onlyIfAbsent: false)
        try marker.set()
        return .stored(bytes: body.size)
    }

    private func compress(_ log: LogFile, to path: FilePath) async throws -> ObjectBody {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        defer { try? file.close() }
        let writer = GzipFileWriter()
        var hash = SHA256()
        var size: Int64 = 0
        var position: Int64 = 0
        func put(_ piece: [UInt8]) throws {
            hash.update(data: piece)
            size += Int64(piece.count)
            try file.writeAll(piece)
        }
        while true {
            // Other work of the process gets its turn between the pieces.
            await Task.yield()
            let piece = try log.bytes(LogFile.pieceSize, at: position)
            if piece.isEmpty { break }
            position += Int64(piece.count)
            try writer.write(piece, output: put)
        }
        try writer.finish(output: put)
        return ObjectBody(size: size, sha256: hexadecimal(hash.finalize())) {
            let pieces = CompressedPieces(try FileDescriptor.open(path, .readOnly, options: .closeOnExec))
            return ByteStream { try pieces.next() }
        }
    }

    // MARK: - Reading

    /// Inflates a stored log into a file that has no name and goes when it is closed; `nil` when there is none.
    ///
    /// - Throws: `ObjectStoreError`; `JobFailure` when what is stored is damaged or too large; `Errno`.
    func restore(_ job: JobID) async throws -> FileDescriptor? {
        let stream: ByteStream
        do { stream = try await objects.stream(Self.key(of: job)) } catch let error as ObjectStoreError
            where error.kind == .notFound
        { return nil }
        let path = jobsFolder.appending("\(Self.temporaryPrefix)\(UUID().uuidString)")
        let file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        unlink(path.string)
        do {
            // The line that tells of the cut comes on top of the limit.
            let reader = GzipFileReader(limit: maximumLogSize + 4096)
            for try await piece in stream { try reader.read(piece) { try file.writeAll($0) } }
            try reader.finish()
            return file
        } catch {
            try? file.close()
            throw error
        }
    }

    // MARK: - What is there

    /// The jobs that have a folder here, the oldest first.
    func localJobs() -> [JobID] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: jobsFolder.string)) ?? []
        return names.compactMap(JobID.init).sorted { $0.rawValue < $1.rawValue }
    }

    /// Whether there is a log here, stored or not.
    func hasLocalLog(_ job: JobID) -> Bool { access(path(of: job).string, F_OK) == 0 }

    /// Whether the archive has all of a job's log, so that the local file may go.
    func isArchived(_ job: JobID) -> Bool { LogMarker(of: path(of: job)).isSet }

    /// Removes a job's local folder.
    func removeLocal(_ job: JobID) {
        try? FileManager.default.removeItem(atPath: jobsFolder.appending(job.rawValue).string)
    }

    /// Removes what a gateway that was killed while it restored logs has left behind.
    func removeTemporaryFiles() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: jobsFolder.string)) ?? []
        where name.hasPrefix(Self.temporaryPrefix) {
            _ = unlink(jobsFolder.appending(name).string)
        }
    }
}

/// A compressed log that is read piece by piece, and closed when nobody reads it any more.
private final class CompressedPieces: Sendable {
    private let file: FileDescriptor

    init(_ file: FileDescriptor) { self.file = file }

    deinit { try? file.close() }

    func next() throws -> [UInt8]? {
        let bytes = try [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.isEmpty ? nil : bytes
    }
}
