import FoundationEssentials
import Glibc

/// Real titles and pages, beside the checkout where there are any.
enum SharedFolder {
    static let path: String? = {
        let named = getenv("INGOT_SHARED").map { String(cString: $0) }
        let beside = (0..<4).reduce(#filePath) { path, _ in
            String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        }
        return [named, beside + "/shared"].compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// A file or folder below it, when it is there.
    static func item(_ name: String) -> String? {
        path.map { "\($0)/\(name)" }.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    }

    static func names(in folder: String) -> [String] {
        item(folder).flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) }?.sorted() ?? []
    }
}
