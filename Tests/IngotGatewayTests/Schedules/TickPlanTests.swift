import IngotCore
import Testing

@testable import IngotGateway

@Suite("What becomes of ticks that have come")
struct TickPlanTests {
    private static let midnight = Timestamp(lenient: "2026-01-01T00:00:00Z") ?? .now()

    private func minute(_ number: Int, _ seconds: Int = 0) -> Timestamp {
        Self.midnight.advanced(by: .seconds(number * 60 + seconds))
    }

    /// Due every minute; all until midnight is decided.
    private func schedule(_ policy: MissedTicks.Policy, most: Int = 10, deadline: Int? = nil, jitter: Int = 0)
        -> Schedule
    {
        Schedule(
            id: 7,
            definitionID: 1,
            timing: .every(seconds: 60, from: Self.midnight),
            parameters: [:],
            missed: MissedTicks(policy: policy, most: most, graceSeconds: 90),
            jitterSeconds: jitter,
            deadlineSeconds: deadline,
            decidedUntil: Self.midnight,
            createdAt: Self.midnight,
            updatedAt: Self.midnight
        )
    }

    @Test("In time, each tick is run, and nothing before its time")
    func inTime() {
        #expect(TickPlan(schedule(.skip), at: minute(0, 59)).until == nil)
        #expect(TickPlan(schedule(.skip), at: minute(0, 59)).next == minute(1))
        let plan = TickPlan(schedule(.skip), at: minute(1, 30))
        #expect(plan.runs == [minute(1)])
        #expect(plan.skips.isEmpty)
        #expect(plan.until == minute(1))
        #expect(plan.next == minute(2))
    }

    @Test("Missed ones: none, the last one, or as many as the schedule says")
    func missed() {
        // Minutes 1 to 8 are missed, 9 and 10 are within the grace.
        let now = minute(10, 1)
        let none = TickPlan(schedule(.skip), at: now)
        #expect(none.runs == [minute(9), minute(10)])
        #expect(none.skips == [.missed: (1...8).map { minute($0) }])
        let last = TickPlan(schedule(.latest), at: now)
        #expect(last.runs == [minute(9), minute(10)])
        let all = TickPlan(schedule(.all, most: 3), at: now)
        #expect(all.runs == (6...10).map { minute($0) })
        #expect(all.skips == [.missed: (1...5).map { minute($0) }])
        // Where nothing came in time, the last one is run.
        var rare = schedule(.latest)
        rare.timing = .every(seconds: 3600, from: Self.midnight)
        let late = TickPlan(rare, at: minute(190))
        #expect(late.runs == [minute(180)])
        #expect(late.skips == [.missed: [minute(60), minute(120)]])
    }

    @Test("What is past its deadline is not run, whatever was missed")
    func deadline() {
        let plan = TickPlan(schedule(.all, most: 100, deadline: 120), at: minute(5))
        #expect(plan.skips == [.deadline: [minute(1), minute(2), minute(3)]])
        #expect(plan.runs == [minute(4), minute(5)])
    }

    @Test("A tick starts at a time of its own within the jitter, the same for whoever asks")
    func jitter() {
        let schedule = schedule(.all, jitter: 50)
        let delays = (1...100).map {
            schedule.start(of: minute($0)).millisecondsSinceEpoch - minute($0).millisecondsSinceEpoch
        }
        #expect(delays.allSatisfy { (0...50_000).contains($0) })
        #expect(Set(delays).count > 90)
        #expect(schedule.start(of: minute(1)) == self.schedule(.skip, jitter: 50).start(of: minute(1)))
        let start = schedule.start(of: minute(1))
        #expect(TickPlan(schedule, at: start.advanced(by: .milliseconds(-1))).runs.isEmpty)
        #expect(TickPlan(schedule, at: start).runs == [minute(1)])
    }

    @Test("Very many are decided a few thousand at a time, each once")
    func many() {
        var schedule = schedule(.latest)
        let now = minute(5000, 30)
        var decided: [Timestamp] = []
        var runs: [Timestamp] = []
        while let until = TickPlan(schedule, at: now).until {
            let plan = TickPlan(schedule, at: now)
            decided += plan.runs + plan.skips.values.flatMap { $0 }
            runs += plan.runs
            schedule.decidedUntil = until
        }
        #expect(decided.sorted() == (1...5000).map { minute($0) })
        #expect(runs == [minute(4999), minute(5000)])
    }
}
