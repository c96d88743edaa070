import CLinux
import Glibc
public import IngotCore
import Logging
public import SystemPackage

/// Starts each runner as a process that leads its own session, with a private folder and a clean environment.
///
/// What the runner is told travels through its standard input, so that neither its arguments nor its environment,
/// which others can read, hold a secret. Its limits and control groups hold it before it does anything. A runner outlives
/// the gateway; the next one takes it over.
public struct ProcessLauncher: Launcher {
    public let name = "process"
    /// How long a runner may take to end after it was asked to.
    public static let defaultGrace: Duration = .seconds(10)
    /// How long output is read when no process of the runner is known any more; a pipe holds little.
    private static let readingOn: Duration = .seconds(10)

    private let executable: FilePath
    private let workRoot: FilePath
    private let environment: [String: String]
    private let grace: Duration
    private let sandbox: Sandbox?
    private let logger: Logger
    private let groups: ControlGroupPlace?
    /// Where groups of attempts may lie: also those that gateways have made in which this one would make none.
    private let groupPlaces: [ControlGroupPlace]
    private let readings = OutputReadings()
    private let deliveries = SettingsDeliveries()

    /// - Parameters:
    ///   - executable: the `ingot-runner` to start.
    ///   - workRoot: the folder below which attempts get their own; no other launcher uses it.
    ///   - environment: what runners find in their environment; nothing else is handed on.
    ///   - grace: the time between SIGTERM and SIGKILL.
    ///   - sandbox: shuts runners in; `nil`: they see what the gateway sees.
    ///   - usesControlGroups: whether limits are kept by control groups where the system lets them be made.
    public init(
        executable: FilePath,
        workRoot: FilePath,
        environment: [String: String],
        grace: Duration = ProcessLauncher.defaultGrace,
        sandbox: Sandbox? = nil,
        usesControlGroups: Bool = true,
        logger: Logger
    ) {
        self.executable = executable
        self.workRoot = workRoot
        self.environment = environment
        self.grace = grace
        self.sandbox = sandbox
        self.logger = logger
        ProcessTree.adoptOrphans()
        // A runner that ends before it has read its settings must be an error, not this process's end.
        signal(SIGPIPE, SIG_IGN)
        groups = usesControlGroups ? ControlGroupPlace.find(for: workRoot) : nil
        groupPlaces = NotedControlGroups(file: FilePath("\(workRoot).groups")).places(adding: groups)
        WorkFolder.removeAbandoned(below: workRoot, setting: Assignment.Name.workFolder)
    }

    /// Looks whether the runner can be started and has a place to work in.
    ///
    /// - Throws: `LauncherError`.
    public func checkReadiness() throws {
        guard access(executable.string, X_OK) == 0 else {
            throw LauncherError(
                message: "The runner \(executable) cannot be executed.",
                advice: "Put ingot-runner beside ingot again, or name it with --runner."
            )
        }
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
        let start = RunnerStart(
            settings: try JSONText.encode(assignment.settings),
            folder: folder,
            origin: assignment.origin,
            limits: limits
        )
        let stop = RunnerStop(grace: grace)
        // The process is watched to its end in a task that cancellation does not reach, so that its last words are
        // read and its whole tree is gone when this returns; a cancelled caller only asks it to end.
        let watch = Task { try await spawn(start, stop: stop, started: started, output: output) }
        return try await withTaskCancellationHandler {
            try await watch.value
        } onCancel: {
            stop.request()
        }
    }

