import Glibc
import IngotCore
import NIOCore

/// Tells a failure for want of file descriptors from others.
enum OpenFileLimit {
    /// Whether an error says so, or no file can be opened at this moment.
    static func isReached(by error: any Error) -> Bool {
        if let error = error as? IOError, error.errnoCode == EMFILE { return true }
        if let failure = error as? JobFailure, failure.code == "open_files" { return true }
        let copy = dup(STDERR_FILENO)
        guard copy >= 0 else { return errno == EMFILE }
        close(copy)
        return false
    }

    /// A job's failure by its limit.
    static func failure(from error: any Error) -> JobFailure {
        let before = JobFailure(describing: error)
        return JobFailure(
            code: "open_files",
            message: "The runner has as many files open as it may: \(before.message)",
            unit: before.unit,
            advice: "Raise the job's limit of open files (open_files)."
        )
    }
}
