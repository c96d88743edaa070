import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotTesting
import Synchronization
import Testing

@testable import IngotGateway

/// A month of a clock that is set, with two gateways on one store that end and start again at any moment.
///
/// `INGOT_MONTHS` says how many months there are, each with a seed of its own.
@Suite("A month of schedules", .fillsTheMachine, .timeLimit(.minutes(20)))
struct SimulatedMonthTests {
    private static let begin = Timestamp(lenient: "2026-02-20T00:00:00Z") ?? .now()
    private static let days = 31
    private static let seeds = 1...(ProcessInfo.processInfo.environment["INGOT_MONTHS"].flatMap { UInt64($0) } ?? 1)

    /// The time that all gateways see.
    private final class Clock: Sendable {
        private let time: Mutex<Timestamp>
        init(_ start: Timestamp) { time = Mutex(start) }
        var now: Timestamp { time.withLock { $0 } }
        func set(_ moment: Timestamp) { time.withLock { $0 = moment } }
    }

    /// What gateways have started, and when each run ends.
    private actor Runs {
        private let store: JobStore
        private let clock: Clock
        private var generator: SeededRandom
        private var ends: [JobID: Timestamp] = [:]
        private(set) var started: [StoredJob] = []
        /// How many runs of a definition were going on at a time at most.
        private(set) var mostAtOnce = 0
        private var running: [Int64: Int] = [:]

        init(store: JobStore, clock: Clock, seed: UInt64) {
            self.store = store
            self.clock = clock
            generator = SeededRandom(seed: seed)
        }

        func start(_ run: StoredJob) {
            started.append(run)
            let definition = run.job.definitionID ?? 0
            running[definition, default: 0] += 1
            mostAtOnce = max(mostAtOnce, running[definition] ?? 0)
            // Most take seconds, a few longer than the distance of two ticks.
            let seconds =
                Int.random(in: 0..<100, using: &generator) < 90 ? 5 : Int.random(in: 60...9000, using: &generator)
            ends[run.job.id] = clock.now.advanced(by: .seconds(seconds))
        }

        func cancel(_ id: JobID) async throws {
            guard ends[id] != nil else { return }
            try await end(id, .cancelled)
        }

        /// Ends what has run for as long as it runs; what nobody was told of is started, as a gateway does that finds it.
        func endWhatIsDue() async throws {
            for stored in try await store.unfinished() where ends[stored.job.id] == nil { start(stored) }
            for (id, time) in ends where time <= clock.now { try await end(id, .succeeded([:])) }
        }

        private func end(_ id: JobID, _ ending: JobEnding) async throws {
            guard let stored = try await store.job(id) else { return }
            ends[id] = nil
            running[stored.job.definitionID ?? 0, default: 1] -= 1
            _ = try await store.end(stored.job, ending, at: clock.now, sequence: 1)
        }
    }

    private func scheduler(_ name: String, _ database: any Database, _ clock: Clock, _ runs: Runs) -> Scheduler {
        Scheduler(
            database: database,
            surroundings: Scheduler.Surroundings(
                gateway: name,
                maximumAttempts: 3,
                host: { _ in nil },
                started: { await runs.start($0) },
                cancel: { try? await runs.cancel($0) },
                now: { clock.now }
            ),
            interval: .seconds(6 * 3600),
            logger: .silent
        )
    }

