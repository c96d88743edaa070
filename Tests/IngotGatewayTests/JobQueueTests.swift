import HTTPTypes
import Hummingbird
import HummingbirdCore
import IngotCore
import Testing

@testable import IngotGateway

@Suite("Which job starts next")
struct JobQueueTests {
    private let start = ContinuousClock.now

    private func entry(_ source: String, priority: Int = 0, host: String? = nil) -> JobQueue.Entry {
        JobQueue.Entry(job: JobID.make(), source: source, host: host, priority: priority)
    }

    private func queue(_ slots: Int, sources: [String: Int] = [:], hosts: [String: Int] = [:]) -> JobQueue {
        JobQueue(limits: QueueLimits(slots: slots, sourceSlots: sources, hostSlots: hosts))
    }

    @Test("First in, first out, within the slots")
    func order() {
        var queue = queue(2)
        let entries = (0..<4).map { _ in entry("probe") }
        for entry in entries { queue.enqueue(entry) }
        #expect(queue.startNext() == entries[0])
        #expect(queue.startNext() == entries[1])
        #expect(!queue.hasStartable())
        #expect(queue.startNext() == nil)
        queue.finish(entries[0].job)
        #expect(queue.hasStartable())
        #expect(queue.startNext() == entries[2])
        #expect(queue.startNext() == nil)
    }

    @Test("A source with one slot runs one job at a time, and others pass those that wait for it")
    func sourceLimit() {
        var queue = queue(4, sources: ["usc": 1])
        let (first, second, other) = (entry("usc"), entry("usc"), entry("cga"))
        for entry in [first, second, other] { queue.enqueue(entry) }
        #expect(queue.startNext() == first)
        #expect(queue.startNext() == other)
        #expect(queue.startNext() == nil)
        queue.finish(first.job)
        #expect(queue.startNext() == second)
    }

    @Test("A host's slots are shared by the sources that ask it")
    func hostLimit() {
        var queue = queue(4, hosts: ["example.org": 1])
        let first = entry("a", host: "example.org")
        let second = entry("b", host: "example.org")
        let folder = entry("c")
        for entry in [first, second, folder] { queue.enqueue(entry) }
        #expect(queue.startNext() == first)
        #expect(queue.startNext() == folder)
        #expect(queue.startNext() == nil)
        queue.finish(first.job)
        #expect(queue.startNext() == second)
    }

    @Test("A job whose host is busy holds up only those of its source that ask the same host")
    func hostOfEachJob() {
        var queue = queue(4, hosts: ["example.org": 1])
        let first = entry("a", host: "example.org")
        let second = entry("a", host: "example.org")
        let (third, fourth) = (entry("a"), entry("a", host: "example.com"))
        queue.enqueue(first)
        #expect(queue.startNext() == first)
        for entry in [second, third, fourth] { queue.enqueue(entry) }
        #expect(queue.hasStartable())
        #expect(queue.startNext() == third)
        #expect(queue.startNext() == fourth)
        #expect(!queue.hasStartable())
        #expect(queue.startNext() == nil)
        queue.finish(first.job)
        #expect(queue.startNext() == second)
    }

    @Test("A job is queued once, can be taken out, and can come again after it ran")
    func membership() {
        var queue = queue(1)
        let job = entry("probe")
        queue.enqueue(job)
        queue.enqueue(job)
        #expect(queue.waitingCount == 1)
        let removed = queue.remove(job.job)
        #expect(removed)
        let removedAgain = queue.remove(job.job)
        #expect(!removedAgain)
        #expect(queue.startNext() == nil)
        queue.enqueue(job)
        #expect(queue.startNext() == job)
        queue.enqueue(job)
        #expect(queue.waitingCount == 0)
        queue.finish(job.job)
        queue.enqueue(job)
        #expect(queue.startNext() == job)
    }

    @Test("There is always a slot")
    func leastSlots() {
        var queue = queue(0)
        queue.enqueue(entry("probe"))
        #expect(queue.startNext() != nil)
    }

    @Test("An adopted job takes a slot from the first, even when there are not enough")
    func adoption() {
        var queue = queue(1, sources: ["usc": 1])
        let (first, second) = (entry("usc"), entry("usc"))
        queue.adopt(first)
        queue.adopt(second)
        #expect(queue.runningCount == 2)
        let waiting = entry("probe")
        queue.enqueue(waiting)
        #expect(queue.startNext() == nil)
        queue.finish(first.job)
        #expect(queue.startNext() == nil)
        queue.finish(second.job)
        #expect(queue.startNext() == waiting)
    }

    @Test("A higher priority goes first, within a source and between sources")
    func priorities() {
        var queue = queue(10)
        let (low, middle, high) = (entry("a", priority: -5), entry("a"), entry("a", priority: 7))
        let other = entry("b", priority: 3)
        for entry in [low, middle, high, other] { queue.enqueue(entry, at: start) }
        let order = (0..<4).compactMap { _ in queue.startNext(at: start) }
        #expect(order == [high, other, middle, low])
    }

