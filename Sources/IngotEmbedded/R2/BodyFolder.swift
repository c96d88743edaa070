import Crypto
import FoundationEssentials
import Glibc
import IngotCore
import NIOPosix
import Synchronization
import SystemPackage

/// The files that hold the bodies of a bucket's objects.
///
/// Their names are made here, so no key can leave the folder.
struct BodyFolder: Sendable {
    let path: String

    init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Begins a new body in a file that carries no object yet.
    func write() throws -> BodyWriter { try BodyWriter(folder: path) }

    /// Opens a body; `nil` when the file has gone because its object was replaced or deleted.
    func open(_ name: String) throws -> BodyFile? {
        do {
            return BodyFile(try FileDescriptor.open(FilePath("\(path)/\(name)"), .readOnly, options: .closeOnExec))
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
    }

    /// Joins bodies to a new one, which is on the disk when this returns; the others stay.
    ///
    /// - Returns: the name of the new body; `nil` when one of the others has gone.
    /// - Throws: `ObjectStoreError` of kind `corrupted` when one is shorter than it should be.
    func join(_ pieces: [(name: String, size: Int64)]) async throws -> String? {
        var writer = try write()
        for piece in pieces {
            guard let file = try open(piece.name) else { return nil }
            try await writer.copy(file, size: piece.size)
        }
        return try await writer.finish()
    }

    /// Removes a body that no object has any more.
    ///
    /// A reader that has it open reads on.
    func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
}

/// A body on its way to the disk: written to a file with a passing name, which gets its own when all is there.
///
/// Not to be shared; one upload owns it.
struct BodyWriter: ~Copyable {
    /// Bytes for which a copy keeps one of the threads that wait for the disk.
    private static let copiedAtOnce: Int64 = 16 << 20

    private let folder: String
    private let name: String
    private let descriptor: FileDescriptor
    private var md5 = Insecure.MD5()
    private var sha256 = SHA256()
    private(set) var size: Int64 = 0
    private var isFinished = false

    fileprivate init(folder: String) throws {
        self.folder = folder
        name = UUID().uuidString.lowercased()
        descriptor = try FileDescriptor.open(
            FilePath("\(folder)/\(name).part"),
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
    }

    deinit {
        try? descriptor.close()
        if !isFinished { unlink("\(folder)/\(name).part") }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        md5.update(bufferPointer: bytes)
        sha256.update(bufferPointer: bytes)
        size += Int64(bytes.count)
        try descriptor.writeAll(bytes)
    }

    mutating func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Takes the bytes of another body as they are; the hashes do not cover them.
    fileprivate mutating func copy(_ file: BodyFile, size: Int64) async throws {
        let descriptor = descriptor
        var start: Int64 = 0
        while start < size {
            let range = start..<min(start + Self.copiedAtOnce, size)
            try await onBlockingThread { try file.copy(range, to: descriptor) }
            start = range.upperBound
        }
        self.size += size
    }

    /// The hashes of what was written so far.
    var digests: BodyDigests { BodyDigests(md5: Array(md5.finalize()), sha256: Array(sha256.finalize())) }

    /// Brings the body to the disk under its own name and gives that back.
    mutating func finish() async throws -> String {
        let (descriptor, folder, name) = (descriptor, folder, name)
        try await onBlockingThread {
            try synchronise(descriptor)
            guard rename("\(folder)/\(name).part", "\(folder)/\(name)") == 0 else { throw Errno(rawValue: errno) }
            // The new name is on the disk only when the folder is.
            let directory = try FileDescriptor.open(FilePath(folder), .readOnly, options: .closeOnExec)
            try directory.closeAfter { try synchronise(directory) }
        }
        isFinished = true
        return name
    }
}

/// The hashes of a body.
struct BodyDigests: Sendable, Equatable {
    var md5: [UInt8]
    var sha256: [UInt8]
}

/// An open body; closes itself.
final class BodyFile: Sendable {
    private static let pieceSize = 256 << 10
    private let descriptor: FileDescriptor

    fileprivate init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    /// Reads the range piece by piece, each when it is asked for.
    ///
    /// - Throws: `ObjectStoreError` of kind `corrupted` when the file is shorter than the range.
    func stream(_ range: Range<Int64>) -> ByteStream {
        let position = Position(range.lowerBound)
        return ByteStream {
            let start = position.value
            guard start < range.upperBound else { return nil }
            let count = Int(min(Int64(Self.pieceSize), range.upperBound - start))
            let piece = try await onBlockingThread { try self.read(at: start, count: count) }
            guard !piece.isEmpty else { throw Self.tooShort }
            position.value = start + Int64(piece.count)
            return piece
        }
    }

    /// Writes a range of the body to another file, for a thread that may wait.
    fileprivate func copy(_ range: Range<Int64>, to other: FileDescriptor) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let piece = try read(at: start, count: Int(min(Int64(Self.pieceSize), range.upperBound - start)))
            guard !piece.isEmpty else { throw BodyFile.tooShort }
            try other.writeAll(piece)
            start += Int64(piece.count)
        }
    }

    private static let tooShort = ObjectStoreError(
        kind: .corrupted,
        message: "a stored body is shorter than its object says"
    )

    private func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = try descriptor.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}

/// Runs what waits for the disk on a thread that may wait.
func onBlockingThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(work)
}

private func synchronise(_ descriptor: FileDescriptor) throws {
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
}

/// Where a stream is in its file.
///
/// Only the stream's own pulls touch it, and they come one after another.
private final class Position: Sendable {
    private let state: Mutex<Int64>

    init(_ value: Int64) { state = Mutex(value) }

    var value: Int64 {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
