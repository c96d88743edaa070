import Glibc
import IngotCore
import Synchronization
import Testing

@testable import IngotGateway

@Suite("Leases", .timeLimit(.minutes(10)))
struct LeaseTests {
    private let start = ContinuousClock.now

    /// A monitor that looks each second, with a lease of 20 s, and what became of it.
    private func monitored() -> (monitor: LeaseMonitor, lease: AttemptLease, look: (Int) -> Int) {
        let monitor = LeaseMonitor(interval: .seconds(1))
        let lease = AttemptLease(duration: .seconds(20), from: start)
        monitor.watch(lease) {}
        return (monitor, lease, { monitor.look(at: start + .seconds($0)).count })
    }

    @Test("A silent runner's lease runs out, once")
    func expiry() {
        let (_, _, look) = monitored()
        #expect((1..<20).map(look).allSatisfy { $0 == 0 })
        #expect(look(20) == 1)
        #expect(look(21) == 0)
    }

    @Test("Each contact grants the whole time anew")
    func renewal() {
        let (_, lease, look) = monitored()
        #expect((1...15).map(look).allSatisfy { $0 == 0 })
        lease.renew(at: start + .seconds(15))
        #expect((16..<35).map(look).allSatisfy { $0 == 0 })
        #expect(look(35) == 1)
    }

    @Test("A gateway that was frozen does not blame its runners")
    func frozenGateway() {
        let (_, _, look) = monitored()
        #expect(look(10) == 0)
        // Nobody looked for five minutes: the next look should have come at 11.
        #expect(look(310) == 0)
        #expect((311..<319).map(look).allSatisfy { $0 == 0 })
        #expect(look(319) == 1)
    }

    @Test("A look that is a little late changes nothing")
    func busyMachine() {
        let (_, _, look) = monitored()
        #expect([2, 4, 6, 8, 10, 12, 14, 16, 18].map(look).allSatisfy { $0 == 0 })
        #expect(look(20) == 1)
    }

    @Test("A lease that is given back does not run out")
    func givenBack() {
        let (monitor, lease, look) = monitored()
        monitor.stopWatching(lease)
        #expect(look(1) == 0)
        #expect(look(2) + look(30) == 0)
    }

    @Test("A frozen runner is killed when its lease has run out, with all it has started, and the job says so")
    func frozenRunner() async throws {
        try await GatewayFixture.with({ configuration in
            configuration.leaseDuration = .seconds(6)
        }) { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 120_000, "children": 2])
            try await fixture.waitForProgress(of: id)
            let handle = try #require(ProcessHandle(try await fixture.job(id).runnerHandle ?? ""))
            #expect(kill(handle.process, SIGSTOP) == 0)
            let job = try await fixture.end(of: id)
            #expect(job.status == .failed)
            #expect(job.error?.code == "runner_lost")
            #expect(job.error?.message.contains("no report for 6 s") == true, "\(job.error?.message ?? "")")
            #expect(job.error?.attempts == 1)
            #expect(ProcessTree.members(leader: handle.process, marker: "none=none").isEmpty)
        }
    }

    @Test("A runner that reports keeps its lease for longer than the lease lasts")
    func reportingRunner() async throws {
        try await GatewayFixture.with({ configuration in
            configuration.leaseDuration = .seconds(3)
        }) { fixture in
            let job = try await fixture.runProbe(["events": 30, "interval_ms": 200])
            #expect(job.status == .succeeded, "\(job.error?.description ?? "")")
        }
    }
}
