public import IngotCore
public import Logging

/// Starts each runner as a container of an engine that speaks the Docker Engine API: Docker, Podman.
///
/// A container outlives the gateway and even its own end; the next gateway takes it over and reads on.
public struct ContainerLauncher: Launcher {
    public let name = "container"

    let settings: ContainerSettings
    let surroundings: LauncherSurroundings
    let engine: EngineConnection
    let notes: LogNotes
    let logger: Logger
    let attempts = ContainerAttempts()
    /// Containers, by name, that could not be removed when their attempts ended.
    let removals: RepeatedRemoval<String>

    public init(settings: ContainerSettings, surroundings: LauncherSurroundings, logger: Logger) {
        self.settings = settings
        self.surroundings = surroundings
        self.logger = logger
        let engine = EngineConnection(socket: settings.socket)
        let notes = LogNotes(folder: surroundings.notesFolder)
        self.engine = engine
        self.notes = notes
        removals = RepeatedRemoval { [gateway = surroundings.gateway] name in
            do {
                guard let state = try await engine.state(name), state.labels[ContainerLabels.gateway] == gateway else {
                    return true
                }
                try await engine.remove(state.id)
                guard try await engine.state(state.id) == nil else { return false }
                if let attempt = ContainerLabels.attempt(of: state.labels) {
                    notes.forget(job: attempt.job, attempt: attempt.attempt)
                }
                logger.notice("A container that had stayed behind is removed", metadata: ["name": "\(name)"])
                return true
            } catch { return false }
        }
    }

    public func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit {
        let stop = ContainerStop()
        let request = ContainerRequest(
            assignment: assignment,
            limits: limits,
            settings: settings,
            gateway: surroundings.gateway,
            environment: try ContainerEnvironment(assignment, environment: surroundings.environment),
            grace: surroundings.grace
        )
        // Cancellation does not reach this task: whatever was made is removed before it returns.
        let watch = Task { try await start(request, stop: stop, started: started, output: output) }
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
        let stop = ContainerStop()
        let adoption = Task { await takeOver(runner, stop: stop, output: output) }
        return await withTaskCancellationHandler {
            await adoption.value
        } onCancel: {
            stop.request()
        }
    }

    public func leave(_ runner: LeftoverRunner) async {
        await attempts.leave(ContainerLabels.name(job: runner.job, attempt: runner.attempt))
    }

    public func endLeftover(_ runner: LeftoverRunner) async -> Bool {
        let name = ContainerLabels.name(job: runner.job, attempt: runner.attempt)
        do {
            if attempts.isWatched(name) {
                // Whoever watches it reads its last words and removes it.
                try await engine.kill(name, signal: "SIGKILL")
                if try await isGone(name, within: .seconds(10)) { return true }
            }
            guard let state = try await engine.trying(for: settings.patience, { try await engine.state(name) }) else {
                notes.forget(job: runner.job, attempt: runner.attempt)
                return true
            }
            guard isOurs(state.labels, job: runner.job) else { return true }
            let isGone = try await removed(state.id)
            if isGone { notes.forget(job: runner.job, attempt: runner.attempt) }
            return isGone
        } catch {
            logger.warning("A container cannot be removed", metadata: ["name": "\(name)", "error": "\(error)"])
            return false
        }
    }

    public func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {
        let names = Set(kept.map { ContainerLabels.name(job: $0.job, attempt: $0.attempt) })
        do {
            let found = try await engine.trying(for: settings.patience) {
                try await engine.containers(ofGateway: surroundings.gateway)
            }
            for (id, labels) in found {
                let attempt = ContainerLabels.attempt(of: labels)
                if let attempt, names.contains(ContainerLabels.name(job: attempt.job, attempt: attempt.attempt)) {
                    continue
                }
                guard try await removed(id) else {
                    logger.error("A container of an earlier gateway cannot be removed", metadata: ["id": "\(id)"])
                    continue
                }
                if let attempt { notes.forget(job: attempt.job, attempt: attempt.attempt) }
            }
        } catch {
            logger.error("Containers of earlier gateways cannot be looked for", metadata: ["error": "\(error)"])
        }
    }

    /// Removes a container; returns whether it is gone.
    func removed(_ id: String) async throws -> Bool {
        try await engine.trying(for: settings.patience) { try await engine.remove(id) }
        return try await isGone(id, within: .seconds(15))
    }

    func isOurs(_ labels: [String: String], job: JobID) -> Bool {
        labels[ContainerLabels.gateway] == surroundings.gateway && labels[ContainerLabels.job] == job.rawValue
    }

    private func isGone(_ id: String, within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while true {
            if try await engine.trying(for: settings.patience, { try await engine.state(id) }) == nil { return true }
            if .now >= end { return false }
            await Pause.uncancelled(.milliseconds(100))
        }
    }
}
