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
    /// How upstream sites are asked.
    var fetchSettings = FetchSettings()
    /// Below it, each job has a folder for its log.
    var jobsFolder: FilePath
    var maximumLogSize: Int64 = JobLog.defaultMaximumSize
    /// Who follows the logs that are being written.
    var liveLogs = LiveLogs()
    /// What runners are told in confidence besides the stores' credentials and their tokens.
    var furtherSecrets: [Secret] = []
    /// How long a runner may live on after its attempt has ended.
    var farewell: Duration = .seconds(10)
    /// What one attempt may use at most, and what one of a source may where that is less.
    var limits: JobLimits = .standard
    var sourceLimits: [String: JobLimits] = [:]
    /// How long an attempt may be silent.
    var leaseDuration: Duration = AttemptLease.standardDuration
    var leases = LeaseMonitor()
    var trouble = StoreTrouble()
    var metrics = GatewayMetrics()
    /// How long the end of an attempt is tried to be written when the gateway is being stopped.
    var patienceAtStop: Duration = .seconds(20)
    /// The gateway that the attempts belong to.
    var gateway: String?

    /// What an attempt of this job may use.
    func limits(of job: Job) -> JobLimits {
        limits.tightened(by: sourceLimits[job.source]).tightened(by: job.limits)
            .tightened(by: JobLimits(wallSeconds: job.secondsLeft(at: .now())))
    }

    func logPath(of job: JobID) -> FilePath {
        jobsFolder.appending(job.rawValue).appending("log")
    }
}

/// Runs one attempt of one job: from `queued`, or from where an earlier gateway has left it, to the attempt's end.
struct AttemptRun: Sendable {
    /// What there is to do after it.
    enum Outcome: Sendable, Equatable {
        /// Nothing: the job has ended, or is not this attempt's any more.
        case over
        /// The next attempt, at this moment.
        case retry(at: ContinuousClock.Instant)
        /// The runner goes on without this gateway.
        case left
    }

    let surroundings: AttemptSurroundings
    let progress: JobProgress
    let stop: AttemptStop
    let logger: Logger
    /// What the runner will show; the same however often its start has to be tried, so that a start that was written
    /// without an answer is known again.
    var token = AttemptToken()

    /// Starts a runner; returns when the attempt has ended and nothing of the runner is left.
    ///
    /// - Throws: what the store throws when not even the start could be written; the job is still queued then.
    @discardableResult
    func run() async throws -> Outcome {
        // Nothing has begun yet, so it stays queued for the next gateway.
        guard stop.beginStart() else { return .left }
        defer { stop.endStart() }
        // It may have waited for a slot for longer than it had time.
        let waiting = await progress.job
        if let deadline = waiting.deadlineAt, deadline <= .now() {
            try await progress.end(.failed(.deadlineExceeded(deadline, last: waiting.lastError)))
            return .over
        }
        let secrets = [token.secret] + confidential
        await progress.conceal(Redaction(secrets: secrets))
        surroundings.liveLogs.open(progress.id)
        defer { surroundings.liveLogs.close(progress.id) }
        let log = openLog(secrets: secrets)
        let lease = AttemptLease(duration: surroundings.leaseDuration)
        let job: Job?
        do {
            job = try await progress.begin(
                token: token,
                launcher: surroundings.launcher.name,
                gateway: surroundings.gateway,
                lease: lease
            ) { [log] in
                await log?.tail ?? []
            }
        } catch {
            await log?.finish()
            throw error
        }
        surroundings.trouble.clear(progress.id)
        guard let job else {
            await log?.finish()
            return .over
        }
        await log?.beginAttempt(job.attempt)
        // Each attempt is a span of its own; what the runner asks the stores and the gateway is below it.
        let trace = progress.trace?.newSpan()
        var metadata: Logger.Metadata = ["source": "\(job.source)", "attempt": "\(job.attempt)"]
        if let trace { metadata["span"] = "\(trace.spanID)" }
        logger.info("Attempt starts", metadata: metadata)
        let assignment = Assignment(
            job: job.id,
            source: job.source,
            parameters: job.parameters,
            attempt: job.attempt,
            token: token.secret,
            gateway: surroundings.gatewayAddress,
            origin: surroundings.origins[job.source],
            storage: surroundings.storage,
            maxAttempts: job.maxAttempts,
            fetchSettings: surroundings.fetchSettings,
            trace: trace,
            hostTerms: job.hostTerms,
            isRetriedEndlessly: job.endlessRetries != nil
        )
        let limits = surroundings.limits(of: job)
        leaveInOrder(leftover(job, handle: nil, limits: limits), log)
        let holding = Task { await holdLease(lease) }
        defer { holding.cancel() }
        // A task of its own, as stopping the attempt must reach the launcher and nothing else.
        let launch = Task {
            try await surroundings.launcher.run(
                assignment,
                limits: limits,
                started: { handle in
                    // How long the launcher takes is not the runner's silence.
                    holding.cancel()
                    lease.renew()
                    watch(lease, leftover(job, handle: handle, limits: limits))
                    await progress.runnerStarted(handle: handle)
                    stop.endStart()
                },
                output: { await log?.append($0) }
            )
        }
        return await finish(job, launch, lease, log, limits)
    }

