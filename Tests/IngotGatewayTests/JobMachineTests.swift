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
        var frozen = running()
        frozen.requestStop(.leaseExpired)
        frozen.requestStop(.gatewayStopping)
        #expect(frozen.stopReason == .leaseExpired)
        // Whoever cancels means the job, and not only its attempt.
        frozen.requestStop(.cancelled)
        #expect(frozen.stopReason == .cancelled)
        var ended = JobMachine(status: .succeeded, attempt: 1)
        ended.requestStop(.cancelled)
        #expect(ended.stopReason == nil)
    }
}

@Suite("Which failed attempts are followed by another")
struct RetryDecisionTests {
    private func decision(
        transient: Bool = true,
        attempt: Int = 1,
        of maximum: Int = 3,
        endless: EndlessRetries? = nil,
        status: JobStatus = .running,
        stop: StopReason? = nil
    ) -> Bool {
        var machine = JobMachine(status: status, attempt: attempt)
        if let stop { machine.requestStop(stop) }
        let failure = JobFailure(code: "x", message: "y", isTransient: transient)
        var job = Job(id: .make(), source: "probe", parameters: [:], createdAt: .now(), maxAttempts: maximum)
        job.endlessRetries = endless
        return machine.mayRetry(failure, of: job)
    }

    @Test("Only what can pass, while attempts are left, and unless somebody stopped the job")
    func decisions() {
        #expect(decision())
        #expect(decision(attempt: 2))
        #expect(!decision(attempt: 3))
        #expect(!decision(of: 1))
        #expect(!decision(transient: false))
        #expect(decision(stop: .leaseExpired))
        #expect(!decision(stop: .cancelled))
        #expect(!decision(stop: .gatewayStopping))
        #expect(!decision(status: .queued))
    }

    @Test("A job that is tried without end has no last attempt, but all other ends")
    func endless() {
        let endless = EndlessRetries()
        #expect(decision(attempt: 3, endless: endless))
        #expect(decision(attempt: 1_000_000, of: 1, endless: endless))
        #expect(!decision(transient: false, endless: endless))
        #expect(!decision(endless: endless, stop: .cancelled))
        #expect(!decision(endless: endless, status: .queued))
    }

    @Test("Its pauses lie between the two, and are not all the same")
    func pauses() {
        var generator = SeededRandom(seed: 7)
        let pauses = (0..<1000).map { _ in EndlessRetries().pause(using: &generator) }
        #expect(pauses.allSatisfy { $0 >= .seconds(1) && $0 <= .seconds(5) })
        #expect(Set(pauses).count > 500)
    }

    @Test("What stopped an attempt does not stop the next one, but for a cancellation", arguments: [true, false])
    func reasonsEndWithTheAttempt(isCancelled: Bool) {
        var machine = JobMachine(status: .running, attempt: 1)
        machine.requestStop(isCancelled ? .cancelled : .leaseExpired)
        let moved = machine.move(to: .queued)
        #expect(moved)
        #expect(machine.stopReason == (isCancelled ? .cancelled : nil))
    }
}

@Suite("What is said of a runner that did not say how its job went")
struct RunnerFateTests {
    @Test(
        "Each end has a code, and only causes that can pass are tried again",
        arguments: [
            (RunnerExit(reason: "out_of_memory"), "out_of_memory", false),
            (RunnerExit(signal: 9, reason: "out_of_memory"), "out_of_memory", false),
            (RunnerExit(signal: 9, reason: "deadline"), "deadline", false),
            (RunnerExit(signal: 24, reason: "cpu_time"), "cpu_time", false),
            (RunnerExit(code: 1, reason: "processes"), "processes", false),
            (RunnerExit(code: 1, reason: "open_files"), "open_files", false),
            (RunnerExit(reason: "lost"), "runner_lost", true),
            (RunnerExit(signal: 9), "runner_killed", true),
            (RunnerExit(signal: 15), "runner_killed", true),
            (RunnerExit(signal: 11), "runner_killed", false),
            (RunnerExit(signal: 6), "runner_killed", false),
            (RunnerExit(code: 0), "runner_exited", false),
            (RunnerExit(code: 3), "runner_exited", false),
            (RunnerExit(code: 4), "runner_exited", true),
            (RunnerExit(code: 143), "runner_stopped", true),
            (RunnerExit(reason: "eaten"), "runner_eaten", false),
        ]
    )
    func table(exit: RunnerExit, code: String, isTransient: Bool) {
        let failure = RunnerFate(exit).failure(limits: .standard, lease: .seconds(20))
        #expect(failure.code == code)
        #expect(failure.isTransient == isTransient)
        #expect(failure.advice != nil)
    }

    @Test(
        "A limit's sentence names its value, and how to raise it",
        arguments: [
            ("out_of_memory", "64 MiB", "memory_mib"), ("deadline", "7 s", "wall_seconds"),
            ("cpu_time", "8 s", "cpu_seconds"), ("processes", "9 at a time", "processes"),
            ("open_files", "99 at a time", "open_files"),
        ]
    )
    func limits(reason: String, value: String, name: String) {
        let limits = JobLimits(wallSeconds: 7, memoryBytes: 64 << 20, cpuSeconds: 8, processes: 9, openFiles: 99)
        let failure = RunnerFate(RunnerExit(reason: reason)).failure(limits: limits, lease: .seconds(20))
        #expect(failure.message.contains(value), "\(failure.message)")
        #expect(failure.advice?.contains("--limit \(name)=") == true)
    }

    @Test("A silent runner is lost after the lease's time")
    func silent() {
        let ending = JobEnding.afterExit(
            RunnerExit(signal: 9),
            stopReason: .leaseExpired,
            reportedCancelled: false,
            evidence: AttemptEvidence()
        )
        guard case .failed(let failure) = ending else {
            Issue.record("The attempt did not fail")
            return
        }
        #expect(failure.code == "runner_lost")
        #expect(failure.message.contains("no report for 20 s"))
        #expect(failure.isTransient)
        #expect(failure.exit == RunnerExit(signal: 9))
    }

    @Test("What the launcher measured outweighs what the runner said of itself")
    func measurements() {
        var exit = RunnerExit(signal: 9, reason: "out_of_memory")
        exit.peakMemoryBytes = 1 << 30
        exit.cpuSeconds = 12
        let evidence = AttemptEvidence(peakMemoryBytes: 1 << 20, cpuSeconds: 0.5)
        guard
            case .failed(let failure) = JobEnding.afterExit(
                exit,
                stopReason: nil,
                reportedCancelled: false,
                evidence: evidence
            )
        else {
            Issue.record("The attempt did not fail")
            return
        }
        #expect(failure.peakMemoryBytes == 1 << 30)
        #expect(failure.cpuSeconds == 12)
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