    public func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        let folder = workFolder(job: runner.job, attempt: runner.attempt)
        guard let handle = handle(of: runner, in: folder), let watch = ProcessWatch(handle.process),
            // Only now does the number stay its own.
            handle.isAlive, ProcessTree.carries(marker(folder), process: handle.process)
        else {
            _ = await endLeftover(runner)
            return nil
        }
        let stop = RunnerStop(grace: grace)
        let adoption = Task {
            await takeOver(handle, watch: watch, runner: runner, folder: folder, stop: stop, output: output)
        }
        return await withTaskCancellationHandler {
            await adoption.value
        } onCancel: {
            stop.request()
        }
    }

    public func leave(_ runner: LeftoverRunner) async {
        let name = name(job: runner.job, attempt: runner.attempt)
        await deliveries.wait(for: name)
        await readings.leave(name)
    }

    public func endLeftover(_ runner: LeftoverRunner) async -> Bool {
        let folder = workFolder(job: runner.job, attempt: runner.attempt)
        var leader: pid_t = -1
        // A number alone may belong to another process by now, and after a restart of the machine a number with its
        // start as well.
        if let handle = runner.handle.flatMap(ProcessHandle.init), handle.isAlive,
            ProcessTree.isOfTree(handle.process, marker: marker(folder))
        {
            leader = handle.process
        }
        let groups = controlGroups(of: folder)
        var isGone = true
        for group in groups {
            let tree = RunnerTree(leader: leader, startTime: 0, marker: marker(folder), group: group)
            isGone = await tree.killAll() && isGone
        }
        // The gateway may have been killed before it had put the runner into the group.
        let rest = RunnerTree(leader: leader, startTime: 0, marker: marker(folder), group: nil)
        isGone = await rest.killAll() && isGone
        for group in groups { await group.remove() }
        WorkFolder.remove(folder)
        return isGone
    }

    /// A runner's folder, its control group and the environment of its processes tell of it when no row does.
    public func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {
        let keptNames = Set(kept.map { name(job: $0.job, attempt: $0.attempt) })
        var names = Set(FolderNames.of(workRoot))
        for place in groupPlaces { for folder in place.folders { names.formUnion(FolderNames.of(folder)) } }
        for process in ProcessTree.processes() {
            guard let folder = ProcessTree.setting(Assignment.Name.workFolder, of: process).map({ FilePath($0) }),
                folder.removingLastComponent() == workRoot, let name = folder.lastComponent
            else { continue }
            names.insert(name.string)
        }
        for name in names.subtracting(keptNames) {
            guard let left = Self.attempt(named: name) else { continue }
            let runner = LeftoverRunner(job: left.job, attempt: left.attempt, handle: nil, limits: .standard)
            if await !endLeftover(runner) {
                logger.error("A runner of an earlier gateway cannot be killed", metadata: ["job": "\(left.job)"])
            }
        }
    }

    /// The runner's handle; looked for when the gateway that started it was gone before it could note it.
    private func handle(of runner: LeftoverRunner, in folder: FilePath) -> ProcessHandle? {
        guard let text = runner.handle else { return ProcessTree.leader(marker: marker(folder)) }
        return ProcessHandle(text)
    }

    /// The groups that gateways have made for an attempt.
    private func controlGroups(of folder: FilePath) -> [ControlGroup] {
        let name = folder.lastComponent?.string ?? ""
        return groupPlaces.compactMap { ControlGroup(foundIn: $0, name: name) }
    }

    private func workFolder(job: JobID, attempt: Int) -> FilePath {
        workRoot.appending(name(job: job, attempt: attempt))
    }

    private func name(job: JobID, attempt: Int) -> String { "\(job)-\(attempt)" }

    /// The attempt that a folder or a control group is of; `nil` when it is of none.
    private static func attempt(named name: String) -> (job: JobID, attempt: Int)? {
        guard let dash = name.lastIndex(of: "-"), let job = JobID(String(name[..<dash])),
            let attempt = Int(name[name.index(after: dash)...])
        else { return nil }
        return (job, attempt)
    }

    private func marker(_ folder: FilePath) -> String {
        "\(Assignment.Name.workFolder)=\(folder.string)"
    }

    private func spawn(
        _ start: RunnerStart,
        stop: RunnerStop,
        started: @escaping @Sendable (String) async -> Void,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> RunnerExit {
        guard !stop.isRequested else { return RunnerExit(reason: "not_started") }
        let folder = start.folder
        let pipe = try OutputPipe.make(in: folder)
        // The gateway's end is closed by whoever reads it, which begins once the runner is there.
        let isRead = OnceFlag()
        defer { if !isRead.isSet { try? pipe.gateway.close() } }
        let group = groups.map {
            ControlGroup(in: $0, name: folder.lastComponent?.string ?? "", limits: start.limits)
        }
        let program = sandbox?.program ?? executable
        var environment = environment
        environment[Assignment.Name.descriptor] = "0"
        environment[Assignment.Name.workFolder] = folder.string
        let command = [executable.string, "run"]
        let settings: SettingsPipe
        let runner: ProcessStart.Started
        do {
            // The only ends of the runner's that are left are its own.
            defer { try? pipe.runner.close() }
            settings = try SettingsPipe(start.settings)
            defer { try? settings.reader.close() }
            do {
                runner = try await ProcessStart(
                    program: program,
                    words: sandbox?.arguments(running: command, workFolder: folder, origin: start.origin) ?? ["run"],
                    environment: environment,
                    folder: folder,
                    input: settings.reader,
                    output: pipe.runner,
                    limits: start.limits,
                    group: group
                ).start()
            } catch {
                settings.abandon()
                throw failure(error, program: program)
            }
        } catch {
            await group?.remove()
            throw error
        }
        AbandonedChildren.ofThisProcess.noteAwaited(runner.process)
        defer { AbandonedChildren.ofThisProcess.release(runner.process) }
        _ = isRead.set()
        var evidence = await follow(
            runner,
            start,
            settings: settings,
            output: pipe.gateway,
            stop: stop,
            started: started,
            into: output
        )
        await group?.remove()
        evidence.limit = stop.limit
        if sandbox != nil { evidence.undoSandbox() }
        return evidence.exit
    }

    /// Watches a runner from its start to its end, of which nothing is left then but the evidence.
    private func follow(
        _ runner: ProcessStart.Started,
        _ start: RunnerStart,
        settings: SettingsPipe,
        output file: SystemPackage.FileDescriptor,
        stop: RunnerStop,
        started: @escaping @Sendable (String) async -> Void,
        into output: @escaping @Sendable ([UInt8]) async -> Void
    ) async -> ExitEvidence {
        let process = runner.process
        let name = start.folder.lastComponent?.string ?? ""
        let reading = Task { await readings.read(file, of: name, into: output) }
        let handle = ProcessHandle(process: process, startTime: ProcessTree.startTime(of: process) ?? 0)
        let tree = RunnerTree(
            leader: process,
            startTime: handle.startTime,
            marker: marker(start.folder),
            group: runner.group
        )
        stop.started(process, tree: sandbox == nil ? nil : tree)
        let writing = settings.isWritten ? nil : deliveries.begin(name) { await settings.writeRest() }
        let watch = ProcessWatch(process)
        let limiting = Task {
            await LimitWatch(
                runner: handle,
                marker: tree.marker,
                group: runner.group,
                limits: start.limits,
                stop: stop
            ).run()
        }
        await started(handle.description)
        if let watch { await watch.end() } else { await Self.endWithoutWatch(of: process) }
        limiting.cancel()
        var evidence = ExitEvidence(child: process)
        await endTree(tree, known: await limiting.value, reading: reading, of: name)
        evidence.cpuLimit = start.limits.cpuSeconds
        if let counters = runner.group?.counters { evidence.add(counters) }
        await writing?.value
        deliveries.forget(name)
        // The number must not be signalled once it may be another process's.
        stop.ended()
        _ = linux_reap_child(process)
        return evidence
    }

    private func takeOver(
        _ handle: ProcessHandle,
        watch: ProcessWatch,
        runner: LeftoverRunner,
        folder: FilePath,
        stop: RunnerStop,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) async -> RunnerExit {
        let isSandboxed = Sandbox.isOuter(handle.process)
        let found = controlGroups(of: folder)
        let group = found.first { $0.members.contains(handle.process) } ?? found.first
        let tree = RunnerTree(
            leader: handle.process,
            startTime: handle.startTime,
            marker: marker(folder),
            group: group
        )
        stop.started(handle.process, tree: isSandboxed ? tree : nil)
        let pipe = try? OutputPipe.open(in: folder)
        let name = folder.lastComponent?.string ?? ""
        let reading = Task { if let pipe { await readings.read(pipe, of: name, into: output) } }
        let limiting = Task {
            await LimitWatch(
                runner: handle,
                marker: tree.marker,
                group: group,
                limits: runner.limits,
                stop: stop
            ).run()
        }
        await watch.end()
        limiting.cancel()
        // Before anybody else can get its number.
        stop.ended()
        var evidence: ExitEvidence
        if ProcessStatistics(of: handle.process)?.parent == getpid() {
            // The earlier gateway was started by this process, so the runner has come to it.
            evidence = ExitEvidence(child: handle.process)
            AbandonedChildren.ofThisProcess.reap(handle.process)
        } else {
            evidence = ExitEvidence(status: await Self.status(of: handle, watch: watch))
        }
        await endTree(tree, known: await limiting.value, reading: reading, of: name)
        evidence.limit = stop.limit
        evidence.cpuLimit = runner.limits.cpuSeconds
        if let counters = group?.counters { evidence.add(counters) }
        await group?.remove()
        if isSandboxed { evidence.undoSandbox() }
        WorkFolder.remove(folder)
        return evidence.exit
    }

    /// How a process that is no child of this one ended; `nil` when nobody says.
    private static func status(of handle: ProcessHandle, watch: ProcessWatch) async -> Int32? {
        // The kernel tells it once its parent has reaped it, which takes a moment, or never happens.
        for _ in 0..<50 {
            if let status = watch.exitStatus { return status }
            if let left = ProcessStatistics(of: handle.process), left.startTime == handle.startTime,
                let status = left.exitStatus
            {
                return status
            }
            await Pause.uncancelled(.milliseconds(20))
        }
        return nil
    }

    /// For kernels that know no descriptors of processes.
    private static func endWithoutWatch(of process: pid_t) async {
        var end = linux_child_end()
        while linux_look_at_child(process, &end) == 0, end.has_ended == 0 {
            await Pause.uncancelled(.milliseconds(20))
        }
    }

    /// Kills what the runner has left, reaps it, and reads the runner's last words.
    private func endTree(_ tree: RunnerTree, known: Set<pid_t>, reading: Task<Void, Never>, of name: String) async {
        let isGone = await tree.killAll(known: known)
        if !isGone {
            logger.error("Some processes of a runner cannot be killed", metadata: ["runner": "\(tree.leader)"])
            // They hold the pipe.
            reading.cancel()
        }
        // The pipe ends with the last process that holds it. One that nothing here could find must not hold the job.
        let patience = Task {
            try await Task.sleep(for: Self.readingOn)
            logger.warning("Something still holds a runner's output", metadata: ["runner": "\(tree.leader)"])
            await readings.leave(name)
        }
        await reading.value
        patience.cancel()
    }

    private func failure(_ error: any Error, program: FilePath) -> JobFailure {
        if access(program.string, X_OK) != 0 {
            if sandbox != nil {
                return JobFailure(
                    code: "sandbox_unavailable",
                    message: "Bubblewrap (bwrap), which the sandbox is made with, is not there any more.",
                    advice: "Install the package bubblewrap, or start the gateway without --sandbox."
                )
            }
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

/// What one start of a runner needs.
private struct RunnerStart: Sendable {
    var settings: [UInt8]
    var folder: FilePath
    var origin: String?
    var limits: JobLimits
}
