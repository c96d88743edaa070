import Glibc
import IngotCore
import SystemPackage

/// Reading a folder that holds files as a site names them.
extension Fetcher {
    /// The most files that a folder origin may hold.
    private static let maximumFiles = 100_000

    func fileNames(inFolder path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            throw fileFailure(Errno(rawValue: errno), path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            names.append(name)
            guard names.count <= Self.maximumFiles else {
                throw JobFailure(
                    code: "origin_unreadable",
                    message: "\(AddressUserInfo.removed(from: path)) holds more than \(Self.maximumFiles) files.",
                    advice: "Point the origin at a folder that holds only upstream's files."
                )
            }
        }
        return names.sorted()
    }

    func page(inFolder folder: String, path: String, limit: Int) throws -> [UInt8] {
        let parts = try path.split(separator: "/").map { try plainFileName(String($0)) }
        var bytes: [UInt8] = []
        try read(folder + "/" + parts.joined(separator: "/")) { piece in
            guard bytes.count + piece.count <= limit else { throw tooLarge(path, limit: Int64(limit)) }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// How captures name a file of a folder: by its place below it.
    static func folderURL(_ place: String) -> String { "file:" + place }

    /// Where a folder holds a file: at its path, as a copy of the whole site does, or by its name alone.
    static func place(of file: UpstreamFile, inFolder folder: String) -> String {
        file.path != file.name && access("\(folder)/\(file.path)", F_OK) == 0 ? file.path : file.name
    }

    /// The file stays where it is; only its hash and size are taken.
    func capture(inFolder folder: String, file: UpstreamFile, limit: Int64) async throws -> Capture {
        _ = try plainFileName(file.name)
        let place = Self.place(of: file, inFolder: folder)
        let path =
            try folder + "/"
            + place.split(separator: "/").map { try plainFileName(String($0)) }
            .joined(separator: "/")
        var hash = RunningHash()
        try read(path) { piece in
            try Task.checkCancellation()
            guard hash.size + Int64(piece.count) <= limit else { throw tooLarge(path, limit: limit) }
            hash.update(piece)
        }
        return Capture(
            url: Self.folderURL(place),
            fetchedAt: .now(),
            etag: nil,
            sha256: hash.sha256,
            md5: hash.md5,
            size: hash.size,
            path: path
        )
    }

    private func read(_ path: String, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        } catch let error as Errno {
            throw fileFailure(error, path)
        }
        defer { try? descriptor.close() }
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
            while true {
                let count: Int
                do {
                    count = try descriptor.read(into: buffer)
                } catch let error as Errno {
                    throw fileFailure(error, path)
                }
                if count == 0 { return }
                try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