    /// Goes on with an attempt whose runner an earlier gateway has started.
    func adopt() async -> Outcome {
        guard stop.beginStart() else { return .left }
        defer { stop.endStart() }
        surroundings.liveLogs.open(progress.id)
        defer { surroundings.liveLogs.close(progress.id) }
        let log = openLog(secrets: confidential)
        // The attempt's own token is known by its hash only, until the runner shows it.
        await progress.conceal(Redaction(secrets: confidential)) { [log, confidential] token in
            await log?.conceal([token])
            return Redaction(secrets: confidential + [token])
        }
        let lease = AttemptLease(duration: surroundings.leaseDuration)
        let job = await progress.resume(lease: lease) { [log] in await log?.tail ?? [] }
        let limits = surroundings.limits(of: job)
        let runner = leftover(job, handle: job.runnerHandle, limits: limits)
        logger.info("An attempt of an earlier gateway goes on", metadata: ["attempt": "\(job.attempt)"])
        // One that may not run yet is not silent.
        let holding = runner.handle == nil ? Task { await holdLease(lease) } : nil
        defer { holding?.cancel() }
        if holding == nil { watch(lease, runner) }
        let launch = Task<RunnerExit, any Error> {
            let exit = try await surroundings.launcher.adopt(
                runner,
                started: { handle in
                    guard let holding else { return }
                    holding.cancel()
                    lease.renew()
                    watch(lease, leftover(job, handle: handle, limits: limits))
                    if let handle { await progress.runnerStarted(handle: handle) }
                },
                output: { await log?.append($0) }
            )
            return exit ?? RunnerExit(reason: "lost")
        }
        leaveInOrder(runner, log)
        stop.endStart()
        return await finish(job, launch, lease, log, limits)
    }

    /// When the runner is left, what was read is in the log, and the rest is for the next gateway to read.
    private func leaveInOrder(_ runner: LeftoverRunner, _ log: JobLog?) {
        stop.whenLeft { [launcher = surroundings.launcher] in
            await launcher.leave(runner)
            await log?.leave()
        }
    }

    /// What a runner is told in confidence, but for its token.
    private var confidential: [Secret] { surroundings.storage.secrets + surroundings.furtherSecrets }

    private func openLog(secrets: [Secret]) -> JobLog? {
        // A log that cannot be written costs the log, not the job.
        try? JobLog(
            path: surroundings.logPath(of: progress.id),
            secrets: secrets,
            maximumSize: surroundings.maximumLogSize,
            onGrowth: { [liveLogs = surroundings.liveLogs, id = progress.id] in liveLogs.wakeWatchers(of: id) }
        )
    }

    private func leftover(_ job: Job, handle: String?, limits: JobLimits) -> LeftoverRunner {
        LeftoverRunner(
            job: job.id,
            attempt: job.attempt,
            handle: handle,
            limits: limits
        )
    }

