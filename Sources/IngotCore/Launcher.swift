/// What starts, watches and kills runners.
public protocol Launcher: Sendable {
    /// The word in `ingest_jobs.launcher`: `process`, `container`, `kubernetes`.
    var name: String { get }

    /// Starts a fresh runner and returns when it has ended and nothing of it is left.
    ///
    /// Cancelling the calling task asks the runner to stop, waits a grace period, and then kills the whole tree.
    ///
    /// - Parameters:
    ///   - started: called once with the launcher's name for the runner.
    ///   - output: called with each piece that the runner writes to standard output or error, in order.
    /// - Throws: ``JobFailure`` when the runner could not be started.
    func run(
        _ assignment: Assignment,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit
}
