import Glibc
import IngotCore
import Testing

@testable import IngotGateway

@Suite("Cancelling jobs", .timeLimit(.minutes(10)))
struct CancelTests {
    @Test("A running job is cancelled with its whole process tree")
    func running() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000, "children": 3])
            try await fixture.waitForProgress(of: id)
            let runner = try #require(ProcessHandle(try await fixture.job(id).runnerHandle ?? ""))
            #expect(ProcessTree.members(leader: runner.process, marker: "none=none").count == 4)
            let answer = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            #expect(answer.status == 202)
            let job = try await fixture.end(of: id)
            #expect(job.status == .cancelled)
            #expect(job.error == nil)
            #expect(ProcessTree.members(leader: runner.process, marker: "none=none").isEmpty)
            // What was asked for is the case, so asking again is no error.
            let again = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            #expect(again.status == 200)
            #expect(try again.decoded(Job.self) == job)
        }
    }

    @Test("A runner that does not listen is killed after the grace period")
    func hanging() async throws {
        try await GatewayFixture.with({ $0.grace = .milliseconds(300) }) { fixture in
            let id = try await fixture.startProbe(["events": 1, "fail": "hang"])
            try await fixture.waitForProgress(of: id)
            let runner = try #require(ProcessHandle(try await fixture.job(id).runnerHandle ?? ""))
            let start = ContinuousClock.now
            #expect(try await fixture.post("/api/ingest/jobs/\(id)/cancel").status == 202)
            #expect(try await fixture.end(of: id).status == .cancelled)
            #expect(ProcessTree.members(leader: runner.process, marker: "none=none").isEmpty)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
    }

    @Test("A runner that is asked to end before it is there, and does not listen, is killed after the grace period")
    func slowStart() async throws {
        let stop = RunnerStop(grace: .milliseconds(1))
        stop.request()
        var process: pid_t = 0
        let script = "trap '' TERM; echo ready; exec sleep 60"
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script), nil]
        defer { for argument in arguments { free(argument) } }
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(0x80))  // POSIX_SPAWN_SETSID
        try #require(posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ) == 0)
        AbandonedChildren.ofThisProcess.noteAwaited(process)
        defer { AbandonedChildren.ofThisProcess.release(process) }
        close(ends[0])
        var byte: UInt8 = 0
        let count = read(ends[1], &byte, 1)
        #expect(count == 1)
        stop.started(process, tree: nil)
        let watch = try #require(ProcessWatch(process))
        await watch.end()
        stop.ended()
        #expect(ExitEvidence(child: process).exit.ending == RunnerExit(signal: 9))
        #expect(waitpid(process, nil, 0) == process)
    }

    @Test("A waiting job is cancelled at once and never starts")
    func waiting() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            let first = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            let second = try await fixture.startProbe()
            let answer = try await fixture.post("/api/ingest/jobs/\(second)/cancel")
            #expect(answer.status == 200)
            let job = try answer.decoded(Job.self)
            #expect(job.status == .cancelled)
            #expect(job.attempt == 0)
            #expect(try await fixture.allEvents(of: second).map(\.kind) == ["snapshot", "done"])
            _ = try await fixture.post("/api/ingest/jobs/\(first)/cancel")
            #expect(try await fixture.end(of: first).status == .cancelled)
            #expect(try await fixture.runProbe().status == .succeeded)
            #expect(try await fixture.job(second).startedAt == nil)
        }
    }

    @Test("An ended job cannot be cancelled")
    func ended() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe()
            let answer = try await fixture.post("/api/ingest/jobs/\(job.id)/cancel")
            #expect(answer.status == 409)
            #expect(try answer.json()["type"] == "/problems/job-ended")
            #expect(try await fixture.job(job.id) == job)
        }
    }

    @Test("Cancelled again and again at any moment, every job still ends in one terminal state")
    func anyMoment() async throws {
        try await GatewayFixture.with { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let id = try await fixture.startProbe(["events": 2, "interval_ms": .integer(Int64(number * 7))])
                        let statuses = try await [
                            fixture.post("/api/ingest/jobs/\(id)/cancel").status,
                            fixture.post("/api/ingest/jobs/\(id)/cancel").status,
                        ]
                        #expect(Set(statuses).isSubset(of: [200, 202, 409]))
                        let job = try await fixture.end(of: id)
                        #expect([.cancelled, .succeeded].contains(job.status), "\(job)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
