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

    /// Takes over as ``adopt(_:output:)`` does, and tells when the runner runs.
    ///
    /// One that an earlier gateway has started may not run yet: it may wait for its image or for a node.
    ///
    /// - Parameter started: called once with the launcher's name for the runner; `nil`: it has nothing to tell.
    /// - Throws: ``JobFailure`` when the runner could not be started after all.
    func adopt(
        _ runner: LeftoverRunner,
        started: @escaping @Sendable (_ handle: String?) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit?

    /// Stops reading what a runner writes and lets it go on, so that the next gateway reads on.
    ///
    /// When this returns, all that was read has been handed on.
    func leave(_ runner: LeftoverRunner) async

    /// Kills what an earlier gateway left of an attempt.
    ///
    /// - Returns: whether nothing of it is left.
    func endLeftover(_ runner: LeftoverRunner) async -> Bool

    /// Kills what earlier gateways of the same name have left of any attempt, but for runners that are taken over.
    ///
    /// A runner that lives on after its attempt has ended is in no row any more. To be called before this launcher
    /// starts a runner.
    func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async

    /// Looks whether what starts runners can be reached and lets them be started; changes nothing.
    ///
    /// - Throws: ``LauncherError``, or another error that says what is wrong.
    func checkReadiness() async throws
}

extension Launcher {
    /// For launchers that need nobody else.
    public func checkReadiness() async throws {}

    /// For launchers whose runners run as soon as there is one.
    public func adopt(
        _ runner: LeftoverRunner,
        started: @escaping @Sendable (_ handle: String?) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        await started(runner.handle)
        return await adopt(runner, output: output)
    }
}

/// What a launcher is told of the gateway that it works for.
public struct LauncherSurroundings: Sendable {
    /// The gateway's name, which stays the same from one start to the next: 32 hexadecimal digits.
    public var gateway: String
    /// An existing folder for the launcher's own notes; no other launcher uses it.
    public var notesFolder: String
    /// The time that a runner has between being asked to stop and being killed.
    public var grace: Duration
    /// Whether the stores are the gateway's own, which listen on loopback only.
    public var usesEmbeddedStores: Bool
    /// Where each source's upstream is, by source: an `http(s)` address or a folder.
    public var origins: [String: String]
    /// What runners find in their environment beside their assignment.
    public var environment: [String: String]

    public init(
        gateway: String,
        notesFolder: String,
        grace: Duration,
        usesEmbeddedStores: Bool = true,
        origins: [String: String] = [:],
        environment: [String: String] = [:]
    ) {
        self.gateway = gateway
        self.notesFolder = notesFolder
        self.grace = grace
        self.usesEmbeddedStores = usesEmbeddedStores
        self.origins = origins
        self.environment = environment
    }
}

/// Why a launcher cannot work at all, found when its gateway starts.
public struct LauncherError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence for people.
    public let message: String
    /// What an operator can do about it.
    public let advice: String

    public init(message: String, advice: String) {
        self.message = message
        self.advice = advice
    }

    public var description: String { "\(message) \(advice)" }
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
