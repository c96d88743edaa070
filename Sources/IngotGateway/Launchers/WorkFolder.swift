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

    /// Removes the folders below one that no process uses any more, which gateways that were killed have left.
    ///
    /// - Parameter setting: names the folder in the environment of the processes that use it.
    static func removeAbandoned(below root: FilePath, setting: String) {
        let names = FolderNames.of(root)
        guard !names.isEmpty else { return }
        let used = Set(ProcessTree.processes().compactMap { ProcessTree.setting(setting, of: $0) })
        for name in names where !used.contains(root.appending(name).string) { remove(root.appending(name)) }
    }

    static func remove(_ path: FilePath) {
        try? FileManager.default.removeItem(atPath: path.string)
    }
}
