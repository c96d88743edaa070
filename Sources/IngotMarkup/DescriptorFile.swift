import IngotCore
import SystemPackage

/// A file open for reading at any place.
final class DescriptorFile {
    /// Bytes, when it was opened.
    let size: Int64
    private let descriptor: FileDescriptor

    /// - Throws: `JobFailure` `file_unreadable`.
    init(path: String) throws {
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        } catch {
            throw Self.unreadable(error)
        }
        do {
            size = try descriptor.seek(offset: 0, from: .end)
        } catch {
            try? descriptor.close()
            throw Self.unreadable(error)
        }
    }

    deinit {
        try? descriptor.close()
    }

    /// Reads `count` bytes from `offset`, fewer only where the file ends.
    func read(at offset: Int64, count: Int) throws -> [UInt8] {
        do {
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
                    let read = try descriptor.read(fromAbsoluteOffset: offset + Int64(filled), into: room)
                    if read == 0 { break }
                    filled += read
                }
            }
        } catch {
            throw Self.unreadable(error)
        }
    }

    private static func unreadable(_ error: any Error) -> JobFailure {
        JobFailure(code: "file_unreadable", message: "The captured file cannot be read: \(error).")
    }
}
