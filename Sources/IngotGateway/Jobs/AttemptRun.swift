import IngotCore
import Logging
import SystemPackage

/// What every attempt of this gateway has in common.
struct AttemptSurroundings: Sendable {
    var launcher: any Launcher
    /// The gateway's address as runners reach it.
    var gatewayAddress: String
    /// The stores as runners reach them.
    var storage: StorageSettings
    /// Where each source's upstream is, when the operator says so.
    var origins: [String: String]
    /// Below it, each job has a folder for its log.
    var jobsFolder: FilePath
    var maximumLogSize: Int64 = JobLog.defaultMaximumSize
    /// Who follows the logs that are being written.
    var liveLogs = LiveLogs()
    /// What runners are told in confidence besides the stores' credentials and their tokens.
    var furtherSecrets: [Secret] = []
    /// How long a runner may live on after its job has ended.
    var farewell: Duration = .seconds(10)

    func logPath(of job: JobID) -> FilePath {
        jobsFolder.appending(job.rawValue).appending("log")
    }
}

/// Runs one attempt of one job from `queued` to its terminal state.
struct AttemptRun: Sendable {
    let surroundings: AttemptSurroundings
    let progress: JobProgress
    let stop: AttemptStop
    let logger: Logger

    /// Runs the attempt; returns when the job has ended and nothing of the runner is left.
    ///
    /// - Throws: what the store throws when not even the start could be written; the job is still queued then.
    func run() async throws {
        let token = AttemptToken()
        let secrets = [token.secret] + surroundings.storage.secrets + surroundings.furtherSecrets
        await progress.conceal(Redaction(secrets: secrets))
        surroundings.liveLogs.open(progress.id)
        defer { surroundings.liveLogs.close(progress.id) }
        // A log that cannot be written costs the log, not the job.
        let log = try? JobLog(
            path: surroundings.logPath(of: progress.id),
            secrets: secrets,
            maximumSize: surroundings.maximumLogSize,
            onGrowth: { [liveLogs = surroundings.liveLogs, id = progress.id] in liveLogs.wakeWatchers(of: id) }
        )
        let job = try await progress.begin(token: token, launcher: surroundings.launcher.name) { [log] in
            await log?.tail ?? []
        }
        guard let job else { return }
        await log?.beginAttempt(job.attempt)
        logger.info("Attempt starts", metadata: ["source": "\(job.source)", "attempt": "\(job.attempt)"])
        let assignment = Assignment(
            job: job.id,
            source: job.source,
            parameters: job.parameters,
            attempt: job.attempt,
            token: token.secret,
            gateway: surroundings.gatewayAddress,
            origin: surroundings.origins[job.source],
            storage: surroundings.storage
        )
        let outcome = await launch(assignment, log: log)
        await publishRest(of: log)
        await end(after: outcome)
        let ended = await progress.job
        logger.info("Job ended", metadata: ["status": "\(ended.status)", "code": "\(ended.error?.code ?? "")"])
    }

    private func launch(_ assignment: Assignment, log: JobLog?) async -> Result<RunnerExit, any Error> {
        // A task of its own, as stopping the attempt must reach the launcher and nothing else.
        let launch = Task {
            try await surroundings.launcher.run(
                assignment,
                limits: .standard,
                started: { await progress.runnerStarted(handle: $0) },
                output: { await log?.append($0) }
            )
        }
        stop.attach(launch)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await progress.saveContinuously() }
            group.addTask { await dismissAfterEnd() }
            if let log { group.addTask { await publish(log) } }
            let outcome = await launch.result
            group.cancelAll()
            return outcome
        }
    }

    /// Shows the log's lines, at most every 100 ms.
    private func publish(_ log: JobLog) async {
        for await _ in log.signals {
            let batch = await log.takeBatch()
            await progress.publishLog(batch.lines, omitted: batch.omitted)
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
        }
    }

    private func publishRest(of log: JobLog?) async {
        guard let log else { return }
        await log.finish()
        let batch = await log.takeBatch()
        await progress.publishLog(batch.lines, omitted: batch.omitted)
    }

    /// Ends a runner that stays although its job has ended.
    private func dismissAfterEnd() async {
        await progress.waitForEnd()
        do { try await Task.sleep(for: surroundings.farewell) } catch { return }
        logger.warning("The runner lives on after its job has ended; stopping it")
        stop.endRunner()
    }

    /// Writes the terminal state, however long the store takes.
    private func end(after outcome: Result<RunnerExit, any Error>) async {
        var delay = Duration.milliseconds(20)
        while await !progress.isEnded {
            do {
                try await progress.end(ending(after: outcome))
            } catch ReportRefusal.superseded {
                logger.warning("Another attempt has taken the job over")
                return
            } catch {
                logger.warning("The job's end was not written; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    private func ending(after outcome: Result<RunnerExit, any Error>) async -> JobEnding {
        switch outcome {
        case .success(let exit):
            return .afterExit(
                exit,
                stopReason: stop.reason,
                reportedCancelled: await progress.reportedCancelled,
                evidence: await progress.collectEvidence()
            )
        case .failure(let failure as JobFailure):
            return .failed(failure)
        case .failure(let error):
            return .failed(
                JobFailure(code: "runner_not_started", message: "The runner could not be started: \(error).")
            )
        }
    }
}
