import IngotCore

/// A job as the stream of all jobs' changes shows it: what a list of jobs needs.
struct JobChange: Sendable, Encodable, Equatable {
    /// The longest message that is shown, in characters.
    static let maximumMessageLength = 300

    /// Why a job failed, in short.
    struct Failure: Sendable, Encodable, Equatable {
        var code: String
        var message: String
    }

    var id: JobID
    var source: String
    var status: JobStatus
    var progress: Int
    var message: String?
    var error: Failure?
    var attempt: Int
    var maxAttempts: Int
    var createdAt: Timestamp
    var startedAt: Timestamp?
    var updatedAt: Timestamp
    var finishedAt: Timestamp?
    var nextAttemptAt: Timestamp?

    init(_ job: Job) {
        id = job.id
        source = job.source
        status = job.status
        progress = job.progress
        message = job.message.map(Self.shortened)
        error = job.error.map { Failure(code: $0.code, message: Self.shortened($0.message)) }
        attempt = job.attempt
        maxAttempts = job.maxAttempts
        createdAt = job.createdAt
        startedAt = job.startedAt
        updatedAt = job.updatedAt
        finishedAt = job.finishedAt
        nextAttemptAt = job.nextAttemptAt
    }

    private static func shortened(_ text: String) -> String { String(text.prefix(maximumMessageLength)) }

    enum CodingKeys: String, CodingKey {
        case id, source, status, progress, message, error, attempt
        case maxAttempts = "max_attempts"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case updatedAt = "updated_at"
        case finishedAt = "finished_at"
        case nextAttemptAt = "next_attempt_at"
    }
}
