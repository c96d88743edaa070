import FoundationEssentials
import Glibc
import IngotCore

/// The folder of an attempt's own files: the launcher's, or one that is made and removed here.
struct AttemptFolder: Sendable {
    let path: String
    private let isOwn: Bool

    /// - Throws: `JobFailure` `work_folder_unusable`.
    init(given: String?) throws(JobFailure) {
        if let given {
            path = given
            isOwn = false
            return
        }
        let parent = FileManager.default.temporaryDirectory.path
        var template = Array("\(parent)/ingot-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let reason = String(cString: strerror(errno))
            throw JobFailure(
                code: "work_folder_unusable",
                message: "No folder can be made in \(parent): \(reason).",
                advice: """
                    Give a container a writable place there (--tmpfs \(parent)), set TMPDIR to another, or \
                    \(Assignment.Name.workFolder) to an existing folder.
                    """
            )
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        isOwn = true
    }

    func remove() {
        if isOwn { try? FileManager.default.removeItem(atPath: path) }
    }
}
