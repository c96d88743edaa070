import FoundationEssentials
import Glibc
import IngotMarkup

/// A folder that is gone with the last use of this object.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/ingot-usc-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct Failure: Error {}

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a zip of the files and gives its path.
    func zip(_ name: String, _ files: [(name: String, text: String)]) throws -> String {
        let path = "\(path)/\(name)"
        let writer = try ZipWriter(path: path)
        for file in files {
            try writer.begin(file.name)
            try writer.write(Array(file.text.utf8))
            try writer.end()
        }
        try writer.finish()
        return path
    }

    func file(_ name: String, _ text: String) throws -> String {
        let path = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }
}
