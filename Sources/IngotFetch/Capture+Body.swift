import Glibc
public import IngotCore
import SystemPackage

extension Capture {
    /// The captured bytes as a body to store; each opening reads the local file from its start, piece by piece.
    public var body: ObjectBody {
        let path = path
        return ObjectBody(size: size, sha256: sha256, md5: md5) {
            let descriptor: FileDescriptor
            do {
                descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            } catch let error as Errno {
                throw fileFailure(error, path)
            }
            let file = ReadingFile(descriptor)
            return ByteStream { try file.next() }
        }
    }
}

extension Capture {
    /// The captured bytes, for a file that is small.
    ///
    /// - Throws: `JobFailure` `upstream_too_large`; what reading the local file throws.
    public func contents(limit: Int) throws -> [UInt8] {
        guard size <= Int64(limit) else { throw tooLarge(url, limit: Int64(limit)) }
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            return try descriptor.closeAfter {
                try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                    while count < buffer.count {
                        let rest = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]
                        )
                        let read = try descriptor.read(into: rest)
                        if read == 0 { break }
                        count += read
                    }
                }
            }
        } catch let error as Errno {
            throw fileFailure(error, path)
        }
    }
}

extension Capture {
    /// Removes the local file; the bytes are in the object store by then.
    public func removeLocalFile() {
        // A file that cannot be removed goes with the attempt's folder.
        unlink(path)
    }
}

/// An open file that closes itself when the stream that reads it goes away.
private final class ReadingFile: Sendable {
    private let descriptor: FileDescriptor

    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    func next() throws -> [UInt8]? {
        let bytes = try [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.isEmpty ? nil : bytes
    }
}
