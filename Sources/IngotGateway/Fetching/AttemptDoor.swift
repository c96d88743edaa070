import Hummingbird
import IngotCore

/// Lets in whoever holds the token of the attempt that a job is at, as long as that attempt runs.
struct AttemptDoor: Sendable {
    let registry: ProgressRegistry
    let access: AccessControl

    /// Runs `body` for the attempt whose token the request carries.
    ///
    /// - Parameter body: given the job's actor, which is held meanwhile, and the attempt's number.
    /// - Throws: ``Problem`` 401, also when there is no such job; 409 when the attempt does not run any more.
    func enter<Value: Sendable>(
        _ request: Request,
        _ id: JobID,
        _ context: GatewayContext,
        _ body: (JobProgress, Int) async throws -> Value
    ) async throws -> Value {
        guard let token = request.bearerCredential else { throw Problem.unauthorized }
        // The job of a runner that works is in memory; everybody else could make the gateway ask the store.
        if await registry.inMemory(id) == nil { try access.admitJobLookup(request, context) }
        let value = try await registry.withProgress(id) { progress -> Value in
            guard let attempt = await progress.attempt(ofToken: token) else { throw Problem.unauthorized }
            try await requireRunning(attempt, of: progress)
            return try await body(progress, attempt)
        }
        // Whoever has no token learns nothing of which jobs there are.
        guard let value else { throw Problem.unauthorized }
        return value
    }

    /// - Throws: ``Problem`` 409 when the attempt does not run any more.
    func requireRunning(_ attempt: Int, of progress: JobProgress) async throws {
        if await progress.isRunning(attempt: attempt) { return }
        let job = await progress.job
        throw job.status.isTerminal ? Problem.alreadyEnded(job.status) : Problem.attemptOver(attempt, job.attempt)
    }
}

extension Problem {
    fileprivate static func attemptOver(_ attempt: Int, _ current: Int) -> Problem {
        Problem(
            "attempt-superseded",
            .conflict,
            title: "The attempt is not the job's current one.",
            detail: attempt == current
                ? "Attempt \(attempt) has ended, and the job waits for its next one."
                : "Attempt \(attempt) asks, but attempt \(current) is current.",
            extensions: ["attempt": .integer(Int64(current))]
        )
    }
}
