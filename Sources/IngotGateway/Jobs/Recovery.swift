import IngotCore
import Logging

/// What a gateway does first with the jobs that were not finished when it started.
///
/// It touches its own jobs, those that belong to no gateway, and running ones of another gateway that has not renewed
/// their lease for a long time.
struct Recovery: Sendable {
    /// How long after a lease's end another gateway's job is taken over.
    static let takeOverDelay: Duration = .seconds(60)

    /// How long another gateway's job may wait, where that gateway runs none, before it is taken over.
    static let queueDelay: Duration = .seconds(600)

    let store: JobStore
    let registry: ProgressRegistry
    let launcher: any Launcher
    /// This gateway's name.
    let gateway: String?
    /// Whether runners of this gateway's earlier life can reach it.
    var isWhereItWas = true
    let logger: Logger
    var now: @Sendable () -> Timestamp = { .now() }

    /// What there is to go on with.
    struct Found: Sendable {
        /// Jobs that wait, the oldest first.
        var waiting: [StoredJob] = []
        /// Jobs whose runners may still live.
        var running: [StoredJob] = []
    }

    /// Looks at every unfinished job.
    ///
    /// - Throws: what the store throws.
    func run() async throws -> Found {
        var found = Found()
        for stored in try await store.unfinished() {
            let isOwn = stored.gateway == nil || stored.gateway == gateway
            switch stored.job.status {
            case .queued where isOwn: found.waiting.append(stored)
            case .running where isOwn && stored.job.launcher == launcher.name && isWhereItWas:
                found.running.append(stored)
            case .running where isOwn: found.waiting += try await endLost(stored, because: reasonOfOwn)
            case .running where try await takesOver(stored):
                found.waiting += try await endLost(stored, because: Recovery.reasonOfOthers)
            default: break
            }
        }
        return found
    }

    /// Takes over what gateways that are gone have left, on a store that several gateways share.
    ///
    /// - Parameter waiting: told each job that waits in this gateway's queue from now on.
    /// - Throws: what the store throws; what was taken over before that was told.
    func takeOverOthers(_ waiting: (StoredJob) async -> Void) async throws {
        guard let gateway else { return }
        let others = try await store.unfinished(ofOthersThan: gateway)
        let limit = now().advanced(by: .zero - Recovery.takeOverDelay)
        let living = Set(
            others.filter { $0.job.leaseExpiresAt.map { $0 >= limit } ?? false }.compactMap(\.gateway)
        )
        for stored in others {
            var taken: [StoredJob] = []
            switch stored.job.status {
            case .running where try await takesOver(stored):
                do { taken = try await endLost(stored, because: Recovery.reasonOfOthers) } catch is ReportRefusal {
                    // It is this gateway's now; ``endAbandoned(_:)`` is told of it when nothing becomes of it.
                    logger.warning("A job that was taken over has changed", metadata: ["job": "\(stored.job.id)"])
                }
            case .queued where !living.contains(stored.gateway ?? "") && isForgotten(stored.job):
                guard try await store.takeOver(stored, for: gateway) else { break }
                logger.info("Took over a job of a gateway that is gone", metadata: ["job": "\(stored.job.id)"])
                var stored = stored
                stored.gateway = gateway
                taken = [stored]
            default: break
            }
            for stored in taken { await waiting(stored) }
        }
    }

    /// Ends a running attempt of this gateway that nobody here runs and whose lease has run out: it was taken over,
    /// and its end was not written.
    ///
    /// - Returns: the job when it waits for its next attempt.
    /// - Throws: what the store throws; ``ReportRefusal`` when the job has changed.
    func endAbandoned(_ stored: StoredJob) async throws -> [StoredJob] {
        try await endLost(stored, because: "Nobody runs the attempt any more, and its lease has run out.")
    }

    /// Whether nothing has become of a waiting job for so long that its gateway must be gone or very busy; in both
    /// cases another may run it.
    private func isForgotten(_ job: Job) -> Bool {
        max(job.updatedAt, job.nextAttemptAt ?? job.updatedAt).advanced(by: Recovery.queueDelay) < now()
    }

    private func takesOver(_ stored: StoredJob) async throws -> Bool {
        guard let gateway, let lease = stored.job.leaseExpiresAt,
            lease.advanced(by: Recovery.takeOverDelay) < now()
        else { return false }
        return try await store.takeOver(stored, for: gateway)
    }

    /// Ends the attempt of a runner that cannot be gone on with.
    ///
    /// - Returns: the job when it waits for its next attempt.
    private func endLost(_ stored: StoredJob, because reason: String) async throws -> [StoredJob] {
        let job = stored.job
        let isOwn = stored.gateway == nil || stored.gateway == gateway
        if isOwn, job.launcher == launcher.name {
            let runner = LeftoverRunner(
                job: job.id,
                attempt: job.attempt,
                handle: job.runnerHandle,
                limits: .standard
            )
            if await !launcher.endLeftover(runner) {
                logger.error("A runner of an earlier gateway cannot be killed", metadata: ["job": "\(job.id)"])
            }
        } else if isOwn, let other = job.launcher, other != "process" {
            // Its reports are refused, so it ends by itself; what its engine keeps of it stays.
            logger.warning(
                "An attempt was left to another launcher; start once with --launcher \(other) to remove what is left",
                metadata: ["job": "\(job.id)", "runner": "\(job.runnerHandle ?? "")"]
            )
        }
        let failure = JobFailure(
            code: RunnerFate.lost.rule.code,
            message: reason,
            advice: "Start the job again.",
            isTransient: RunnerFate.lost.rule.isTransient
        )
        let after = try await registry.withProgress(job.id) { progress in
            // A watcher may have brought it into memory before the attempt began.
            try await progress.refresh()
            if await progress.isEnded { return await progress.job }
            guard await progress.isRunning(attempt: job.attempt) else {
                throw ReportRefusal.superseded(current: await progress.job.attempt)
            }
            try await progress.conclude(
                stored.cancelRequestedAt == nil ? .failed(failure) : .cancelled,
                ofAttempt: job.attempt
            )
            return await progress.job
        }
        guard let after else { return [] }
        logger.info("Ended an attempt that was left behind", metadata: ["job": "\(job.id)", "now": "\(after.status)"])
        return after.status == .queued ? [StoredJob(job: after, gateway: gateway, host: stored.host)] : []
    }

    private static let reasonOfOthers = "The gateway that ran the attempt has not renewed its lease."

    private var reasonOfOwn: String {
        if !isWhereItWas { return "The gateway came back at another address, where its runner could not report." }
        return "The gateway ended while the attempt ran, and its runner cannot be taken over."
    }
}
