import FoundationEssentials

extension TemporaryFolder {
    /// Writes a text file below the folder, with the folders above it.
    ///
    /// - Returns: the file's path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Writes a file below the folder, with the folders above it.
    ///
    /// - Returns: the file's path.
    @discardableResult
    public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = URL(filePath: path(name))
        try FileManager.default.createDirectory(
            atPath: file.deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: file)
        return file.path
    }
}

/// Whole files, wherever they lie.
public enum WholeFile {
    public static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    public static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    /// The paths of a folder's files whose names end so, sorted.
    public static func paths(in folder: String, suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(suffix) }
            .sorted()
            .map { folder + "/" + $0 }
    }
}
