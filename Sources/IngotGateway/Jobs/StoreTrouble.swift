import IngotCore
import Synchronization

/// Which changes of jobs the store does not take now: they are tried again until it does.
final class StoreTrouble: Sendable {
    private let failing = Mutex<[JobID: String]>([:])

    /// Notes that a change of a job was not written.
    func note(_ error: any Error, of job: JobID) {
        let kind = (error as? DatabaseError).map { "\($0.kind)" } ?? "unknown"
        failing.withLock { $0[job] = kind }
    }

    /// Notes that nothing of a job waits to be written any more.
    func clear(_ job: JobID) {
        failing.withLock { _ = $0.removeValue(forKey: job) }
    }

    /// How many jobs wait for the store, and one of the kinds of failure; `nil` when none does.
    var now: (jobs: Int, kind: String)? {
        failing.withLock { failing in failing.first.map { (failing.count, $0.value) } }
    }
}