    /// Kills the runner when its lease has run out: one that does not report does not listen either.
    private func watch(_ lease: AttemptLease, _ runner: LeftoverRunner) {
        surroundings.leases.watch(lease) { [surroundings, progress, stop, logger] in
            // Asked and noted in one step, so that a reason which comes late does not stop the next attempt.
            guard !stop.isLeft, await progress.requestStop(.leaseExpired, ofAttempt: runner.attempt) else { return }
            logger.warning("The runner has not reported for as long as its lease lasts; killing it")
            stop.note(.leaseExpired)
            surroundings.metrics.leaseLost(source: await progress.job.source)
            _ = await surroundings.launcher.endLeftover(runner)
            // What could not be killed is at least asked.
            stop.endRunner()
        }
    }

    /// Keeps the lease in the job's row while the launcher starts the runner, which may take minutes where an image is
    /// pulled or a node is waited for.
    private func holdLease(_ lease: AttemptLease) async {
        while true {
            do { try await Task.sleep(for: lease.duration / 4) } catch { return }
            await progress.holdLease()
        }
    }

    private func finish(
        _ job: Job,
        _ launch: Task<RunnerExit, any Error>,
        _ lease: AttemptLease,
        _ log: JobLog?,
        _ limits: JobLimits
    ) async -> Outcome {
        stop.attach(launch)
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask { await progress.saveContinuously() }
            group.addTask { await dismissAfterEnd() }
            if let log { group.addTask { await publish(log) } }
            let outcome = await launch.result
            group.cancelAll()
            return outcome
        }
        surroundings.leases.stopWatching(lease)
        if stop.isLeft { return .left }
        await publishRest(of: log)
        await end(job.attempt, after: outcome, limits)
        if let moment = await progress.nextAttempt {
            logger.info("Attempt failed and is tried again", metadata: ["attempt": "\(job.attempt)"])
            return .retry(at: moment)
        }
        let ended = await progress.job
        guard ended.status.isTerminal else { return .over }
        logger.info("Job ended", metadata: ["status": "\(ended.status)", "code": "\(ended.error?.code ?? "")"])
        return .over
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

    /// Ends a runner that stays although its attempt has ended.
    private func dismissAfterEnd() async {
        await progress.waitForAttemptEnd()
        do { try await Task.sleep(for: surroundings.farewell) } catch { return }
        logger.warning("The runner lives on after its attempt has ended; stopping it")
        stop.endRunner()
    }

    /// Writes how the attempt ended, however long the store takes; unless the gateway is being stopped, whose next
    /// start finds the attempt and ends it.
    private func end(_ attempt: Int, after outcome: Result<RunnerExit, any Error>, _ limits: JobLimits) async {
        var delay = Duration.milliseconds(20)
        var lastTry: ContinuousClock.Instant?
        while await progress.isRunning(attempt: attempt) {
            do {
                try await progress.conclude(ending(after: outcome, limits), ofAttempt: attempt)
            } catch ReportRefusal.superseded {
                logger.warning("Another attempt has taken the job over")
                await progress.leaveSupersededAttempt()
                break
            } catch ReportRefusal.busy {
                try? await Task.sleep(for: delay)
            } catch {
                logger.warning("The attempt's end was not written; trying again", metadata: ["error": "\(error)"])
                surroundings.trouble.note(error, of: progress.id)
                if stop.isGatewayStopping {
                    let last = lastTry ?? .now + surroundings.patienceAtStop
                    if .now >= last { break }
                    lastTry = last
                }
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
        surroundings.trouble.clear(progress.id)
    }

    private func ending(after outcome: Result<RunnerExit, any Error>, _ limits: JobLimits) async -> JobEnding {
        let evidence = await progress.collectEvidence()
        switch outcome {
        case .success(let exit):
            return .afterExit(
                exit,
                stopReason: stop.reason,
                reportedCancelled: await progress.reportedCancelled,
                evidence: evidence,
                limits: limits,
                lease: surroundings.leaseDuration
            )
        case .failure where stop.reason == .cancelled:
            return .cancelled
        case .failure(let failure as JobFailure):
            return .failed(evidence.added(to: failure))
        case .failure(let error):
            return .failed(
                JobFailure(code: "runner_not_started", message: "The runner could not be started: \(error).")
            )
        }
    }
}
