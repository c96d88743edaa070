import IngotCore
import Logging

/// From an assignment to a running container.
extension ContainerLauncher {
    func start(
        _ request: ContainerRequest,
        stop: ContainerStop,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit {
        let notStarted = RunnerExit(reason: "not_started")
        let assignment = request.assignment
        guard !stop.isRequested else { return notStarted }
        do {
            try await provideImage(stop: stop, output: output)
            guard !stop.isRequested else { return notStarted }
            let id = try await make(request, stop: stop)
            // A position of an attempt whose container was made anew would pass over what this one writes.
            notes.forget(job: assignment.job, attempt: assignment.attempt)
            guard !stop.isRequested else {
                await removeCompletely(request)
                return notStarted
            }
            let startedAt = Timestamp.now()
            try await start(id, stop: stop)
            let supervision = Supervision(
                id: id,
                job: assignment.job,
                attempt: assignment.attempt,
                limits: request.limits,
                startedAt: startedAt
            )
            await started(id)
            return await supervise(supervision, stop: stop, output: output) ?? RunnerExit(reason: "lost")
        } catch let error as ContainerEngineError {
            await removeCompletely(request)
            if stop.isRequested { return notStarted }
            throw error.failure
        } catch {
            await removeCompletely(request)
            if stop.isRequested { return notStarted }
            throw error
        }
    }

    private func provideImage(
        stop: ContainerStop,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws {
        let supply = ImageSupply(
            engine: engine,
            image: settings.image,
            policy: settings.pullPolicy,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await engine.trying(for: settings.patience, while: { !stop.isRequested }) {
                    try await supply.provide { await output(Array("\($0)\n".utf8)) }
                }
                return true
            }
            group.addTask {
                await stop.wait()
                return false
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    /// Makes the container; one that is there already is this attempt's own, of a call whose answer was lost.
    private func make(_ request: ContainerRequest, stop: ContainerStop) async throws -> String {
        try await engine.trying(for: settings.patience, while: { !stop.isRequested }) {
            do { return try await engine.create(request) } catch let error as ContainerEngineError {
                if error.status == 404 {
                    throw ContainerEngineError(
                        .imageUnavailable,
                        error.message,
                        advice: "Build, load or pull the image."
                    )
                }
                guard error.isNameTaken, let state = try await engine.state(request.name),
                    isOurs(state.labels, job: request.assignment.job)
                else { throw error }
                try await engine.remove(state.id)
                return try await engine.create(request)
            }
        }
    }

    private func start(_ id: String, stop: ContainerStop) async throws {
        var isFirst = true
        try await engine.trying(for: settings.patience) {
            // A start whose answer was lost must not be done twice: the runner may have run and ended since.
            if !isFirst, let state = try await engine.state(id), !state.isOnlyCreated { return }
            isFirst = false
            try await engine.start(id)
        }
    }

    /// Removes what a start may have made, known or not.
    private func removeCompletely(_ request: ContainerRequest) async {
        do {
            let found = try await engine.trying(for: settings.patience) { try await engine.state(request.name) }
            guard let state = found, isOurs(state.labels, job: request.assignment.job) else { return }
            if try await removed(state.id) { return }
            logger.error("A container stays behind", metadata: ["name": "\(request.name)"])
        } catch {
            // The next start of the gateway finds it by its label, too.
            logger.error("A container may stay behind", metadata: ["name": "\(request.name)", "error": "\(error)"])
        }
        await removals.add(request.name)
    }
}
