import IngotCore
import IngotEmbedded
import IngotTesting
import Synchronization
import Testing

@testable import IngotGateway

@Suite("Ticks that come while a run is going on")
struct OverlapTests {
    private static let begin = Timestamp(lenient: "2026-03-01T00:00:00Z") ?? .now()

    /// A schedule that is due every minute, a scheduler, and what it does.
    private actor Stage {
        private let store: JobStore
        private let schedules: ScheduleStore
        private let ticks: TickStore
        private let scheduler: Scheduler
        private let clock: Clock
        private let log: Log
        private var schedule: Schedule

        final class Clock: Sendable {
            private let time = Mutex(OverlapTests.begin)
            var now: Timestamp { time.withLock { $0 } }
            func set(_ moment: Timestamp) { time.withLock { $0 = moment } }
        }

        actor Log {
            var started: [JobID] = []
            var cancelled: [JobID] = []
            func start(_ run: StoredJob) { started.append(run.job.id) }
            func cancel(_ id: JobID) { if !cancelled.contains(id) { cancelled.append(id) } }
        }

        init(_ database: any Database, overlap: OverlapPolicy, deadlineSeconds: Int? = nil) async throws {
            store = JobStore(database: database)
            try await store.prepare()
            let definitions = DefinitionStore(database: database)
            try await definitions.prepare()
            let begin = OverlapTests.begin
            let new = JobDefinition(
                id: 0,
                name: "calls",
                source: "probe",
                parameters: [:],
                createdAt: begin,
                updatedAt: begin
            )
            guard case .added(let definition) = try await definitions.add(new) else { throw CancellationError() }
            schedules = ScheduleStore(database: database)
            ticks = TickStore(database: database)
            let wanted = Schedule(
                id: 0,
                definitionID: definition.id,
                timing: .every(seconds: 60, from: begin),
                parameters: [:],
                overlap: overlap,
                deadlineSeconds: deadlineSeconds,
                decidedUntil: begin,
                createdAt: begin,
                updatedAt: begin
            )
            schedule = try #require(try await schedules.add(wanted))
            let (clock, log) = (Clock(), Log())
            (self.clock, self.log) = (clock, log)
            scheduler = Scheduler(
                database: database,
                surroundings: Scheduler.Surroundings(
                    gateway: "one",
                    maximumAttempts: 1,
                    host: { _ in nil },
                    started: { await log.start($0) },
                    cancel: { await log.cancel($0) },
                    now: { clock.now }
                ),
                logger: .silent
            )
        }

        /// Looks at so many minutes after the begin.
        func look(atMinute minute: Int) async throws {
            clock.set(OverlapTests.begin.advanced(by: .seconds(minute * 60 + 1)))
            await scheduler.reload()
            try await scheduler.look()
        }

        func end(_ run: JobID, _ ending: JobEnding = .succeeded([:])) async throws {
            let stored = try #require(try await store.job(run))
            _ = try await store.end(stored.job, ending, at: clock.now, sequence: 1)
            try await scheduler.look()
        }

        func switchOff() async throws {
            let earlier = schedule.updatedAt
            schedule.isEnabled = false
            schedule.updatedAt = clock.now
            #expect(try await schedules.update(schedule, changedLast: earlier))
            await scheduler.reload()
        }

        /// What became of the ticks, the first one first.
        func decisions() async throws -> [String] {
            try await ticks.ticks(of: schedule.id, before: nil, limit: 100).reversed().map {
                $0.decision.rawValue + ($0.reason.map { " \($0.rawValue)" } ?? "")
            }
        }

        var started: [JobID] { get async { await log.started } }
        var cancelled: [JobID] { get async { await log.cancelled } }
    }

    private func with(
        _ overlap: OverlapPolicy,
        deadlineSeconds: Int? = nil,
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        try await withEmbeddedCloud { cloud in
            try await body(try await Stage(cloud.database, overlap: overlap, deadlineSeconds: deadlineSeconds))
        }
    }

    @Test("skip: they are not run, and the next one after the run's end is")
    func skip() async throws {
        try await with(.skip) { stage in
            for minute in 1...3 { try await stage.look(atMinute: minute) }
            #expect(try await stage.decisions() == ["run", "skipped overlap", "skipped overlap"])
            try await stage.end(try #require(await stage.started.first))
            #expect(await stage.started.count == 1)
            try await stage.look(atMinute: 4)
            #expect(try await stage.decisions().last == "run")
            #expect(await stage.started.count == 2)
        }
    }

    @Test("queue: they are run one after the other, in their order")
    func queue() async throws {
        try await with(.queue) { stage in
            for minute in 1...3 { try await stage.look(atMinute: minute) }
            #expect(try await stage.decisions() == ["run", "waiting", "waiting"])
            try await stage.end(await stage.started[0])
            #expect(try await stage.decisions() == ["run", "run", "waiting"])
            try await stage.end(await stage.started[1])
            #expect(try await stage.decisions() == ["run", "run", "run"])
            #expect(await stage.started.count == 3)
            #expect(await stage.cancelled.isEmpty)
        }
    }

    @Test("queue: one whose deadline passes while it waits is not run")
    func queueWithDeadline() async throws {
        try await with(.queue, deadlineSeconds: 90) { stage in
            for minute in 1...4 { try await stage.look(atMinute: minute) }
            try await stage.end(await stage.started[0])
            // The tick of minute 2 was due 121 seconds ago; the one of minute 3 is started.
            try await stage.look(atMinute: 4)
            #expect(try await stage.decisions() == ["run", "skipped deadline", "run", "waiting"])
        }
    }

    @Test("queue: one whose schedule is switched off while it waits is not run")
    func switchedOff() async throws {
        try await with(.queue) { stage in
            for minute in 1...2 { try await stage.look(atMinute: minute) }
            try await stage.switchOff()
            try await stage.end(await stage.started[0])
            #expect(try await stage.decisions() == ["run", "skipped disabled"])
            // What would be due later is not even looked at.
            for minute in 3...6 { try await stage.look(atMinute: minute) }
            #expect(try await stage.decisions() == ["run", "skipped disabled"])
            #expect(await stage.started.count == 1)
        }
    }

    @Test("replace: the run is cancelled, the newest tick is run after its end, and those between are not")
    func replace() async throws {
        try await with(.replace) { stage in
            for minute in 1...3 { try await stage.look(atMinute: minute) }
            let first = await stage.started[0]
            #expect(await stage.cancelled == [first])
            #expect(try await stage.decisions() == ["run", "skipped replaced", "waiting"])
            try await stage.end(first, .cancelled)
            #expect(try await stage.decisions() == ["run", "skipped replaced", "run"])
            #expect(await stage.started.count == 2)
        }
    }
}
