import IngotCore
import Testing

@testable import IngotGateway

@Suite("A probe job from request to end", .timeLimit(.minutes(10)))
struct EndToEndTests {
    @Test("A job is taken, run by a fresh runner, watched and ended")
    func wholeWay() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 3])
            let events = try await fixture.allEvents(of: id)
            #expect(events.first?.kind == "snapshot")
            #expect(events.last?.kind == "done")
            let job = try #require(events.last).decoded(Job.self)
            #expect(job.status == .succeeded)
            #expect(job.progress == 100)
            #expect(job.attempt == 1)
            #expect(job.result?["events"] == 3)
            #expect(job.startedAt != nil)
            #expect(job.finishedAt != nil)
            #expect(try await fixture.job(id) == job)
        }
    }

    @Test("Prefer: wait answers with the finished job")
    func waiting() async throws {
        try await GatewayFixture.with { fixture in
            let answer = try await fixture.post("/api/ingest/probe", nil, headers: [("Prefer", "wait=60")])
            #expect(answer.status == 200)
            #expect(try answer.decoded(Job.self).status == .succeeded)
            let slow = try await fixture.post(
                "/api/ingest/probe",
                ["sleep_ms": 60_000],
                headers: [("Prefer", "wait=1")]
            )
            #expect(slow.status == 202)
        }
    }
}
