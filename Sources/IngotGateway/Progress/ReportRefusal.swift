import IngotCore

/// Why a runner's report is not taken.
enum ReportRefusal: Error, Sendable, Equatable {
    /// Another attempt is the job's current one.
    case superseded(current: Int)
    /// The job has ended.
    case ended(JobStatus)
    /// The job is just ending; try again.
    case busy
}
