import IngotClient
import IngotCore

/// Follows a job's events to its end, across broken connections.
struct JobWatch {
    let client: GatewayClient
    let id: JobID
    let style: ProgressDisplay.Style

    /// Shows events until the job has ended; returns the final job.
    ///
    /// - Throws: `GatewayConnectionError` when the gateway is away for longer than it is waited for.
    func follow() async throws -> Job {
        var display = ProgressDisplay(style: style)
        defer { display.finish() }
        for try await update in client.events(of: id) {
            try display.show(update)
            if case .done(let job) = update.content { return job }
        }
        return try await client.job(id)
    }

    /// Follows the job, prints its summary, and ends the command as the job ended.
    ///
    /// - Parameter isRemote: whether the job goes on without this command.
    func report(isRemote: Bool) async throws {
        let job = try await interruptible(isRemote: isRemote) { try await follow() }
        switch style {
        case .json: break
        case .bars, .lines, .silent: try StandardOutput.line(JobSummary(job).text)
        }
        guard job.status == .succeeded else {
            throw CommandFailure(
                message: "the job \(job.status.rawValue)\(nextStep(after: job))",
                exitCode: CommandFailure.failed
            )
        }
    }

    /// What to try after a job that did not succeed.
    private func nextStep(after job: Job) -> String {
        "\n  `ingot logs \(job.id)` shows what its runner wrote; `ingot retry \(job.id)` does it again"
    }

    private func interruptible(isRemote: Bool, _ work: @escaping @Sendable () async throws -> Job) async throws -> Job {
        do {
            return try await untilInterrupted(work)
        } catch is Interrupted {
            if isRemote {
                throw CommandFailure(
                    message: """
                        interrupted; the job goes on. Watch it with: ingot watch \(id)
                        Stop it with: ingot cancel \(id)
                        """,
                    exitCode: CommandFailure.interrupted
                )
            }
            _ = try? await client.cancel(id)
            let job = try await follow()
            throw CommandFailure(
                message: "interrupted; the job \(job.status.rawValue)",
                exitCode: CommandFailure.interrupted
            )
        }
    }
}
