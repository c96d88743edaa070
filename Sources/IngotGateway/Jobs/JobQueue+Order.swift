import IngotCore

/// A job that has no slot yet, and why.
struct WaitingJob: Sendable, Encodable, Equatable {
    /// What a job waits for.
    enum Reason: String, Sendable, Encodable, CaseIterable {
        /// All slots are taken.
        case slots
        /// As many jobs of its source run as may.
        case source
        /// As many jobs that ask its host run as may.
        case host
        /// It starts as soon as the ones before it have.
        case turn
        /// Its last attempt has failed, and the next one is not due yet.
        case retry
    }

    var job: JobID
    var source: String
    /// Whom its runner will ask.
    var host: String?
    var priority: Int
    /// From 1, in the order in which jobs would start if those that run ended one after the other; `nil` for a job
    /// whose next attempt is not due.
    var position: Int?
    var reason: Reason

    enum CodingKeys: String, CodingKey {
        case job = "id"
        case source, host, priority, position, reason
    }
}

/// How many jobs of one source or of one host run, and how many may.
struct SlotUse: Sendable, Encodable, Equatable {
    var name: String
    var running: Int
    /// `nil`: as many as there are slots.
    var limit: Int?
}

extension JobQueue {
    /// The jobs that wait, in the order in which they would start.
    ///
    /// What runs is taken to end in no particular order, and nothing new to come.
    ///
    /// - Parameter limit: the most that are told.
    func order(limit: Int, at now: ContinuousClock.Instant = .now) -> [WaitingJob] {
        var rest = self
        var order: [WaitingJob] = []
        while order.count < limit, rest.waitingCount > 0 {
            guard let entry = rest.startNext(at: now) else {
                // A slot has to become free, of whichever job's end lets another one start.
                guard rest.finishOne() else { break }
                continue
            }
            order.append(
                WaitingJob(
                    job: entry.job,
                    source: entry.source,
                    host: entry.host,
                    priority: entry.priority,
                    position: order.count + 1,
                    reason: reason(entry)
                )
            )
        }
        return order
    }
}
