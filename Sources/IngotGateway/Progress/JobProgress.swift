import IngotCore
import Logging
import NIOCore

/// The one actor of a job: it orders the job's events, persists snapshots and the terminal state, and fans out.
actor JobProgress {
    /// The shortest time between two saved snapshots.
    static let saveInterval: Duration = .seconds(2)
    /// The longest message that is kept, in characters.
    static let maximumMessageLength = 65_536

    /// How long a job waits for its next attempt unless the gateway is told otherwise.
    static let standardRetries = RetryPolicy(
        maximumAttempts: .max,
        firstDelay: .seconds(1),
        maximumDelay: .seconds(60)
    )

    nonisolated let id: JobID
    /// The trace that the job's request is part of, with the gateway's span for it.
    nonisolated let trace: TraceContext?
    private let store: JobStore
    private let logger: Logger
    private let retries: RetryPolicy
    private let now: @Sendable () -> Timestamp
    /// Told the job when it has changed for watchers, and whether more has than how far it is.
    private let changed: @Sendable (Job, _ isNewState: Bool) -> Void
    /// Told the number of an attempt when it has ended, however it did.
    private let attemptEnded: @Sendable (Int) -> Void

    private let metrics: GatewayMetrics

    private var current: Job
    private var tokenHashes: [String]
    private var machine: JobMachine
    private var log: ProgressLog
    private var evidence = AttemptEvidence()
    /// What the runner of the newest attempt used over time.
    private(set) var samples = ResourceSamples()
    private var isEnding = false
    private var isBeginning = false
    /// Whether a start was sent to the store and no answer came.
    private var hasUncertainBeginning = false
    /// Whether the store holds the runner's handle.
    private var isHandleSaved = true
    private var lease: AttemptLease?
    /// When the attempt was begun here; `nil` for one that an earlier gateway has begun.
    private var begunAt: ContinuousClock.Instant?
    private var hasReported = false
    /// The number of the newest event of the attempt whose counts were added.
    private var countedThrough: Int64 = 0
    /// The attempt that was begun or resumed here last.
    private var watchedAttempt: Int?
    /// When the next attempt of a waiting job is due, on a clock that only goes forward.
    private var retryDue: ContinuousClock.Instant?
    /// Ends when the attempt has, whether its runner is gone or not.
    private var attemptEnd = AsyncStream<Void>.makeStream()
    private var watchers = WatcherSet()
    private var logTail: @Sendable () async -> [String] = { [] }
    /// Takes out of reports what the attempt was told in confidence.
    private var redaction = Redaction.none
    /// Told the token of an attempt that an earlier gateway has begun, once the runner shows it.
    private var learnToken: (@Sendable (Secret) async -> Redaction)?
    /// Wakes the saver of the attempt that runs.
    private var dirty: AsyncStream<Void>.Continuation?

    /// - Parameters:
    ///   - retries: how long a job waits for its next attempt.
    ///   - now: the clock of all times that are written.
    ///   - changed: told the job when watchers are, and whether more has changed than how far it is.
    ///   - metrics: counts what becomes of the job.
    ///   - attemptEnded: told the number of each attempt when it has ended, been superseded or been lost.
    init(
        _ stored: StoredJob,
        store: JobStore,
        logger: Logger,
        retries: RetryPolicy = JobProgress.standardRetries,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        metrics: GatewayMetrics = GatewayMetrics(),
        changed: @escaping @Sendable (Job, _ isNewState: Bool) -> Void = { _, _ in },
        attemptEnded: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.metrics = metrics
        id = stored.job.id
        trace = stored.trace
        current = stored.job
        tokenHashes = stored.tokenHashes
        self.store = store
        self.logger = logger
        self.retries = retries
        self.now = now
        self.changed = changed
        self.attemptEnded = attemptEnded
        machine = JobMachine(status: stored.job.status, attempt: stored.job.attempt)
        log = ProgressLog(of: stored.job)
        if stored.cancelRequestedAt != nil { machine.requestStop(.cancelled) }
        if stored.job.status != .running { attemptEnd.continuation.finish() }
    }

    /// The job as it is now.
    var job: Job {
        var job = current
        job.lastSequence = log.lastSequence
        return job
    }

    var isEnded: Bool { machine.status.isTerminal }
    var stopReason: StopReason? { machine.stopReason }
    var reportedCancelled: Bool { machine.reportedCancelled }

    // MARK: - The attempt

    /// Starts the next attempt: queued → running, durable when this returns.
    ///
    /// - Parameters:
    ///   - gateway: the gateway that runs it.
    ///   - lease: what the attempt's reports renew.
    ///   - logTail: the last lines of the attempt's log, asked for when it fails.
    /// It may be repeated with the same token after it has thrown.
    ///
    /// - Returns: the job; `nil` when it is not queued any more, or is to be stopped.
    func begin(
        token: AttemptToken,
        launcher: String,
        gateway: String? = nil,
        lease: AttemptLease = AttemptLease(),
        logTail: @escaping @Sendable () async -> [String]
    ) async throws -> Job? {
        var next = machine
        guard !isEnding, !isBeginning, machine.stopReason == nil else { return nil }
        // An earlier call with this token has taken effect, and its answer was lost.
        let isBegun = machine.status == .running && self.lease == nil && tokenHashes.last == token.hash
        guard let attempt = isBegun ? machine.attempt : next.begin() else { return nil }
        isBeginning = true
        hasUncertainBeginning = true
        defer { isBeginning = false }
        let time = now()
        let stored = try await store.begin(
            JobStore.Beginning(
                job: id,
                attempt: attempt,
                tokenHash: token.hash,
                launcher: launcher,
                now: time,
                leaseExpiresAt: time.advanced(by: lease.duration),
                sequence: log.lastSequence + 1,
                gateway: gateway
            )
        )
        hasUncertainBeginning = false
        guard let stored else { return nil }
        if let reason = machine.stopReason { next.requestStop(reason) }
        machine = next
        let due = max(current.createdAt, current.nextAttemptAt ?? current.createdAt)
        current = stored.job
        tokenHashes = stored.tokenHashes
        isHandleSaved = true
        begunAt = .now
        hasReported = false
        let wait = Duration.milliseconds(time.millisecondsSinceEpoch - due.millisecondsSinceEpoch)
        metrics.attemptStarted(current, after: wait)
        lease.renew()
        watchAttempt(lease, logTail)
        publishProgress(isNewState: true)
        log.noteSaved(log.lastSequence)
        return job
    }

    /// Goes on with the attempt that an earlier gateway has begun.
    ///
    /// - Returns: the job as it is now; the attempt may have ended already.
    func resume(lease: AttemptLease, logTail: @escaping @Sendable () async -> [String]) -> Job {
        // A runner whose attempt has ended already is to go.
        if machine.status == .running { watchAttempt(lease, logTail) } else { attemptEnd.continuation.finish() }
        return job
    }

    /// Takes what the job's row says, where nothing that this gateway runs knows better.
    ///
    /// - Returns: the row; `nil` when there is none.
    @discardableResult
    func refresh() async throws -> StoredJob? {
        guard let stored = try await store.job(id) else { return nil }
        try take(stored)
        return stored
    }

    private func take(_ stored: StoredJob) throws {
        guard !isEnded, !isEnding, !isBeginning, lease == nil else { return }
        if stored.job.status.isTerminal { return try finish(stored) }
        hasUncertainBeginning = false
        if stored.cancelRequestedAt != nil { machine.requestStop(.cancelled) }
        guard stored.job.status != machine.status || stored.job.attempt != machine.attempt else { return }
        machine.take(stored.job.status, attempt: stored.job.attempt)
        current = stored.job
        tokenHashes = stored.tokenHashes
    }

    /// Makes it durable that the job is to be cancelled, before anybody is promised that it will be.
    func recordCancel() async throws {
        if let stored = try await store.requestCancel(id, at: now()) { try take(stored) }
    }

    private func watchAttempt(_ lease: AttemptLease, _ logTail: @escaping @Sendable () async -> [String]) {
        self.lease = lease
        watchedAttempt = machine.attempt
        self.logTail = logTail
        retryDue = nil
        evidence = AttemptEvidence()
        samples = ResourceSamples()
        attemptEnd = AsyncStream.makeStream()
        countedThrough = 0
    }

    /// Whether this attempt is the job's current one and has not ended.
    func isRunning(attempt: Int) -> Bool { machine.status == .running && machine.attempt == attempt }

    /// When the next attempt is due; `nil` when none is waited for.
    var nextAttempt: ContinuousClock.Instant? { machine.status == .queued ? retryDue : nil }

    /// Returns when the attempt that runs now has ended, or the task is cancelled.
    nonisolated func waitForAttemptEnd() async {
        for await _ in await attemptEnd.stream {}
    }

    /// Keeps the secrets of the attempt that is about to report out of all that is shown and stored.
    ///
    /// - Parameter learnToken: told the attempt's token when a report carries it, for a gateway that has not made it;
    ///   what it gives is concealed from then on.
    func conceal(_ redaction: Redaction, learnToken: (@Sendable (Secret) async -> Redaction)? = nil) {
        self.redaction = redaction
        self.learnToken = learnToken
    }

    /// Notes the launcher's name for the runner.
    func runnerStarted(handle: String) async {
        guard current.status == .running else {
            // It was quicker than its launcher. What has ended does not change; its attempt still names the runner.
            try? await store.recordHandle(handle, job: id, attempt: machine.attempt)
            return
        }
        current.runnerHandle = handle
        isHandleSaved = false
        do { try await saveHandle() } catch {
            logger.warning("The runner's handle was not saved; trying again", metadata: ["error": "\(error)"])
            dirty?.yield()
        }
    }

    private func saveHandle() async throws {
        guard !isHandleSaved, let handle = current.runnerHandle else { return }
        let attempt = machine.attempt
        try await store.recordHandle(handle, job: id, attempt: attempt)
        if machine.attempt == attempt { isHandleSaved = true }
    }

    /// Makes the answer to the runner's next report ask it to stop.
    func requestStop(_ reason: StopReason) {
        machine.requestStop(reason)
    }

    /// Makes the answer to the next report of this attempt's runner ask it to stop.
    ///
    /// - Returns: whether the attempt runs; where it does not, nothing has changed.
    func requestStop(_ reason: StopReason, ofAttempt attempt: Int) -> Bool {
        guard isRunning(attempt: attempt) else { return false }
        machine.requestStop(reason)
        return true
    }

    /// What is known for a failure's record.
    func collectEvidence() async -> AttemptEvidence {
        var evidence = evidence
        evidence.logTail = await logTail()
        return evidence
    }

    /// Whether the token is that of one of the job's attempts, and of which.
    func attempt(ofToken token: String) async -> Int? {
        guard let index = tokenHashes.firstIndex(of: AttemptToken.hash(of: token)) else { return nil }
        let attempt = machine.attempt - (tokenHashes.count - 1 - index)
        if let learn = learnToken, attempt == machine.attempt {
            learnToken = nil
            redaction = await learn(Secret(token))
        }
        return attempt
    }

    /// Takes a runner's report.
    ///
    /// A terminal outcome is durable when this returns. A runner that says it was cancelled still lives, so its job
    /// ends only when its process has.
    ///
    /// - Throws: ``ReportRefusal``; `DatabaseError` when the terminal state could not be written, so that the runner
    ///   tells it again.
    func receive(_ report: RunnerReport, fromAttempt attempt: Int) async throws -> ReportAnswer {
        // Contact is contact, whether what it brings can be written or not.
        if isRunning(attempt: attempt) {
            lease?.renew()
            metrics.leaseRenewed(current)
            if let begunAt, !hasReported { metrics.firstReport(current, after: .now - begunAt) }
            hasReported = true
        }
        if log.mustSaveFirst { try await save() }
        guard !isEnding else { throw ReportRefusal.busy }
        let events: [RunnerEvent]
        switch machine.decide(attempt: attempt, events: report.events) {
        case .superseded: throw ReportRefusal.superseded(current: machine.attempt)
        case .ended(let status): throw ReportRefusal.ended(status)
        case .take(let new): events = new.map(redaction.redact)
        }
        for event in events {
            note(event)
            // Also of an end that comes too late; what was counted once is known by its number.
            add(countsOf: event)
            if event.kind == .finished, let ending = await ending(of: event) {
                // The same report may have come twice, and the other one have been faster.
                guard isRunning(attempt: attempt) else {
                    if isEnded { throw ReportRefusal.ended(machine.status) }
                    throw ReportRefusal.superseded(current: machine.attempt)
                }
                try await conclude(ending, ofAttempt: attempt)
            }
            guard machine.attempt == attempt else { throw ReportRefusal.superseded(current: machine.attempt) }
            machine.accept(event)
        }
        if !isEnded { dirty?.yield() }
        return ReportAnswer(accepted: machine.accepted, stop: machine.stopReason != nil)
    }

    /// Ends an attempt: the job ends with it, unless its cause can pass and attempts are left.
    ///
    /// Nothing happens when the attempt does not run any more: its end is written already.
    ///
    /// - Throws: as ``end(_:)`` does.
    func conclude(_ ending: JobEnding, ofAttempt attempt: Int) async throws {
        guard isRunning(attempt: attempt) else { return }
        guard case .failed(var failure) = ending else {
            try await end(ending)
            return
        }
        failure.attempts = machine.attempt
        if let late = lateness(after: failure) {
            try await end(.failed(late))
        } else if machine.mayRetry(failure, of: current) {
            try await requeue(after: failure)
        } else if machine.stopReason == .cancelled, failure.isTransient, !current.hasNoAttemptsLeft {
            // It would have gone on, but was asked not to.
            try await end(.cancelled)
        } else {
            try await end(.failed(failure))
        }
    }

    /// What a job with a deadline fails with when its attempt has failed after that.
    private func lateness(after failure: JobFailure) -> JobFailure? {
        guard let deadline = current.deadlineAt, now() >= deadline, machine.stopReason != .cancelled else { return nil }
        return .deadlineExceeded(deadline, last: failure)
    }

    private var pauseBeforeNextAttempt: Duration {
        var generator = SystemRandomNumberGenerator()
        if let endless = current.endlessRetries { return endless.pause(using: &generator) }
        return retries.delay(afterAttempt: machine.attempt, using: &generator) ?? retries.maximumDelay
    }

    /// running → queued, durable when this returns; the job ends when its next attempt would begin after its deadline.
    private func requeue(after failure: JobFailure) async throws {
        let delay = pauseBeforeNextAttempt
        if let deadline = current.deadlineAt, now().advanced(by: delay) >= deadline {
            try await end(.failed(.deadlineExceeded(deadline, last: failure)))
            return
        }
        guard !isEnding else { throw ReportRefusal.busy }
        isEnding = true
        defer { isEnding = false }
        let time = now()
        let next = time.advanced(by: delay)
        let due = ContinuousClock.now + delay
        let message = """
            attempt \(machine.attempt) failed (\(failure.code): \(failure.message)); \
            attempt \(machine.attempt + 1) at \(next)
            """
        let stored = try await store.requeue(
            JobStore.Requeuing(
                job: job,
                failure: failure,
                message: String(message.prefix(JobProgress.maximumMessageLength)),
                now: time,
                nextAttemptAt: next,
                sequence: log.lastSequence + 1,
                use: use
            )
        )
        // The attempt had committed its result.
        if stored.job.status.isTerminal {
            try finish(stored, isCounted: true)
            return
        }
        guard stored.job.status == .queued, stored.job.attempt == machine.attempt, machine.move(to: .queued) else {
            throw ReportRefusal.superseded(current: stored.job.attempt)
        }
        current = stored.job
        retryDue = due
        metrics.retried(current, failure, run: runTime)
        publishProgress(sequence: stored.job.lastSequence, isNewState: true)
        log.noteSaved(log.lastSequence)
        leaveAttempt()
    }

    /// Publishes lines of the attempt's log.
    func publishLog(_ lines: [String], omitted: Int) {
        guard machine.status == .running, !isEnding, !log.isExhausted, !lines.isEmpty || omitted > 0 else { return }
        publish(.log, EventData.Log(lines: lines, omitted: omitted, at: now()))
        dirty?.yield()
    }

    /// Ends the job.
    ///
    /// The terminal state is durable before anybody sees it.
    ///
    /// - Returns: the job as it ended, which may be otherwise than asked for: see ``JobStore/end(_:_:at:sequence:)``.
    /// - Throws: `DatabaseError` when it could not be written, and nothing has changed; ``ReportRefusal`` when another
    ///   attempt has taken the job over, or the job is just ending.
    @discardableResult
    func end(_ ending: JobEnding) async throws -> Job {
        if hasUncertainBeginning, !isBeginning { try await refresh() }
        guard !isEnded else { return job }
        guard !isEnding, !isBeginning else { throw ReportRefusal.busy }
        isEnding = true
        defer { isEnding = false }
        let stored = try await store.end(
            job,
            ending,
            at: now(),
            sequence: log.lastSequence + 1,
            use: use
        )
        guard stored.job.status.isTerminal || stored.job.attempt == current.attempt else {
            throw ReportRefusal.superseded(current: stored.job.attempt)
        }
        try finish(stored, isCounted: true)
        return current
    }

    /// Shows the end that is in the store.
    ///
    /// - Parameter isCounted: whether this gateway has ended the job; whoever sees the end finds it counted.
    private func finish(_ stored: StoredJob, isCounted: Bool = false) throws {
        guard stored.job.status.isTerminal else {
            throw DatabaseError(
                kind: .malformedAnswer,
                message: "job \(id) did not end; its row is \(stored.job.status)"
            )
        }
        machine.take(stored.job.status, attempt: stored.job.attempt)
        current = stored.job
        let entry = log.append(.done, EventData.encode(stored.job), sequence: stored.job.lastSequence)
        log.noteSaved(entry.sequence)
        if isCounted { metrics.ended(current, run: runTime) }
        watchers.finish(with: entry.frame)
        changed(current, true)
        leaveAttempt()
    }

    private func leaveAttempt() {
        if let watchedAttempt { attemptEnded(watchedAttempt) }
        watchedAttempt = nil
        dirty?.finish()
        lease = nil
        logTail = { [] }
        attemptEnd.continuation.finish()
    }

    /// Lets go of an attempt that another one has taken the job over from: the row knows better from now on.
    func leaveSupersededAttempt() async {
        leaveAttempt()
        do { try await refresh() } catch {
            // Who settles the job reads the row again.
            logger.debug("The job's row was not read", metadata: ["error": "\(error)"])
        }
    }

    /// Saves snapshots while the job runs: at once, and then at most once in ``saveInterval``.
    func saveContinuously() async {
        let (signals, dirty) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.dirty = dirty
        if !isHandleSaved { dirty.yield() }
        if machine.status != .running { return }
        for await _ in signals {
            do {
                try await save()
            } catch {
                logger.warning("The job's progress was not saved; trying again", metadata: ["error": "\(error)"])
                dirty.yield()
            }
            do { try await Task.sleep(for: JobProgress.saveInterval) } catch { return }
        }
    }

    /// Keeps the attempt's lease while its runner is not there yet, for the gateways that read it in the row.
    func holdLease() {
        lease?.renew()
        dirty?.yield()
    }

    // MARK: - Watchers

    /// How the stream of a watcher that has seen the events up to `after` would start.
    func start(after: Int64?) -> ProgressLog.Start {
        log.start(after: after, isEnded: isEnded)
    }

    /// Starts a watcher: what it has missed is on its way when this returns, and what comes follows it.
    func watch(_ watcher: Watcher, after: Int64?) {
        let start =
            switch log.start(after: after, isEnded: isEnded) {
            case .snapshot: joined(EventFrame.preamble, snapshot(.snapshot))
            case .reset: joined(EventFrame.preamble, snapshot(.reset))
            case .replay(let entries): entries.reduce(EventFrame.preamble) { joined($0, $1.frame) }
            case .nothingLeft: EventFrame.preamble
            }
        watchers.start(watcher, with: start)
        if isEnded { watchers.finish(watcher) }
    }

    /// Gives a watcher that was too slow the job as it is now.
    func resynchronize(_ watcher: Watcher) {
        watchers.restart(watcher, with: snapshot(.reset))
    }

    /// Lets go of a watcher.
    func unwatch(_ watcher: Watcher) {
        watchers.remove(watcher)
    }

    /// Returns when the job has ended, or the task is cancelled.
    nonisolated func waitForEnd() async {
        let queue = WatcherQueue(maximumFrames: 1, maximumBytes: 0)
        await watchEnd(queue)
        for await _ in queue.signals {}
        await unwatchEnd(queue)
    }

    private func watchEnd(_ queue: WatcherQueue) {
        if isEnded { queue.close() } else { watchers.insert(queue) }
    }

    private func unwatchEnd(_ queue: WatcherQueue) {
        watchers.remove(queue)
    }

    /// Keeps the watchers' connections open.
    func beat() {
        watchers.beat()
    }

    // MARK: - Details

    private func save() async throws {
        guard machine.status == .running, !isEnding else { return }
        try await saveHandle()
        let snapshot = job
        try await store.saveProgress(
            of: snapshot,
            leaseExpiresAt: now().advanced(by: lease?.duration ?? AttemptLease.standardDuration)
        )
        log.noteSaved(snapshot.lastSequence)
    }

    /// Adds what the runner counted, once for each event: a repeated one has a number that was seen.
    private func add(countsOf event: RunnerEvent) {
        guard event.sequence > countedThrough else { return }
        countedThrough = event.sequence
        if let counts = event.metrics { metrics.add(counts, source: current.source) }
    }

    /// What the attempt's runner has used, as far as it told.
    private var use: AttemptUse {
        AttemptUse(
            peakMemoryBytes: evidence.peakMemoryBytes,
            cpuSeconds: evidence.cpuSeconds,
            samples: samples.text
        )
    }

    /// How long the attempt has run; `nil` where this gateway did not see it begin.
    private var runTime: Duration? {
        defer { begunAt = nil }
        return begunAt.map { .now - $0 }
    }

    private func note(_ event: RunnerEvent) {
        evidence.peakMemoryBytes = event.peakMemoryBytes ?? evidence.peakMemoryBytes
        // What no process can have used is no evidence.
        if let seconds = event.cpuSeconds, (0...1e9).contains(seconds) { evidence.cpuSeconds = seconds }
        samples.add(event, at: now())
        switch event.kind {
        // The launcher reads the log, whole and also when the runner dies.
        case .heartbeat, .log, .finished: break
        case .progress:
            current.progress = min(100, max(0, event.progress ?? current.progress))
            current.message =
                event.message.map { String($0.prefix(JobProgress.maximumMessageLength)) } ?? current.message
            publishProgress()
        case .unit:
            guard let unit = event.unit, let status = event.unitStatus else { return }
            publish(
                .unit,
                EventData.Unit(unit: unit, status: status, counts: event.counts, error: event.error, at: now())
            )
        }
    }

    private func ending(of event: RunnerEvent) async -> JobEnding? {
        switch event.outcome {
        case .succeeded: return .succeeded(event.result ?? .object([:]))
        case .cancelled: return nil
        case .failed, .queued, .running, nil:
            let failure =
                event.error
                ?? JobFailure(code: "runner_unclear", message: "The runner ended without saying how the job went.")
            // Cancelled, and failed for a cause that could pass: it would have gone on, but was asked not to.
            if machine.stopReason == .cancelled, failure.isTransient, machine.attempt < current.maxAttempts {
                return nil
            }
            return .failed(await collectEvidence().added(to: failure))
        }
    }

    private func publishProgress(sequence: Int64? = nil, isNewState: Bool = false) {
        current.updatedAt = now()
        publish(
            .progress,
            EventData.Progress(
                status: current.status,
                progress: current.progress,
                message: current.message,
                attempt: current.attempt,
                at: current.updatedAt
            ),
            sequence: sequence
        )
        changed(current, isNewState)
    }

    private func publish(_ kind: JobEvent.Kind, _ value: some Encodable, sequence: Int64? = nil) {
        let entry = log.append(kind, EventData.encode(value), sequence: sequence)
        watchers.offer(entry.frame)
    }

    /// The job as it is now, as the start of a stream.
    ///
    /// After the end it carries the number before the last event's,
    /// which follows it.
    private func snapshot(_ kind: JobEvent.Kind) -> ByteBuffer {
        let sequence = isEnded ? log.lastSequence - 1 : log.lastSequence
        let frame = EventFrame.encode(JobEvent(sequence: sequence, kind: kind, data: EventData.encode(job)))
        guard isEnded, let last = log.last else { return frame }
        return joined(frame, last.frame)
    }

    private func joined(_ left: ByteBuffer, _ right: ByteBuffer) -> ByteBuffer {
        var whole = left
        whole.writeImmutableBuffer(right)
        return whole
    }
}
