/// What starts, watches and kills runners.
public protocol Launcher: Sendable {
    /// The word in `ingest_jobs.launcher`: `process`, `container`, `kubernetes`.
    var name: String { get }

    /// Starts a fresh runner and returns when it has ended and nothing of it is left.
    ///
    /// Cancelling the calling task asks the runner to stop, waits a grace period, and then kills the whole tree.
    ///
    /// - Parameters:
    ///   - limits: what the runner and all that it starts may use.
    ///   - started: called once with the launcher's name for the runner.
    ///   - output: called with each piece that the runner writes to standard output or error, in order.
    /// - Throws: ``JobFailure`` when the runner could not be started.
    func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit

    /// Takes over a runner that an earlier gateway has started, and returns as ``run(_:limits:started:output:)`` does.
    ///
    /// - Parameters:
    ///   - runner: what is known of it.
    ///   - output: called with what the runner writes from now on, and with what nobody has read yet.
    /// - Returns: how it ended; `nil` when it is not there any more, and then nothing of it is left.
    func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit?

    /// Stops reading what a runner writes and lets it go on, so that the next gateway reads on.
    ///
    /// When this returns, all that was read has been handed on.
    func leave(_ runner: LeftoverRunner) async

    /// Kills what an earlier gateway left of an attempt.
    ///
    /// - Returns: whether nothing of it is left.
    func endLeftover(_ runner: LeftoverRunner) async -> Bool
}

/// A runner that an earlier gateway has started, as the job's row knows it.
public struct LeftoverRunner: Sendable, Equatable {
    public var job: JobID
    public var attempt: Int
    /// The launcher's name for the runner; `nil` when the gateway ended before it could note it.
    public var handle: String?
    public var limits: JobLimits

    public init(job: JobID, attempt: Int, handle: String?, limits: JobLimits) {
        self.job = job
        self.attempt = attempt
        self.handle = handle
        self.limits = limits
    }
}
