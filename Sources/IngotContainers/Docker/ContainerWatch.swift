import IngotCore
import Logging

/// Watches one started container to its end, keeps its limits, and ends it when it is asked to.
struct ContainerWatch: Sendable {
    /// How long one wait lasts before the state is looked at; an engine may forget to answer.
    private static let turn: Duration = .seconds(20)
    /// The times between looks at the state in the beginning of a wait.
    private static let looks: [Duration] = [.milliseconds(100), .milliseconds(400), .seconds(2)]

    let id: String
    let limits: JobLimits
    let engine: EngineConnection
    let stop: ContainerStop
    let grace: Duration
    let settings: ContainerSettings
    let logger: Logger

    /// How a watch ended.
    enum End: Sendable {
        case ended(ContainerState)
        /// Somebody has removed it.
        case gone
        /// This gateway has left it, or the engine stays away while it is to be ended.
        case unknown
    }

    /// Returns when the container does not run any more.
    ///
    /// - Parameter started: when it was started; its wall time counts from then.
    func run(started: Timestamp, sampler: UsageSampler) async -> End {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await sampler.run(id, engine: engine, every: settings.samplingInterval, limits: limits, stop: stop)
            }
            group.addTask { await keepDeadline(since: started) }
            group.addTask { await endWhenAsked() }
            let end = await waitForEnd()
            group.cancelAll()
            return end
        }
    }

    private func keepDeadline(since started: Timestamp) async {
        guard let limit = limits.wallSeconds else { return }
        let left = Int64(limit) * 1000 - (Timestamp.now().millisecondsSinceEpoch - started.millisecondsSinceEpoch)
        do { try await Task.sleep(for: .milliseconds(max(0, left))) } catch { return }
        stop.request(limit: "deadline")
    }

    private func endWhenAsked() async {
        await stop.wait()
        guard !Task.isCancelled, !stop.isLeft else { return }
        try? await engine.trying(for: settings.patience) { try await engine.kill(id, signal: "SIGTERM") }
        do { try await Task.sleep(for: grace) } catch { return }
        var tries = 0
        while !Task.isCancelled, !stop.isLeft {
            tries += 1
            do {
                // A paused container takes no signal, but can be removed.
                if tries > 5 { try await engine.remove(id) } else { try await engine.kill(id, signal: "SIGKILL") }
            } catch {
                logger.warning("A container cannot be killed yet", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Returns when the container has ended, or after a while.
    private func waitForNextEnd() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await engine.waitForNextEnd(id, atMost: Self.turn) }
            group.addTask {
                // It may have ended before the engine began to wait, which can be slow to do so.
                for delay in Self.looks {
                    do { try await Task.sleep(for: delay) } catch { return }
                    guard let state = try? await engine.state(id), !state.hasEnded else { return }
                }
                try? await Task.sleep(for: Self.turn)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForEnd() async -> End {
        var delay = Duration.milliseconds(50)
        var absentSince: ContinuousClock.Instant?
        while !stop.isLeft {
            do {
                await waitForNextEnd()
                guard let state = try await engine.state(id) else { return .gone }
                if state.hasEnded { return .ended(state) }
                absentSince = nil
                delay = .milliseconds(50)
            } catch {
                // The container lives on without its engine.
                if absentSince == nil {
                    logger.warning("The container engine is away", metadata: ["error": "\(error)"])
                }
                let since = absentSince ?? .now
                absentSince = since
                if stop.isRequested, .now - since > settings.patience + grace { return .unknown }
                delay = min(delay * 2, .seconds(2))
            }
            await Pause.uncancelled(delay)
        }
        return .unknown
    }
}
