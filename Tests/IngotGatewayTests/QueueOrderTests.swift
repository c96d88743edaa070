import IngotCore
import Testing

@testable import IngotGateway

@Suite("What is said of jobs that wait")
struct QueueOrderTests {
    private func entry(_ source: String, priority: Int = 0, host: String? = nil) -> JobQueue.Entry {
        JobQueue.Entry(job: JobID.make(), source: source, host: host, priority: priority)
    }

    @Test("The order is the one in which they then start, and asking changes nothing")
    func order() {
        var queue = JobQueue(limits: QueueLimits(slots: 2, sourceSlots: ["usc": 1], hostSlots: ["h": 1]))
        let now = ContinuousClock.now
        for index in 0..<60 {
            let host = index % 5 == 0 ? "h" : nil
            queue.enqueue(entry(["usc", "cga", "probe"][index % 3], priority: index % 7, host: host), at: now)
        }
        let told = queue.order(limit: 1000, at: now)
        #expect(queue.waitingCount == 60 && queue.runningCount == 0)
        #expect(told.map(\.position) == Array(1...60))
        #expect(queue.order(limit: 10, at: now) == Array(told.prefix(10)))
        var rest = queue
        #expect(rest.startNext(at: now)?.job == told[0].job)
        #expect(rest.startNext(at: now)?.job == told[1].job)
    }

    @Test("Each reason is the one that keeps the job from starting now")
    func reasons() {
        let limits = QueueLimits(slots: 3, sourceSlots: ["usc": 1], hostSlots: ["h": 1])
        var queue = JobQueue(limits: limits)
        for _ in 0..<2 { queue.enqueue(entry("usc")) }
        for _ in 0..<2 { queue.enqueue(entry("a", host: "h")) }
        while queue.startNext() != nil {}
        #expect(Set(queue.order(limit: 10).map(\.reason)) == [.source, .host])
        queue.enqueue(entry("b"))
        #expect(queue.order(limit: 10).first { $0.source == "b" }?.reason == .turn)
        while queue.startNext() != nil {}
        queue.enqueue(entry("b"))
        #expect(queue.order(limit: 10).first { $0.source == "b" }?.reason == .slots)
        #expect(
            queue.useBySource == [
                SlotUse(name: "a", running: 1), SlotUse(name: "b", running: 1),
                SlotUse(name: "usc", running: 1, limit: 1),
            ]
        )
        #expect(queue.useByHost == [SlotUse(name: "h", running: 1, limit: 1)])
    }

    @Test("A job that can never start ends the list and not the gateway")
    func impossible() {
        var queue = JobQueue(limits: QueueLimits(slots: 2, sourceSlots: ["usc": 0]))
        queue.enqueue(entry("usc"))
        #expect(queue.order(limit: 10) == [])
    }
}
