import Glibc
import IngotCore
import SystemPackage

/// Keeps the rows of a unit in a file while the unit is read: which of them will be written is known only at its end,
/// and a large unit has more of them than memory is for.
final class RowSpool {
    /// Where a row lies in the file.
    struct Place: Equatable {
        var offset: Int64
        var length: Int32
    }

    /// Rows wait in memory until there are this many bytes of them.
    private static let bufferBytes = 256 << 10

    private let file: FileDescriptor
    private var buffer: [UInt8] = []
    private var written: Int64 = 0

    /// - Parameter path: of a file that is made, or emptied, and has no name left when this returns.
    init(path: String) throws {
        do {
            file = try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch let error as Errno {
            throw Self.failure(error, path)
        }
        // Without a name the file goes when it is closed, whatever ends the process.
        unlink(path)
    }

    deinit { try? file.close() }

    func append(_ row: [UInt8]) throws -> Place {
        let place = Place(offset: written + Int64(buffer.count), length: Int32(row.count))
        buffer += row
        if buffer.count >= Self.bufferBytes { try flush() }
        return place
    }

    func row(at place: Place) throws -> [UInt8] {
        try flush()
        var row: [UInt8] = []
        while row.count < place.length {
            let piece = try [UInt8](unsafeUninitializedCapacity: Int(place.length) - row.count) { space, count in
                count = try file.read(
                    fromAbsoluteOffset: place.offset + Int64(row.count),
                    into: UnsafeMutableRawBufferPointer(space)
                )
            }
            guard !piece.isEmpty else {
                throw JobFailure(
                    code: "internal",
                    message: "The file of a unit's rows is shorter than what was written."
                )
            }
            row += piece
        }
        return row
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        do {
            if DiskReserve.isReached(at: file.rawValue) { throw Errno.noSpace }
            try file.writeAll(buffer)
        } catch let error as Errno {
            throw Self.failure(error, "the unit's rows")
        }
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func failure(_ error: Errno, _ what: String) -> JobFailure {
        switch error {
        case .noSpace, .diskQuotaExceeded: .diskFull("No space left while writing \(what).")
        default: JobFailure(code: "work_folder_unusable", message: "\(what): \(error.description).")
        }
    }
}