    /// Two hundred schedules of all kinds, each of a definition of its own.
    private func make(_ database: any Database, _ generator: inout SeededRandom) async throws -> [Schedule] {
        let definitions = DefinitionStore(database: database)
        let schedules = ScheduleStore(database: database)
        var made: [Schedule] = []
        let zones = ["America/Chicago", "Europe/London", "UTC", "Australia/Lord_Howe"]
        for number in 0..<200 {
            let definition = JobDefinition(
                id: 0,
                name: "definition \(number)",
                source: "probe",
                parameters: [:],
                createdAt: Self.begin,
                updatedAt: Self.begin
            )
            guard case .added(let added) = try await definitions.add(definition) else { continue }
            let minute = Int.random(in: 0..<60, using: &generator)
            let hour = Int.random(in: 0..<24, using: &generator)
            let zone = zones[number % zones.count]
            let timing: JSONValue =
                switch number % 5 {
                case 0: ["cron": .string("\(minute) */\(4 + number % 9) * * *"), "time_zone": .string(zone)]
                case 1: ["cron": .string("\(minute) \(hour) * * *"), "time_zone": .string(zone)]
                case 2:
                    [
                        "daily": [.string(hour < 10 ? "0\(hour):05" : "\(hour):05"), "02:30"],
                        "time_zone": .string(zone),
                    ]
                case 3: ["every_seconds": .integer(Int64(7200 + number * 60)), "from": .string(Self.begin.description)]
                default: ["once": .string(Self.begin.advanced(by: .seconds(number * 10_000)).description)]
                }
            var schedule = Schedule(
                id: 0,
                definitionID: added.id,
                timing: try ScheduleTiming(timing, at: Self.begin),
                parameters: ["number": .integer(Int64(number))],
                decidedUntil: Self.begin,
                createdAt: Self.begin,
                updatedAt: Self.begin
            )
            schedule.overlap = OverlapPolicy.allCases[number % 3]
            schedule.missed = MissedTicks(
                policy: MissedTicks.Policy.allCases[number / 3 % 3],
                most: 4,
                graceSeconds: 120
            )
            schedule.jitterSeconds = number % 4 == 0 ? 300 : 0
            schedule.deadlineSeconds = number % 7 == 0 ? 1800 : nil
            made.append(try #require(try await schedules.add(schedule)))
        }
        return made
    }

    private func dueTimes(of schedule: Schedule, until end: Timestamp) -> [Timestamp] {
        var due: [Timestamp] = []
        var last = Self.begin
        while let next = schedule.timing.next(after: last), schedule.start(of: next) <= end {
            due.append(next)
            last = next
        }
        return due
    }

    @Test(
        "Every due tick has exactly one record and at most one run, whatever ends and starts again",
        arguments: seeds
    )
    func month(seed: UInt64) async throws {
        try await withEmbeddedCloud { cloud in
            let database = cloud.database
            let store = JobStore(database: database)
            try await store.prepare()
            try await DefinitionStore(database: database).prepare()
            var generator = SeededRandom(seed: seed)
            let made = try await make(database, &generator)
            let clock = Clock(Self.begin)
            let runs = Runs(store: store, clock: clock, seed: seed)
            let end = Self.begin.advanced(by: .seconds(Self.days * 86_400))
            var gateways = ["one", "two"].map { scheduler($0, database, clock, runs) }
            // The moments at which something is due, and some in between.
            let moments = Set(
                made.flatMap { schedule in dueTimes(of: schedule, until: end).map { schedule.start(of: $0) } }
            )
            var nobodyUntil = Self.begin
            for moment in moments.sorted() + [end] {
                clock.set(moment.advanced(by: .milliseconds(Int64.random(in: 0...20_000, using: &generator))))
                try await runs.endWhatIsDue()
                switch Int.random(in: 0..<400, using: &generator) {
                case 0:
                    // Both are gone for up to half a day.
                    nobodyUntil = clock.now.advanced(by: .seconds(Int.random(in: 60...43_200, using: &generator)))
                case 1..<20:
                    // One starts anew, and knows nothing of what it did.
                    let index = Int.random(in: 0...1, using: &generator)
                    gateways[index] = scheduler(index == 0 ? "one" : "two", database, clock, runs)
                case 20..<30:
                    // One is killed in the middle of a look: its calls end, wherever they are.
                    let dying = scheduler("one", database, clock, runs)
                    let look = Task { try await dying.look() }
                    for _ in 0..<Int.random(in: 0...30, using: &generator) { await Task.yield() }
                    look.cancel()
                    _ = await look.result
                default: break
                }
                guard clock.now >= nobodyUntil || moment == end else { continue }
                let (one, two) = (gateways[0], gateways[1])
                async let first = one.look()
                async let second = two.look()
                _ = try await (first, second)
            }
            clock.set(end.advanced(by: .seconds(60)))
            for gateway in gateways { try await gateway.look() }
            try await check(made, until: clock.now, database, runs)
        }
    }

    private func check(_ made: [Schedule], until end: Timestamp, _ database: any Database, _ runs: Runs) async throws {
        let ticks = TickStore(database: database)
        var kinds: [String: Int] = [:]
        var runsOfTicks: Set<JobID> = []
        var count = 0
        for schedule in made {
            var recorded: [TickStore.Tick] = []
            while true {
                let page = try await ticks.ticks(of: schedule.id, before: recorded.last?.due, limit: 500)
                recorded += page
                if page.count < 500 { break }
            }
            #expect(recorded.map(\.due).reversed() == dueTimes(of: schedule, until: end), "schedule \(schedule.id)")
            for tick in recorded {
                count += 1
                kinds["\(tick.decision) \(tick.reason?.rawValue ?? "")", default: 0] += 1
                #expect((tick.decision == .run) == (tick.job != nil))
                if let job = tick.job { #expect(runsOfTicks.insert(job).inserted) }
            }
        }
        print(
            "\(count) ticks: \(kinds.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))"
        )
        // Each kind of decision has come about, or the month has shown nothing.
        for kind in ["run ", "skipped missed", "skipped deadline", "skipped overlap", "skipped replaced"] {
            #expect(kinds[kind] ?? 0 > 0, "\(kind)")
        }
        let started = await runs.started
        #expect(Set(started.map(\.job.id)) == runsOfTicks)
        #expect(
            Set(started.map { "\($0.job.scheduleID ?? 0) \($0.job.scheduledFor?.description ?? "")" }).count
                == started.count
        )
        #expect(await runs.mostAtOnce == 1)
    }
}
