import Glibc
public import IngotCore
import Logging
import Subprocess
import Synchronization
public import SystemPackage

/// Starts each runner as a process that leads its own group, with a private folder and a clean environment.
///
/// What the runner is told travels through its standard input, so that neither its arguments nor its environment,
/// which others can read, hold a secret.
public struct ProcessLauncher: Launcher {
    public let name = "process"
    /// How long a runner may take to end after it was asked to.
    public static let defaultGrace: Duration = .seconds(10)

    private let executable: FilePath
    private let workRoot: FilePath
    private let environment: [String: String]
    private let grace: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - executable: the `ingot-runner` to start.
    ///   - workRoot: the folder below which attempts get their own.
    ///   - environment: what runners find in their environment; nothing else is handed on.
    ///   - grace: the time between SIGTERM and SIGKILL.
    public init(
        executable: FilePath,
        workRoot: FilePath,
        environment: [String: String],
        grace: Duration = ProcessLauncher.defaultGrace,
        logger: Logger
    ) {
        self.executable = executable
        self.workRoot = workRoot
        self.environment = environment
        self.grace = grace
        self.logger = logger
    }

    public func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit {
        let folder = workFolder(job: assignment.job, attempt: assignment.attempt)
        try WorkFolder.make(folder)
        defer { WorkFolder.remove(folder) }
        var assignment = assignment
        assignment.workFolder = folder.string
        let settings = try JSONText.encode(assignment.settings)
        let runner = RunningProcess()
        // The process is watched to its end in a task that cancellation does not reach, so that its last words are
        // read and its whole tree is gone when this returns; a cancelled caller only asks it to end.
        let watch = Task {
            try await self.watch(runner, settings: settings, folder: folder, started: started, output: output)
        }
        return try await withTaskCancellationHandler {
            try await watch.value
        } onCancel: {
            runner.stop(grace: grace)
        }
    }

    public func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        _ = await endLeftover(runner)
        return nil
    }

    public func endLeftover(_ runner: LeftoverRunner) async -> Bool {
        let folder = workFolder(job: runner.job, attempt: runner.attempt)
        var leader: pid_t = -1
        // A number alone may belong to another process by now.
        if let handle = runner.handle.flatMap(ProcessHandle.init), handle.isAlive { leader = handle.process }
        let isGone = await ProcessTree.killAll(leader: leader, marker: marker(folder))
        WorkFolder.remove(folder)
        return isGone
    }

    private func workFolder(job: JobID, attempt: Int) -> FilePath {
        workRoot.appending("\(job)-\(attempt)")
    }

    private func marker(_ folder: FilePath) -> String {
        "\(Assignment.Name.workFolder)=\(folder.string)"
    }

    private func watch(
        _ runner: RunningProcess,
        settings: [UInt8],
        folder: FilePath,
        started: @escaping @Sendable (String) async -> Void,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> RunnerExit {
        guard !runner.isStopped else { return RunnerExit(reason: "not_started") }
        var environment = environment
        environment[Assignment.Name.descriptor] = "0"
        environment[Assignment.Name.workFolder] = folder.string
        var options = PlatformOptions()
        options.createSession = true
        do {
            let result = try await Subprocess.run(
                .path(executable),
                arguments: ["run"],
                environment: .custom(
                    Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
                ),
                workingDirectory: folder,
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                let process = execution.processIdentifier.value
                runner.started(process)
                // The number must not be signalled once the process is reaped, which happens after this closure.
                defer { runner.ended() }
                let writing = Task {
                    // A runner that ends before it has read its settings is told by its exit.
                    _ = try? await execution.standardInputWriter.write(settings)
                    try? await execution.standardInputWriter.finish()
                }
                let handle = ProcessHandle(process: process, startTime: ProcessTree.startTime(of: process) ?? 0)
                await started(handle.description)
                var isTreeKilled = false
                for try await piece in execution.standardOutput {
                    await output(piece.withUnsafeBytes(Array.init))
                    if !isTreeKilled, ProcessTree.hasEnded(child: process) {
                        // What it left running may write for ever.
                        isTreeKilled = true
                        await killTree(handle, folder)
                    }
                }
                // Usually the output ends with the process; a runner that closes its output early is waited for.
                while !ProcessTree.hasEnded(child: process) { try? await Task.sleep(for: .milliseconds(20)) }
                await killTree(handle, folder)
                await writing.value
            }
            switch result.terminationStatus {
            case .exited(let code): return RunnerExit(code: Int(code))
            case .signaled(let signal): return RunnerExit(signal: Int(signal))
            }
        } catch let error as SubprocessError {
            throw failure(error)
        }
    }

    private func killTree(_ runner: ProcessHandle, _ folder: FilePath) async {
        let isGone = await ProcessTree.killAll(
            leader: runner.process,
            marker: marker(folder),
            since: runner.startTime
        )
        if !isGone {
            logger.error("Some processes of a runner cannot be killed", metadata: ["runner": "\(runner)"])
        }
    }

    private func failure(_ error: SubprocessError) -> JobFailure {
        if error.code == .executableNotFound {
            return JobFailure(
                code: "runner_not_found",
                message: "The runner \(executable) does not exist or cannot be executed.",
                advice: "Build ingot-runner, or give its path in INGOT_RUNNER (or with --runner)."
            )
        }
        return JobFailure(
            code: "runner_not_started",
            message: "The runner could not be started or watched: \(error).",
            advice: "Look at the limits for processes and memory on this machine.",
            isTransient: true
        )
    }
}

/// The process that one call of the launcher watches; signals reach it only while its number is its own.
private final class RunningProcess: Sendable {
    private struct State {
        var process: pid_t?
        var isStopped = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func started(_ process: pid_t) {
        state.withLock { state in
            state.process = process
            if state.isStopped { _ = kill(-process, SIGTERM) }
        }
    }

    func ended() {
        state.withLock { $0.hasEnded = true }
    }

    /// Asks the whole group to end, and kills it when it has not after the grace period.
    func stop(grace: Duration) {
        signal(SIGTERM)
        // Outlives the caller on purpose, as the caller is a cancellation handler; it holds nothing but this object.
        Task {
            try? await Task.sleep(for: grace)
            signal(SIGKILL)
        }
    }

    private func signal(_ number: Int32) {
        state.withLock { state in
            state.isStopped = true
            if let process = state.process, !state.hasEnded { _ = kill(-process, number) }
        }
    }
}
