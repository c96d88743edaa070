import IngotCore
import Logging
import ServiceLifecycle

/// Decides what becomes of the ticks of all schedules, and starts the runs.
///
/// It looks when the next tick is due, when something has changed, and at least every ``interval``. What it keeps of the
/// schedules is only a copy: whether a tick is still to be decided is a question for the store, see ``TickStore``.
actor Scheduler: Service {
    /// What of the gateway it needs.
    struct Surroundings: Sendable {
        /// The gateway that its runs belong to.
        var gateway: String
        var ids = JobIDSequence()
        /// How many attempts a run is given unless its definition says so.
        var maximumAttempts: Int
        /// The host of a source's upstream.
        var host: @Sendable (_ source: String) -> String?
        /// Told each run whose row was written.
        var started: @Sendable (StoredJob) async -> Void
        /// Cancels a run of this gateway.
        var cancel: @Sendable (JobID) async -> Void
        var now: @Sendable () -> Timestamp
    }

    private let definitions: DefinitionStore
    private let schedules: ScheduleStore
    private let ticks: TickStore
    private let surroundings: Surroundings
    private let metrics: GatewayMetrics
    private let logger: Logger
    /// The longest time between two looks, and after which schedules are read anew.
    private let interval: Duration
    /// How long what became of ticks is kept.
    private let keeping: Duration
    private var known: [Schedule] = []
    private var readAt: Timestamp?
    private var forgotAt: Timestamp?
    private var isOpen = false
    /// Wakes for the next tick.
    private var timer: Task<Void, Never>?
    private nonisolated let wakes: WakeSignal

    init(
        database: any Database,
        surroundings: Surroundings,
        interval: Duration = .seconds(10),
        keeping: Duration = .seconds(90 * 86_400),
        metrics: GatewayMetrics = GatewayMetrics(),
        wakes: WakeSignal = WakeSignal(),
        logger: Logger
    ) {
        self.wakes = wakes
        definitions = DefinitionStore(database: database)
        schedules = ScheduleStore(database: database)
        ticks = TickStore(database: database)
        self.surroundings = surroundings
        self.interval = interval
        self.keeping = keeping
        self.metrics = metrics
        self.logger = logger
    }

    /// Begins to look, now that the tables are there.
    func open() {
        isOpen = true
        wakes.wake()
    }

    /// Says that a schedule has changed or a run has ended.
    nonisolated func wake() { wakes.wake() }

    /// Says that schedules have changed, so that they are read anew.
    func reload() {
        readAt = nil
        wake()
    }

    /// For how long the most overdue tick of those that are known waits to be decided.
    var longestDelay: Duration {
        let now = surroundings.now()
        let starts = known.filter(\.isEnabled).compactMap { schedule in
            schedule.timing.next(after: schedule.decidedUntil).map(schedule.start)
        }
        guard let first = starts.min(), first < now else { return .zero }
        return .milliseconds(now.millisecondsSinceEpoch - first.millisecondsSinceEpoch)
    }

    /// Looks until the gateway stops.
    func run() async throws {
        defer { timer?.cancel() }
        for await _ in wakes.signals.cancelOnGracefulShutdown() {
            timer?.cancel()
            guard isOpen else { continue }
            var pause = Duration.seconds(1)
            do { pause = try await look() } catch {
                logger.warning("Schedules could not be looked at; trying again", metadata: ["error": "\(error)"])
            }
            timer = Task { [wakes, pause] in
                do { try await Task.sleep(for: pause) } catch { return }
                wakes.wake()
            }
        }
    }

    // MARK: - One look

    /// Decides every tick that has come.
    ///
    /// - Returns: how long until there may be something to decide again, at most ``interval``.
    /// - Throws: `DatabaseError`; what was decided before that stays decided.
    @discardableResult
    func look() async throws -> Duration {
        let now = surroundings.now()
        try await readSchedules(at: now)
        var next = now.advanced(by: interval)
        var isOutdated = false
        for index in known.indices where known[index].isEnabled {
            let schedule = known[index]
            let plan = TickPlan(schedule, at: now)
            for (reason, due) in plan.skips {
                try await ticks.skip(due, because: reason, of: schedule, at: now)
                metrics.ticksDecided(.skipped, because: reason, due.count)
            }
            for (place, due) in plan.runs.enumerated() {
                isOutdated = try await start(due, of: schedule, followsAnother: place > 0, at: now) || isOutdated
            }
            // Other calls may have read the schedules anew in between.
            if let until = plan.until, known.indices.contains(index), known[index] == schedule {
                known[index].decidedUntil = until
            }
            if let later = plan.next { next = min(next, later) }
        }
        try await startWaiting(at: now)
        for id in try await ticks.cancelledRuns(of: surroundings.gateway) { await surroundings.cancel(id) }
        try await forget(at: now)
        if isOutdated {
            readAt = nil
            return .zero
        }
        return max(.zero, .milliseconds(next.millisecondsSinceEpoch - surroundings.now().millisecondsSinceEpoch))
    }

    private func readSchedules(at now: Timestamp) async throws {
        if let readAt, readAt <= now, now < readAt.advanced(by: interval) { return }
        let read = try await schedules.all()
        // What was decided here is decided, though the row may not say so yet.
        let decided = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
        known = read.map { schedule in
            var schedule = schedule
            if let earlier = decided[schedule.id], earlier.updatedAt == schedule.updatedAt {
                schedule.decidedUntil = max(schedule.decidedUntil, earlier.decidedUntil)
            }
            return schedule
        }
        readAt = now
    }

    /// - Returns: whether the schedule is another one than is known.
    private func start(
        _ due: Timestamp,
        of schedule: Schedule,
        followsAnother: Bool,
        at now: Timestamp
    ) async throws -> Bool {
        guard let definition = try await definitions.definition(schedule.definitionID) else { return true }
        let outcome = try await ticks.start(
            TickStore.Start(
                schedule: schedule,
                due: due,
                run: run(of: definition, schedule, due, at: now),
                followsAnother: followsAnother,
                now: now
            )
        )
        if let decision = outcome.decision { metrics.ticksDecided(decision, because: outcome.reason) }
        if let started = outcome.started { await tell(started, schedule) }
        for id in outcome.replaced { await surroundings.cancel(id) }
        return outcome.isOutdated
    }

    /// Starts what waited for a run that has ended; one that is skipped lets the next one start.
    private func startWaiting(at now: Timestamp) async throws {
        for _ in 0..<OverlapPolicy.maximumWaiting {
            let waiting = try await ticks.startable()
            if waiting.isEmpty { return }
            for (id, due) in waiting { try await startWaiting(id, due, at: now) }
        }
    }

    private func startWaiting(_ id: Int64, _ due: Timestamp, at now: Timestamp) async throws {
        guard let schedule = try await schedules.schedule(id),
            let definition = try await definitions.definition(schedule.definitionID)
        else { return }
        let started = try await ticks.startWaiting(
            TickStore.Start(
                schedule: schedule,
                due: due,
                run: run(of: definition, schedule, due, at: now),
                followsAnother: true,
                now: now
            )
        )
        if let started { await tell(started, schedule) }
    }

    private func run(
        of definition: JobDefinition,
        _ schedule: Schedule,
        _ due: Timestamp,
        at now: Timestamp
    ) -> StoredJob {
        var job = Job(
            id: surroundings.ids.next(at: now),
            source: definition.source,
            parameters: definition.parameters.overlaid(with: schedule.parameters),
            createdAt: now,
            maxAttempts: definition.maximumAttempts ?? surroundings.maximumAttempts,
            priority: definition.priority,
            limits: definition.limits
        )
        job.createdBy = "schedule \(schedule.id)"
        DefinitionRun(
            of: definition,
            tick: DefinitionRun.Tick(scheduleID: schedule.id, due: due),
            deadlineAt: schedule.deadline(of: due),
            at: now
        ).apply(to: &job)
        return StoredJob(job: job, gateway: surroundings.gateway, host: surroundings.host(definition.source))
    }

    private func tell(_ run: StoredJob, _ schedule: Schedule) async {
        logger.info(
            "A schedule has started a run",
            metadata: [
                "job": "\(run.job.id)", "schedule": "\(schedule.id)", "due": "\(run.job.scheduledFor ?? .now())",
            ]
        )
        await surroundings.started(run)
    }

    private func forget(at now: Timestamp) async throws {
        if let forgotAt, forgotAt <= now, now < forgotAt.advanced(by: .seconds(3600)) { return }
        try await ticks.forget(before: now.advanced(by: .zero - keeping))
        forgotAt = now
    }
}
