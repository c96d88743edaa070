import IngotCore
import Logging

/// From a running container to nothing.
extension ContainerLauncher {
    /// A container that was started for an attempt.
    struct Supervision: Sendable {
        var id: String
        var job: JobID
        var attempt: Int
        var limits: JobLimits
        var startedAt: Timestamp
    }

    /// Takes a container over that an earlier gateway has made.
    func takeOver(
        _ runner: LeftoverRunner,
        stop: ContainerStop,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        let name = ContainerLabels.name(job: runner.job, attempt: runner.attempt)
        let found: ContainerState?
        do {
            // The container lives on while its engine is away or in trouble.
            found = try await engine.trying(
                for: nil,
                while: { !stop.isRequested && !attempts.isLeft(name) },
                { try await engine.state(name) }
            )
        } catch {
            if attempts.isLeft(name) { return RunnerExit(reason: "lost") }
            // It may live, and ends when its engine is back.
            await removals.add(name)
            logger.error("A container cannot be looked for", metadata: ["name": "\(name)", "error": "\(error)"])
            return nil
        }
        guard let state = found, isOurs(state.labels, job: runner.job), !state.isOnlyCreated else {
            _ = await endLeftover(runner)
            return nil
        }
        let started = state.startedAt.map {
            Timestamp(millisecondsSinceEpoch: $0.seconds * 1000 + $0.nanoseconds / 1_000_000)
        }
        let supervision = Supervision(
            id: state.id,
            job: runner.job,
            attempt: runner.attempt,
            limits: runner.limits,
            startedAt: started ?? .now()
        )
        return await supervise(supervision, stop: stop, output: output)
    }

    /// Watches a container to its end, reads all that it wrote, and removes it.
    ///
    /// - Returns: how it ended; `nil` when it is gone and nobody says how.
    func supervise(
        _ supervision: Supervision,
        stop: ContainerStop,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        let name = ContainerLabels.name(job: supervision.job, attempt: supervision.attempt)
        let follow = LogFollow(
            container: supervision.id,
            job: supervision.job,
            attempt: supervision.attempt,
            engine: engine,
            notes: notes,
            logger: logger,
            output: output
        )
        let following = attempts.begin(name, stop, follow)
        defer { attempts.end(name, stop) }
        let sampler = UsageSampler()
        let watch = ContainerWatch(
            id: supervision.id,
            limits: supervision.limits,
            engine: engine,
            stop: stop,
            grace: surroundings.grace,
            settings: settings,
            logger: logger
        )
        let end = await watch.run(started: supervision.startedAt, sampler: sampler)
        if case .unknown = end {
            follow.leave()
            await following.value
            if !stop.isLeft {
                logger.error("A container may stay behind", metadata: ["name": "\(name)"])
                await removals.add(name)
            }
            return RunnerExit(reason: "lost")
        }
        follow.containerEnded()
        await following.value
        // Left while its last words were read: the next gateway reads them, and tells its end.
        if stop.isLeft { return RunnerExit(reason: "lost") }
        let exit = await exit(after: end, supervision, stop: stop, sampler: sampler)
        do {
            if try await !removed(supervision.id) {
                logger.error("A container stays behind", metadata: ["name": "\(name)"])
                await removals.add(name)
            }
            notes.forget(job: supervision.job, attempt: supervision.attempt)
        } catch {
            logger.error("A container may stay behind", metadata: ["name": "\(name)", "error": "\(error)"])
            await removals.add(name)
        }
        return exit
    }

    private func exit(
        after end: ContainerWatch.End,
        _ supervision: Supervision,
        stop: ContainerStop,
        sampler: UsageSampler
    ) async -> RunnerExit {
        var evidence = ContainerEvidence()
        sampler.add(to: &evidence)
        evidence.limit = stop.limit
        evidence.isKilledByLauncher = stop.isRequested
        var code: Int?
        if case .ended(let state) = end {
            code = state.exitCode
            evidence.saysOutOfMemory = state.isOutOfMemory
        }
        if !stop.isRequested, code == nil || code == 137 {
            let history = await ContainerHistory.of(
                supervision.id,
                since: supervision.startedAt,
                engine: engine
            ) { $0.saysOutOfMemory || $0.killSignal != nil }
            evidence.saysOutOfMemory = evidence.saysOutOfMemory || history.saysOutOfMemory
            evidence.outsideSignal = history.killSignal
            code = code ?? history.exitCode
        }
        return evidence.exit(code: code, limits: supervision.limits)
    }
}
