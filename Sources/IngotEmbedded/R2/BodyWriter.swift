import Crypto
import FoundationEssentials
import Glibc
import IngotCore
import NIOCore
import SystemPackage

/// A body on its way to the disk: written to a file with a passing name, which gets its own when all is there.
///
/// Hashing and writing take place on a thread that may wait. Small pieces are gathered first, so that they do not cost
/// a change of threads each.
///
/// Not to be shared; one upload owns it, and ``BodyFolder/write(checksum:_:)`` ends it.
struct BodyWriter: ~Copyable {
    /// Bytes that are gathered at most.
    static let gatheredAtOnce = 1 << 20
    /// Bytes for which a copy keeps one of the threads that wait for the disk.
    private static let copiedAtOnce: Int64 = 16 << 20

    private let folder: String
    private let name: String
    private let descriptor: SystemPackage.FileDescriptor
    private var gathered = ByteBuffer()
    private var running: BodyHashes
    /// Bytes that were appended or copied.
    private(set) var size: Int64 = 0
    private var isFinished = false

    init(folder: String, checksum: R2Checksum.Algorithm?) async throws {
        let name = UUID().uuidString.lowercased()
        self.folder = folder
        self.name = name
        running = BodyHashes(checksum: checksum.map { RunningChecksum($0) })
        descriptor = try await onBlockingThread {
            try SystemPackage.FileDescriptor.open(
                FilePath("\(folder)/\(name).part"),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            )
        }
    }

    mutating func append(_ piece: ByteBuffer) async throws {
        size += Int64(piece.readableBytes)
        if gathered.readableBytes + piece.readableBytes > Self.gatheredAtOnce { try await writeGathered() }
        if piece.readableBytes > Self.gatheredAtOnce {
            try await write(piece)
        } else {
            gathered.writeImmutableBuffer(piece)
        }
    }

    mutating func append(_ bytes: [UInt8]) async throws { try await append(ByteBuffer(bytes: bytes)) }

    /// Takes the bytes of another body as they are; the hashes do not cover them.
    mutating func copy(_ file: BodyFile, size: Int64) async throws {
        try await writeGathered()
        let descriptor = descriptor
        var start: Int64 = 0
        while start < size {
            let range = start..<min(start + Self.copiedAtOnce, size)
            try await onBlockingThread { try file.copy(range, to: descriptor) }
            start = range.upperBound
        }
        self.size += size
    }

    /// The hashes of what was appended so far.
    mutating func hashes() async throws -> BodyHashes {
        try await writeGathered()
        return running
    }

    /// Brings the body to the disk under its own name and gives that back.
    mutating func finish() async throws -> String {
        try await writeGathered()
        let (descriptor, folder, name) = (descriptor, folder, name)
        try await onBlockingThread {
            try synchronise(descriptor)
            guard rename("\(folder)/\(name).part", "\(folder)/\(name)") == 0 else { throw Errno(rawValue: errno) }
            // The new name is on the disk only when the folder is.
            let directory = try SystemPackage.FileDescriptor.open(FilePath(folder), .readOnly, options: .closeOnExec)
            try directory.closeAfter { try synchronise(directory) }
        }
        isFinished = true
        return name
    }

    /// Closes the file, and removes it unless the body was finished.
    mutating func end() async {
        let (descriptor, passing) = (descriptor, isFinished ? nil : "\(folder)/\(name).part")
        await onBlockingThreadDespiteCancellation {
            try? descriptor.close()
            if let passing { unlink(passing) }
        }
    }

    private mutating func writeGathered() async throws {
        guard gathered.readableBytes > 0 else { return }
        let bytes = gathered
        gathered = ByteBuffer()
        try await write(bytes)
    }

    private mutating func write(_ bytes: ByteBuffer) async throws {
        let (descriptor, before) = (descriptor, running)
        running = try await onBlockingThread {
            if DiskReserve.isReached(at: descriptor.rawValue) { throw Errno.noSpace }
            var running = before
            try bytes.withUnsafeReadableBytes {
                running.update($0)
                try descriptor.writeAll($0)
            }
            return running
        }
    }
}

/// The hashes of a body, taken while its bytes pass.
struct BodyHashes: Sendable {
    private var md5 = Insecure.MD5()
    private var sha256 = SHA256()
    private var running: RunningChecksum?

    init(checksum: RunningChecksum? = nil) { running = checksum }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        md5.update(bufferPointer: bytes)
        sha256.update(bufferPointer: bytes)
        running?.update(bytes)
    }

    var digests: BodyDigests { BodyDigests(md5: Array(md5.finalize()), sha256: Array(sha256.finalize())) }

    /// `nil` when none was asked for.
    var checksum: [UInt8]? { running?.value }
}

/// The hashes of a whole body.
struct BodyDigests: Sendable, Equatable {
    var md5: [UInt8]
    var sha256: [UInt8]
}

private func synchronise(_ descriptor: SystemPackage.FileDescriptor) throws {
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
}
