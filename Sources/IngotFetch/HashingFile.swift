import IngotCore
import SystemPackage

/// A file that is written once from start to end and hashed on the way.
struct HashingFile: ~Copyable {
    private let descriptor: FileDescriptor
    private let path: String
    /// Of what was written so far.
    private(set) var hash = RunningHash()

    var size: Int64 { hash.size }

    /// Creates the file, or empties the one that is there.
    init(creating path: String) throws {
        self.path = path
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch let error as Errno {
            throw fileFailure(error, path)
        }
    }

    deinit { try? descriptor.close() }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            if DiskReserve.isReached(at: descriptor.rawValue) { throw Errno.noSpace }
            try descriptor.writeAll(bytes)
        } catch let error as Errno {
            throw fileFailure(error, path)
        }
        hash.update(bytes)
    }
}

func fileFailure(_ error: Errno, _ path: String) -> JobFailure {
    // An address that is written wrongly counts as a folder.
    let path = AddressUserInfo.removed(from: path)
    return switch error {
    case .noSpace, .diskQuotaExceeded:
        .diskFull("no space left while writing \(path)")
    case .noSuchFileOrDirectory:
        JobFailure(code: "upstream_not_found", message: "There is no file \(path).")
    default:
        JobFailure(
            code: "origin_unreadable",
            message: "\(path): \(error.description).",
            advice: "Check that the path exists and may be read by the runner's user."
        )
    }
}
