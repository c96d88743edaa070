import Crypto
import FoundationEssentials
import Glibc
import IngotCore
import NIOCore
import SystemPackage

/// A body on its way to the disk: a file of its own from the first bytes that are written, which no object has yet.
///
/// Hashing and writing take place on a thread that may wait. Small pieces are gathered first, so that they do not cost
/// a change of threads each; a body that is gathered as a whole costs one for everything.
///
/// Not to be shared; one upload owns it, and ``BodyFolder/write(checksum:_:)`` ends it.
struct BodyWriter: ~Copyable {
    /// Bytes that are gathered at most.
    static let gatheredAtOnce = 1 << 20
    /// Bytes for which a copy keeps one of the threads that wait for the disk.
    private static let copiedAtOnce: Int64 = 16 << 20
    /// Bytes that are hashed sooner than another thread could begin with them.
    private static let hashedAtOnce = 64 << 10

    private let name: String
    private let place: Place
    /// `nil` before anything is written, and once the body is finished.
    private var descriptor: SystemPackage.FileDescriptor?
    private var gathered = ByteBuffer()
    /// Whether the hashes cover what is gathered.
    private var isGatheredHashed = false
    private var running: BodyHashes
    /// Bytes that were appended or copied.
    private(set) var size: Int64 = 0

    /// Where the file is.
    private struct Place: Sendable {
        let path: String
        let sync: FolderSync

        func create() throws -> SystemPackage.FileDescriptor {
            try SystemPackage.FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            )
        }

        /// Works on the file; one that is made for this does not stay when it fails.
        func with<Value>(
            _ descriptor: SystemPackage.FileDescriptor?,
            _ work: (SystemPackage.FileDescriptor) throws -> Value
        ) throws -> Value {
            if let descriptor { return try work(descriptor) }
            let created = try create()
            do {
                return try work(created)
            } catch {
                try? created.close()
                unlink(path)
                throw error
            }
        }
    }

    init(folder: String, sync: FolderSync, checksum: R2Checksum.Algorithm?) {
        name = UUID().uuidString.lowercased()
        place = Place(path: "\(folder)/\(name)", sync: sync)
        running = BodyHashes(checksum: checksum.map { RunningChecksum($0) })
    }

    mutating func append(_ piece: ByteBuffer) async throws {
        size += Int64(piece.readableBytes)
        if isGatheredHashed || gathered.readableBytes + piece.readableBytes > Self.gatheredAtOnce {
            try await writeGathered()
        }
        if piece.readableBytes > Self.gatheredAtOnce {
            try await write(piece, isHashed: false)
        } else {
            gathered.writeImmutableBuffer(piece)
        }
    }

    mutating func append(_ bytes: [UInt8]) async throws { try await append(ByteBuffer(bytes: bytes)) }

    /// Takes the bytes of another body as they are; the hashes do not cover them.
    mutating func copy(_ file: BodyFile, size: Int64) async throws {
        try await writeGathered()
        var start: Int64 = 0
        while start < size {
            let range = start..<min(start + Self.copiedAtOnce, size)
            let (descriptor, place) = (descriptor, place)
            self.descriptor = try await onBlockingThread {
                try place.with(descriptor) { other in
                    try file.copy(range, to: other)
                    return other
                }
            }
            start = range.upperBound
        }
        self.size += size
    }

    /// The hashes of what was appended so far.
    mutating func hashes() async throws -> BodyHashes {
        if isGatheredHashed { return running }
        guard descriptor == nil else {
            try await writeGathered()
            return running
        }
        let (bytes, before) = (gathered, running)
        if bytes.readableBytes <= Self.hashedAtOnce {
            running.update(bytes)
        } else {
            running = try await onBlockingThread { before.updated(with: bytes) }
        }
        isGatheredHashed = true
        return running
    }

    /// Brings the body to the disk and gives back its name.
    mutating func finish() async throws -> String {
        let (descriptor, place, bytes) = (descriptor, place, gathered)
        let before = isGatheredHashed ? nil : running
        let after = try await onBlockingThread {
            let after = before?.updated(with: bytes)
            let file = try place.with(descriptor) { file in
                try file.writeBody(bytes)
                try synchronise(file)
                // A new file is on the disk only when its name is.
                try place.sync.wait()
                return file
            }
            try? file.close()
            return after
        }
        if let after { running = after }
        gathered = ByteBuffer()
        self.descriptor = nil
        return name
    }

    /// Removes the file unless the body was finished.
    mutating func end() async {
        guard let descriptor else { return }
        self.descriptor = nil
        await onBlockingThreadDespiteCancellation { [path = place.path] in
            try? descriptor.close()
            unlink(path)
        }
    }

    private mutating func writeGathered() async throws {
        guard gathered.readableBytes > 0 else { return }
        let (bytes, isHashed) = (gathered, isGatheredHashed)
        gathered = ByteBuffer()
        isGatheredHashed = false
        try await write(bytes, isHashed: isHashed)
    }

    private mutating func write(_ bytes: ByteBuffer, isHashed: Bool) async throws {
        let (descriptor, place) = (descriptor, place)
        let before = isHashed ? nil : running
        let (file, after) = try await onBlockingThread {
            let after = before?.updated(with: bytes)
            let file = try place.with(descriptor) { file in
                try file.writeBody(bytes)
                return file
            }
            return (file, after)
        }
        self.descriptor = file
        if let after { running = after }
    }
}

extension SystemPackage.FileDescriptor {
    /// Writes bytes of a body, unless what is left of the disk is the gateway's.
    fileprivate func writeBody(_ bytes: ByteBuffer) throws {
        guard bytes.readableBytes > 0 else { return }
        if DiskReserve.isReached(at: rawValue) { throw Errno.noSpace }
        try bytes.withUnsafeReadableBytes { _ = try writeAll($0) }
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

    mutating func update(_ bytes: ByteBuffer) { bytes.withUnsafeReadableBytes { update($0) } }

    /// The same with more bytes.
    func updated(with bytes: ByteBuffer) -> BodyHashes {
        var after = self
        after.update(bytes)
        return after
    }

    /// `nil` when none was asked for.
    var checksum: [UInt8]? { running?.value }
}

/// The hashes of a whole body.
struct BodyDigests: Sendable, Equatable {
    var md5: [UInt8]
    var sha256: [UInt8]
}