    @Test("Within a source a point of priority is worth a minute of waiting")
    func aging() {
        var queue = queue(10)
        let old = entry("a")
        queue.enqueue(old, at: start)
        let urgent = entry("a", priority: 10)
        queue.enqueue(urgent, at: start + .seconds(11 * 60))
        let late = entry("a", priority: 12)
        queue.enqueue(late, at: start + .seconds(11 * 60))
        let now = start + .seconds(11 * 60)
        #expect((0..<3).compactMap { _ in queue.startNext(at: now) } == [late, old, urgent])
    }

    @Test("A steady stream of urgent jobs of one source does not starve another source")
    func noStarvation() {
        var queue = queue(1)
        let patient = entry("patient")
        queue.enqueue(patient, at: start)
        var minute = 0
        while minute < 60 {
            let now = start + .seconds(60 * minute)
            queue.enqueue(entry("pushing", priority: 10), at: now)
            guard let next = queue.startNext(at: now) else { break }
            if next == patient { break }
            queue.finish(next.job)
            minute += 1
        }
        #expect((9...12).contains(minute), "it waited for \(minute) minutes")
    }

    @Test("Sources take turns, however many jobs one of them has, and the one with fewest running goes first")
    func fairness() {
        var single = queue(1)
        for _ in 0..<100 { single.enqueue(entry("many"), at: start) }
        for _ in 0..<3 { single.enqueue(entry("few"), at: start) }
        var order: [String] = []
        for step in 0..<6 {
            guard let next = single.startNext(at: start + .seconds(step)) else { break }
            order.append(next.source)
            single.finish(next.job)
        }
        #expect(order == ["many", "few", "many", "few", "many", "few"])

        var wide = queue(4)
        for _ in 0..<10 { wide.enqueue(entry("many"), at: start) }
        #expect(wide.startNext(at: start)?.source == "many")
        #expect(wide.startNext(at: start)?.source == "many")
        for _ in 0..<10 { wide.enqueue(entry("few"), at: start) }
        #expect(wide.startNext(at: start + .seconds(1))?.source == "few")
        #expect(wide.startNext(at: start + .seconds(2))?.source == "few")
    }

    @Test("Whatever comes, limits hold, no slot that fits stays free, and each job starts once", arguments: 1...20)
    func property(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let sources = ["a", "b", "c", "d", "e"]
        let hosts: [String: [String?]] = ["a": ["x"], "b": ["x", "y", nil], "c": ["y", "z"], "e": [nil, "x"]]
        let limits = QueueLimits(slots: 5, sourceSlots: ["a": 1, "d": 2], hostSlots: ["x": 2, "z": 1])
        var queue = JobQueue(limits: limits)
        var waiting: [JobQueue.Entry] = []
        var running: [JobQueue.Entry] = []
        var started: Set<JobID> = []
        var gone: Set<JobID> = []
        var made: Set<JobID> = []
        var now = start
        func mayStart(_ entry: JobQueue.Entry) -> Bool {
            func count(_ matches: (JobQueue.Entry) -> Bool) -> Int { running.filter(matches).count }
            return running.count < limits.slots
                && count { $0.source == entry.source } < limits.sourceSlots[entry.source] ?? .max
                && (entry.host.flatMap { limits.hostSlots[$0] }.map { most in
                    count { $0.host == entry.host } < most
                } ?? true)
        }
        func take() throws -> Bool {
            let isExpected = waiting.contains(where: mayStart)
            #expect(queue.hasStartable(at: now) == isExpected)
            guard let next = queue.startNext(at: now) else {
                #expect(!isExpected)
                return false
            }
            #expect(mayStart(next))
            #expect(started.insert(next.job).inserted)
            // Nobody of the same source and priority who could have started has waited longer.
            let first = waiting.first { $0.source == next.source && $0.priority == next.priority && mayStart($0) }
            #expect(first == next)
            waiting.removeAll { $0 == next }
            running.append(next)
            return true
        }
        for _ in 0..<1500 {
            now += .milliseconds(Int64.random(in: 0...20_000, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let source = sources.randomElement(using: &random) ?? "a"
                let host = hosts[source]?.randomElement(using: &random) ?? nil
                let new = entry(source, priority: Int.random(in: -3...3, using: &random), host: host)
                made.insert(new.job)
                waiting.append(new)
                queue.enqueue(new, at: now)
            case 4:
                guard let victim = waiting.randomElement(using: &random) else { continue }
                let removed = queue.remove(victim.job)
                #expect(removed)
                waiting.removeAll { $0 == victim }
                gone.insert(victim.job)
            case 5..<7:
                guard let done = running.randomElement(using: &random) else { continue }
                queue.finish(done.job)
                running.removeAll { $0 == done }
            default: while try take() {}
            }
            #expect(queue.waitingCount == waiting.count)
            #expect(queue.runningCount == running.count)
        }
        while !waiting.isEmpty || !running.isEmpty {
            while try take() {}
            guard let done = running.popLast() else { break }
            queue.finish(done.job)
        }
        #expect(waiting.isEmpty)
        #expect(started == made.subtracting(gone))
    }

    @Test("A hundred thousand waiting jobs are no burden", .timeLimit(.minutes(10)))
    func manyWaiting() {
        var queue = queue(2)
        let count = 100_000
        let entries = (0..<count).map { entry("source\($0 % 10)", priority: $0 % 7) }
        let begin = ContinuousClock.now
        for entry in entries { queue.enqueue(entry, at: start) }
        for entry in entries[..<1000] { _ = queue.remove(entry.job) }
        var started = 0
        while let next = queue.startNext(at: start) {
            started += 1
            queue.finish(next.job)
        }
        #expect(started == count - 1000)
        // Quadratic work would take hours.
        #expect(ContinuousClock.now - begin < .seconds(100))
    }
}

@Suite("The promise that no job waits beside a free slot")
struct QueueWatchTests {
    @Test("It is broken after a second, counted once, and whole again when the job has started")
    func breaking() {
        var watch = QueueWatch()
        let start = ContinuousClock.now
        func observe(_ hasStartable: Bool, _ milliseconds: Int) -> Bool {
            watch.observe(hasStartable: hasStartable, at: start + .milliseconds(milliseconds))
        }
        #expect(!observe(false, 0))
        #expect(!observe(true, 100))
        #expect(!observe(true, 1100))
        #expect(observe(true, 1101))
        #expect(!observe(true, 3000))
        #expect(watch.isBroken)
        #expect(watch.violations == 1)
        #expect(watch.longest == .milliseconds(2900))
        #expect(!observe(false, 3001))
        #expect(!watch.isBroken)
        #expect(!observe(true, 4000))
        #expect(!observe(true, 4900))
        #expect(watch.violations == 1)
    }

