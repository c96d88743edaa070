import IngotCore
import Logging

/// What a gateway does first with the jobs that an earlier one left behind.
struct Recovery: Sendable {
    let store: JobStore
    let registry: ProgressRegistry
    let launcher: ProcessLauncher
    let logger: Logger

    /// Ends, truthfully, every job that was left running.
    ///
    /// - Returns: the jobs that wait, the oldest first.
    /// - Throws: what the store throws.
    func run() async throws -> [Job] {
        var waiting: [Job] = []
        for job in try await store.unfinished() {
            switch job.status {
            case .queued: waiting.append(job)
            default: try await endLeftover(job)
            }
        }
        return waiting
    }

    private func endLeftover(_ job: Job) async throws {
        if job.launcher == launcher.name {
            let isGone = await launcher.endLeftover(
                LeftoverRunner(
                    job: job.id,
                    attempt: job.attempt,
                    handle: job.runnerHandle,
                    limits: .standard,
                    startedAt: job.startedAt
                )
            )
            if !isGone {
                logger.error("A runner of an earlier gateway cannot be killed", metadata: ["job": "\(job.id)"])
            }
        }
        let failure = JobFailure(
            code: "gateway_restarted",
            message: "The gateway ended while the job ran, and the runner was ended with the next start.",
            advice: "Start the job again.",
            isTransient: true
        )
        try await registry.withProgress(job.id) { progress in
            let ended = try await progress.end(.failed(failure))
            logger.info(
                "Ended a job of an earlier gateway",
                metadata: ["job": "\(job.id)", "status": "\(ended.status)"]
            )
        }
    }
}
