import FoundationEssentials
import Glibc
import IngotCore
import Synchronization
import SystemPackage

/// The files that hold the bodies of a bucket's objects.
///
/// Their names are made here, so no key can leave the folder.
struct BodyFolder: Sendable {
    let path: String
    private let sync: FolderSync

    init(path: String) throws {
        self.path = path
        sync = FolderSync(path: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Writes a new body to a file that carries no object yet.
    ///
    /// - Parameters:
    ///   - checksum: what is taken beside the hashes.
    ///   - work: writes the body; unless it finishes it, nothing of the body is left.
    func write<Value>(
        checksum: R2Checksum.Algorithm? = nil,
        _ work: (inout BodyWriter) async throws -> Value
    ) async throws -> Value {
        var writer = BodyWriter(folder: path, sync: sync, checksum: checksum)
        let value: Value
        do {
            value = try await work(&writer)
        } catch {
            await writer.end()
            throw error
        }
        await writer.end()
        return value
    }

    /// Opens a body; `nil` when the file has gone because its object was replaced or deleted.
    func open(_ name: String) throws -> BodyFile? {
        do {
            return BodyFile(try FileDescriptor.open(FilePath("\(path)/\(name)"), .readOnly, options: .closeOnExec))
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
    }

    /// Opens a body without keeping the caller's thread.
    ///
    /// - Parameter count: bytes from its start that are read as well, for whoever will ask for exactly those first.
    func open(_ name: String, reading count: Int) async throws -> BodyFile? {
        try await onBlockingThread {
            let file = try open(name)
            if count > 0 { try file?.readStart(count) }
            return file
        }
    }

    /// Joins bodies to a new one, which is on the disk when this returns; the others stay.
    ///
    /// - Returns: the name of the new body; `nil` when one of the others has gone.
    /// - Throws: `ObjectStoreError` of kind `corrupted` when one is shorter than it should be.
    func join(_ pieces: [(name: String, size: Int64)]) async throws -> String? {
        try await write { writer in
            for piece in pieces {
                guard let file = try await open(piece.name, reading: 0) else { return nil }
                try await writer.copy(file, size: piece.size)
            }
            return try await writer.finish()
        }
    }

    /// Removes a body that no object has any more.
    ///
    /// A reader that has it open reads on.
    func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }

    /// Removes bodies without keeping the caller's thread, also when its task was cancelled.
    func remove(_ names: [String]) async {
        guard !names.isEmpty else { return }
        await onBlockingThreadDespiteCancellation { for name in names { remove(name) } }
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
}

/// An open body; closes itself.
final class BodyFile: Sendable {
    static let pieceSize = 256 << 10
    private let descriptor: FileDescriptor
    /// The first bytes, where they were read already; taken by whoever asks for them first.
    private let start = Mutex<[UInt8]>([])

    fileprivate init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit {
        // The last one to close a removed file waits until the kernel has freed it.
        onBlockingThreadLater { [descriptor] in try? descriptor.close() }
    }

    /// For a thread that may wait.
    fileprivate func readStart(_ count: Int) throws {
        let bytes = try read(at: 0, count: count)
        start.withLock { $0 = bytes }
    }

    /// Reads the range piece by piece, each when it is asked for.
    ///
    /// - Throws: `ObjectStoreError` of kind `corrupted` when the file is shorter than the range.
    func stream(_ range: Range<Int64>) -> ByteStream {
        let position = Position(range.lowerBound)
        return ByteStream {
            let start = position.value
            guard start < range.upperBound else { return nil }
            let count = Int(min(Int64(Self.pieceSize), range.upperBound - start))
            let piece: [UInt8]
            if let taken = self.taken(at: start, count: count) {
                piece = taken
            } else {
                piece = try await onBlockingThread { try self.read(at: start, count: count) }
            }
            guard !piece.isEmpty else { throw Self.tooShort }
            position.value = start + Int64(piece.count)
            return piece
        }
    }

    /// Writes a range of the body to another file, for a thread that may wait.
    func copy(_ range: Range<Int64>, to other: FileDescriptor) throws {
        var start = range.lowerBound
        // The kernel copies by itself where it can, and some file systems then share the bytes. Where it cannot it
        // says so in several ways; a real failure of the disk shows again when the bytes are read and written.
        while start < range.upperBound {
            let copied = KernelCopy.bytes(
                from: descriptor.rawValue,
                at: start,
                count: Int(range.upperBound - start),
                to: other.rawValue
            )
            if copied == 0 { break }
            start += copied
        }
        while start < range.upperBound {
            let piece = try read(at: start, count: Int(min(Int64(Self.pieceSize), range.upperBound - start)))
            guard !piece.isEmpty else { throw BodyFile.tooShort }
            try other.writeAll(piece)
            start += Int64(piece.count)
        }
    }

    /// What was read already, if it is all that is asked for.
    private func taken(at offset: Int64, count: Int) -> [UInt8]? {
        guard offset == 0 else { return nil }
        return start.withLock { start in
            guard start.count == count else { return nil }
            defer { start = [] }
            return start
        }
    }

    static let tooShort = ObjectStoreError(
        kind: .corrupted,
        message: "a stored body is shorter than its object says"
    )

    private func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = try descriptor.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
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
