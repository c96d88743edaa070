import IngotCore

/// Cancels a job for a request.
struct JobCancellation: Sendable {
    let dispatcher: Dispatcher

    /// - Returns: the job as it is after the request; it may still be running.
    /// - Throws: ``Problem`` when there is none of that id, it has ended otherwise, or is just ending.
    func cancel(_ id: JobID) async throws -> Job {
        do {
            guard let job = try await dispatcher.cancel(id) else { throw Problem.unknownJob(id.rawValue) }
            return job
        } catch ReportRefusal.ended(let status) {
            throw Problem.alreadyEnded(status)
        } catch ReportRefusal.busy {
            throw Problem.unavailable("The job is just ending.")
        } catch ReportRefusal.superseded {
            throw Problem.unavailable("Another attempt of the job has just begun.")
        }
    }
}
