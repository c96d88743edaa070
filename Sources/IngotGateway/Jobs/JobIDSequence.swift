import IngotCore
import Synchronization

/// Makes job ids that strictly increase, so that "newest first" is the order of the requests.
final class JobIDSequence: Sendable {
    private let newest = Mutex<Int64>(0)

    /// The next id.
    ///
    /// In a burst its time runs ahead of the clock by a millisecond a job.
    func next(at now: Timestamp) -> JobID {
        let time = newest.withLock { newest in
            newest = max(newest + 1, now.millisecondsSinceEpoch)
            return newest
        }
        var generator = SystemRandomNumberGenerator()
        return JobID(at: Timestamp(millisecondsSinceEpoch: time), using: &generator)
    }
}