    @Test("What was broken a while ago still counts as a failure, for a minute")
    func memory() {
        var watch = QueueWatch()
        let start = ContinuousClock.now
        #expect(!watch.isFailing(at: start))
        _ = watch.observe(hasStartable: true, at: start)
        #expect(!watch.isFailing(at: start))
        _ = watch.observe(hasStartable: true, at: start + .seconds(2))
        _ = watch.observe(hasStartable: false, at: start + .seconds(3))
        #expect(!watch.isBroken)
        #expect(watch.isFailing(at: start + .seconds(61)))
        #expect(!watch.isFailing(at: start + .seconds(62)))
        watch.noteLostJob(at: start + .seconds(100))
        #expect(watch.isFailing(at: start + .seconds(159)))
        #expect(!watch.isFailing(at: start + .seconds(160)))
        #expect(watch.violations == 2)
    }

    @Test("A wait counts from when the job could have started, where that is known")
    func knownBeginning() {
        var watch = QueueWatch()
        let start = ContinuousClock.now
        let isBroken = [1000, 1250].map { milliseconds in
            watch.observe(hasStartable: true, since: start, at: start + .milliseconds(milliseconds))
        }
        #expect(isBroken == [false, true])
        #expect(watch.longest == .milliseconds(1250))
    }

    private func health(_ watch: QueueWatch, trouble: (jobs: Int, kind: String)? = nil) -> QueueHealth {
        QueueHealth(waiting: 3, running: 1, retrying: 2, slots: 4, watch: watch, trouble: trouble)
    }

    private func whole(_ queue: QueueHealth) -> GatewayHealth {
        GatewayHealth(queue: queue, vitals: GatewayHealth.Vitals())
    }

    @Test("Health fails while it is broken, and tells of changes that cannot be written")
    func health() throws {
        #expect(try HealthRoutes.answer(whole(health(QueueWatch()))).status == .ok)
        var broken = QueueWatch()
        let start = ContinuousClock.now
        _ = broken.observe(hasStartable: true, at: start)
        _ = broken.observe(hasStartable: true, at: start + .seconds(2))
        #expect {
            _ = try HealthRoutes.answer(whole(health(broken)))
        } throws: { error in
            (error as? Problem)?.status == .serviceUnavailable && (error as? Problem)?.type == "queue-stalled"
        }
        let degraded = health(QueueWatch(), trouble: (2, "full"))
        #expect(degraded.status == .degraded)
        #expect(degraded.unwritten == 2)
        #expect(degraded.storeFailure == "full")
        #expect(try HealthRoutes.answer(whole(degraded)).status == .ok)
    }
}
