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
            let start = ContinuousClock.now
            #expect(try await fixture.post("/api/ingest/jobs/\(id)/cancel").status == 202)
            #expect(try await fixture.end(of: id).status == .cancelled)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
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
