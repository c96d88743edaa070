import IngotCore
import Testing

@testable import IngotGateway

@Suite("The status machine of a job")
struct JobMachineTests {
    @Test(
        "Only the drawn arrows exist",
        arguments: JobStatus.allCases.flatMap { from in JobStatus.allCases.map { (from, $0) } }
    )
    func arrows(from: JobStatus, to: JobStatus) {
        let legal: [JobStatus: Set<JobStatus>] = [
            .queued: [.running, .cancelled, .failed],
            .running: [.queued, .succeeded, .failed, .cancelled],
        ]
        var machine = JobMachine(status: from, attempt: 1)
        let moved = machine.move(to: to)
        #expect(moved == (legal[from]?.contains(to) ?? false))
        #expect(machine.status == (moved ? to : from))
    }

    @Test("An attempt starts from the queue only", arguments: JobStatus.allCases)
    func beginning(status: JobStatus) {
        var machine = JobMachine(status: status, attempt: 2)
        #expect(machine.begin() == (status == .queued ? 3 : nil))
        #expect(machine.attempt == (status == .queued ? 3 : 2))
    }

    private func running() -> JobMachine {
        var machine = JobMachine(status: .queued, attempt: 0)
        _ = machine.begin()
        return machine
    }

    @Test("Repeated and late events are dropped by their number")
    func redelivery() {
        var machine = running()
        let events = (1...4).map { RunnerEvent(sequence: $0, kind: .progress) }
        guard case .take(let first) = machine.decide(attempt: 1, events: Array(events[..<2])) else {
            Issue.record("The first report is not taken")
            return
        }
        for event in first { machine.accept(event) }
        #expect(machine.decide(attempt: 1, events: events) == .take(Array(events[2...])))
        #expect(machine.decide(attempt: 1, events: Array(events[..<2])) == .take([]))
        #expect(machine.accepted == 2)
    }

    @Test("Nothing counts after the last event")
    func afterFinished() {
        let machine = running()
        let events = [
            RunnerEvent(sequence: 1, kind: .finished), RunnerEvent(sequence: 2, kind: .progress),
        ]
        #expect(machine.decide(attempt: 1, events: events) == .take([events[0]]))
    }

    @Test("Another attempt, or one of a job that does not run, changes nothing")
    func superseded() {
        var machine = running()
        #expect(machine.decide(attempt: 2, events: []) == .superseded)
        #expect(machine.decide(attempt: 0, events: []) == .superseded)
        #expect(JobMachine(status: .queued, attempt: 1).decide(attempt: 1, events: []) == .superseded)
        _ = machine.move(to: .failed)
        #expect(machine.decide(attempt: 1, events: []) == .ended(.failed))
    }

    @Test("The first reason to stop stays, and an ended job has none")
    func stopping() {
        var machine = running()
        machine.requestStop(.cancelled)
        machine.requestStop(.gatewayStopping)
        #expect(machine.stopReason == .cancelled)
        var ended = JobMachine(status: .succeeded, attempt: 1)
        ended.requestStop(.cancelled)
        #expect(ended.stopReason == nil)
    }
}

@Suite("How a job ends when its runner is gone")
struct JobEndingTests {
    private let evidence = AttemptEvidence(peakMemoryBytes: 1 << 20, cpuSeconds: 0.5, logTail: ["last words"])

    private func code(_ ending: JobEnding) -> String? {
        if case .failed(let failure) = ending { failure.code } else { nil }
    }

    @Test(
        "The failure's code says how the runner ended",
        arguments: [
            (RunnerExit(signal: 9), "runner_killed"),
            (RunnerExit(signal: 11), "runner_killed"),
            (RunnerExit(code: 3), "runner_exited"),
            (RunnerExit(code: 0), "runner_exited"),
            (RunnerExit(reason: "lost"), "runner_lost"),
        ]
    )
    func codes(exit: RunnerExit, expected: String) {
        let ending = JobEnding.afterExit(exit, stopReason: nil, reportedCancelled: false, evidence: evidence)
        guard case .failed(let failure) = ending else {
            Issue.record("The job did not fail")
            return
        }
        #expect(failure.code == expected)
        #expect(failure.exit == exit)
        #expect(failure.peakMemoryBytes == 1 << 20)
        #expect(failure.cpuSeconds == 0.5)
        #expect(failure.logTail == ["last words"])
    }

    @Test("A signal is named in the sentence")
    func sentence() {
        let ending = JobEnding.afterExit(
            RunnerExit(signal: 9),
            stopReason: nil,
            reportedCancelled: false,
            evidence: AttemptEvidence()
        )
        guard case .failed(let failure) = ending else { return }
        #expect(failure.message == "The runner was killed by signal 9 (SIGKILL).")
        #expect(failure.logTail == nil)
    }

    @Test(
        "A cancelled job is cancelled however its runner ended",
        arguments: [RunnerExit(signal: 9), RunnerExit(code: 143)]
    )
    func cancelled(exit: RunnerExit) {
        #expect(
            JobEnding.afterExit(exit, stopReason: .cancelled, reportedCancelled: false, evidence: evidence)
                == .cancelled
        )
    }

    @Test("A runner that was stopped by somebody else did not cancel the job")
    func stopped() {
        let exit = RunnerExit(code: 143)
        #expect(
            code(.afterExit(exit, stopReason: .gatewayStopping, reportedCancelled: true, evidence: evidence))
                == "gateway_stopped"
        )
        #expect(
            code(.afterExit(exit, stopReason: nil, reportedCancelled: true, evidence: evidence)) == "runner_stopped"
        )
    }
}

@Suite("Which job starts next")
struct JobQueueTests {
    private func entry(_ source: String) -> JobQueue.Entry { JobQueue.Entry(job: JobID.make(), source: source) }

    @Test("First in, first out, within the slots")
    func order() {
        var queue = JobQueue(slots: 2, exclusiveSources: [])
        let entries = (0..<4).map { _ in entry("probe") }
        for entry in entries { queue.enqueue(entry) }
        #expect(queue.startNext() == entries[0])
        #expect(queue.startNext() == entries[1])
        #expect(queue.startNext() == nil)
        queue.finish(entries[0].job)
        #expect(queue.startNext() == entries[2])
        #expect(queue.startNext() == nil)
    }

    @Test("An exclusive source runs one job at a time, and others pass those that wait for it")
    func exclusive() {
        var queue = JobQueue(slots: 4, exclusiveSources: ["usc"])
        let (first, second, other) = (entry("usc"), entry("usc"), entry("cga"))
        for entry in [first, second, other] { queue.enqueue(entry) }
        #expect(queue.startNext() == first)
        #expect(queue.startNext() == other)
        #expect(queue.startNext() == nil)
        queue.finish(first.job)
        #expect(queue.startNext() == second)
    }

    @Test("A job is queued once, can be taken out, and can come again after it ran")
    func membership() {
        var queue = JobQueue(slots: 1, exclusiveSources: [])
        let job = entry("probe")
        queue.enqueue(job)
        queue.enqueue(job)
        #expect(queue.waiting.count == 1)
        let removed = queue.remove(job.job)
        #expect(removed)
        #expect(queue.startNext() == nil)
        queue.enqueue(job)
        #expect(queue.startNext() == job)
        queue.enqueue(job)
        #expect(queue.waiting.isEmpty)
        queue.finish(job.job)
        queue.enqueue(job)
        #expect(queue.startNext() == job)
    }

    @Test("There is always a slot")
    func leastSlots() {
        var queue = JobQueue(slots: 0, exclusiveSources: [])
        queue.enqueue(entry("probe"))
        #expect(queue.startNext() != nil)
    }
}
