import FoundationEssentials
import IngotCore

/// The files of a site, looked for as its server would.
struct SiteFolder {
    struct File {
        var contentType: String
        var bytes: [UInt8]
        /// To the nanosecond, as two versions of a file may have one size and one second.
        var modified: Date
    }

    let path: String
    let site: StandInSite.Imitated

    /// - Parameter path: decoded, with a slash at its start and no `..` in it.
    func file(_ path: String) throws -> File? {
        guard let found = find(path) else { return nil }
        // Its other attributes are of other types when full Foundation is in the process.
        guard let modified = try FileManager.default.attributesOfItem(atPath: found)[.modificationDate] as? Date else {
            return nil
        }
        let bytes = Array(try Data(contentsOf: URL(filePath: found)))
        return File(contentType: contentType(found), bytes: bytes, modified: modified)
    }

    private func contentType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "zip": "application/zip"
        case "htm", "html", "shtml": "text/html"
        case "xml": "text/xml"
        case "txt": "text/plain"
        default: "application/octet-stream"
        }
    }

    private func find(_ name: String) -> String? {
        let exact = path + name
        if FileManager.default.fileExists(atPath: exact) || site == .uscode { return file(at: exact) }
        // Windows does not tell capital letters from small ones.
        var found = path
        for part in name.split(separator: "/") {
            let wanted = part.lowercased()
            // What is below a file, or not there, is not found either.
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: found),
                let match = names.first(where: { $0.lowercased() == wanted })
            else { return nil }
            found += "/\(match)"
        }
        return file(at: found)
    }

    /// The path, when a file is there and no folder.
    private func file(at path: String) -> String? {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder ? path : nil
    }
}

extension SiteFolder.File {
    /// - Parameter changes: how often the tag was changed though the file was not.
    func entityTag(changes: Int) -> String {
        let time = UInt64(modified.timeIntervalSince1970 * 1_000_000) + UInt64(changes)
        return "\"\(String(time, radix: 16))-\(String(bytes.count, radix: 16))\""
    }

    /// To the second, as HTTP writes times.
    func lastModified(changes: Int) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64(modified.timeIntervalSince1970.rounded(.down)) * 1000)
            .advanced(by: .seconds(changes))
    }
}
