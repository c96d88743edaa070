import FoundationEssentials
import IngotCore
import SystemPackage

/// The private folder of one attempt: readable by its owner only, and removed after it.
enum WorkFolder {
    /// Makes the folder, empty.
    ///
    /// - Throws: `JobFailure` `work_folder_unusable`.
    static func make(_ path: FilePath) throws {
        do {
            try? FileManager.default.removeItem(atPath: path.string)
            try FileManager.default.createDirectory(
                atPath: path.string,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw JobFailure(
                code: "work_folder_unusable",
                message: "The attempt's folder \(path) cannot be made: \(error).",
                advice: "Look at the rights and the free space of the data folder.",
                isTransient: true
            )
        }
    }

    static func remove(_ path: FilePath) {
        try? FileManager.default.removeItem(atPath: path.string)
    }
}
