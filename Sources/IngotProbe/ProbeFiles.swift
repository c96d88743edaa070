import Glibc
import IngotCore

/// Files that a probe keeps open, to meet its limit.
struct ProbeFiles: Sendable {
    private let descriptors: [Int32]

    /// - Throws: `JobFailure` `open_files` when the system allows no more.
    init(count: Int) throws {
        var descriptors: [Int32] = []
        for number in 0..<count {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                let reason = errno
                for descriptor in descriptors { Glibc.close(descriptor) }
                throw JobFailure(
                    code: reason == EMFILE ? "open_files" : "probe_file",
                    message: "File \(number + 1) could not be opened (error \(reason)).",
                    unit: "probe"
                )
            }
            descriptors.append(descriptor)
        }
        self.descriptors = descriptors
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
    }
}
