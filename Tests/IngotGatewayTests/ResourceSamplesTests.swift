import IngotCore
import Testing

@testable import IngotGateway

@Suite("What runners use over time", .timeLimit(.minutes(10)))
struct ResourceSamplesTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    private static func event(_ kind: RunnerEvent.Kind = .progress, memory: Int64 = 1) -> RunnerEvent {
        var event = RunnerEvent(sequence: 1, kind: kind)
        event.memoryBytes = memory
        return event
    }

    @Test("Samples keep their distance, and the end has its own")
    func distance() {
        var samples = ResourceSamples()
        for second in 0..<12 { samples.add(Self.event(), at: Self.start.advanced(by: .seconds(second))) }
        samples.add(Self.event(.finished, memory: 7), at: Self.start.advanced(by: .seconds(12)))
        let seconds = samples.samples.map { ($0.at.millisecondsSinceEpoch - Self.start.millisecondsSinceEpoch) / 1000 }
        #expect(seconds == [0, 5, 10, 12])
        #expect(samples.samples.last?.memoryBytes == 7)
    }

    @Test("A day of reports is 240 samples at most, from its start to its end")
    func bound() {
        var samples = ResourceSamples()
        for count in 0..<17_280 { samples.add(Self.event(), at: Self.start.advanced(by: .seconds(count * 5))) }
        #expect(samples.samples.count <= ResourceSamples.maximum)
        #expect(samples.samples.count > ResourceSamples.maximum / 2)
        #expect(samples.samples.first?.at == Self.start)
        let times = samples.samples.map(\.at)
        #expect(times == times.sorted())
    }

    @Test("Reports without figures leave none")
    func silence() {
        var samples = ResourceSamples()
        samples.add(RunnerEvent(sequence: 1, kind: .heartbeat), at: Self.start)
        #expect(samples.text == nil)
    }

    @Test("The API shows those of a running attempt, and keeps those of ended ones")
    func route() async throws {
        try await GatewayFixture.with({ $0.maximumAttempts = 2 }) { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            try await fixture.waitForProgress(of: id)
            let running = try await fixture.get("/api/ingest/jobs/\(id)/samples").json()["attempts"]?.arrayValue ?? []
            #expect(running.count == 1)
            let first = try #require(running.first?["samples"]?.arrayValue?.first)
            #expect((first["memory_bytes"]?.integerValue ?? 0) > 1 << 20)
            #expect(first["cpu_seconds"] != nil)
            #expect(try await fixture.post("/api/ingest/jobs/\(id)/cancel").status < 300)
            _ = try await fixture.end(of: id)
            let ended = try await fixture.get("/api/ingest/jobs/\(id)/samples").json()["attempts"]?.arrayValue ?? []
            #expect(ended.first?["samples"]?.arrayValue?.first == first)
            let answer = try await fixture.get("/api/ingest/jobs/\(JobID.make())/samples")
            #expect(answer.status == 404)
        }
    }

    @Test("Attempts that failed keep theirs")
    func attempts() async throws {
        try await GatewayFixture.with({ $0.maximumAttempts = 2 }) { fixture in
            let job = try await fixture.runProbe(["events": 1, "fail": "transient_test"])
            #expect(job.attempt == 2)
            let answer = try await fixture.get("/api/ingest/jobs/\(job.id)/samples").json()
            let attempts = (answer["attempts"]?.arrayValue ?? []).compactMap { $0["attempt"]?.integerValue }
            #expect(attempts == [1, 2])
        }
    }
}
