import FoundationEssentials
import IngotCore

extension SampleStatutes {
    /// Writes the pages into a folder as the real site names them: `current/pub/titles.htm` and so on.
    ///
    /// - Returns: the paths of the files below the folder, in the order of the statutes.
    /// - Throws: `JobFailure` `file_unwritable`.
    @discardableResult
    public func write(toFolder folder: String, withSupplement: Bool = false) throws -> [String] {
        var paths: [String] = []
        var made: Set<String> = []
        try forEachPage(withSupplement: withSupplement) { page in
            let path = "\(folder)/\(page.path)"
            do {
                let parent = URL(filePath: path).deletingLastPathComponent().path
                if made.insert(parent).inserted {
                    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
                }
                try Data(page.bytes).write(to: URL(filePath: path))
            } catch {
                throw JobFailure(
                    code: "file_unwritable",
                    message: "The page \(page.path) cannot be written: \(error)."
                )
            }
            paths.append(page.path)
        }
        return paths
    }
}
