import IngotCore
import Testing

@testable import IngotGateway

/// Jobs that are tried again without end, by real runners.
@Suite("Jobs that are tried without end", .timeLimit(.minutes(10)))
struct EndlessRetryTests {
    /// Makes a definition of the probe and starts a run of it.
    private func start(
        _ parameters: JSONValue,
        retries: JSONValue = ["shortest_pause_seconds": 1, "longest_pause_seconds": .number(1.01)],
        _ fixture: GatewayFixture
    ) async throws -> JobID {
        let definition = try await fixture.post(
            "/api/jobs",
            ["name": "endless", "source": "probe", "config": parameters, "retries": ["endless": retries]]
        ).json()
        let id = try #require(definition["job_id"]?.integerValue)
        let started = try await fixture.post("/api/jobs/\(id)/run", [:])
        #expect(started.status == 200)
        return try #require(JobID(try started.json()["run_id"]?.stringValue ?? ""))
    }

    /// Waits until the job waits for its next attempt.
    private func waitForPause(of id: JobID, afterAttempt attempt: Int64, _ fixture: GatewayFixture) async throws {
        for try await event in fixture.events(of: id, after: 0) where event.kind == "progress" {
            let data = try event.json()
            if data["status"] == "queued", data["attempt"]?.integerValue == attempt { return }
        }
        throw GatewayFixture.StreamEndedEarly()
    }

    @Test("More attempts than any job has otherwise, until one succeeds; each pause within its bounds")
    func succeedsAtLast() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await start(["fail": "transient_upstream", "fail_attempts": 12], fixture)
            let job = try await fixture.end(of: id)
            #expect(job.status == .succeeded)
            #expect(job.attempt == 13)
            #expect(job.error == nil)
            #expect(job.lastError == nil)
            let attempts = try await fixture.get("/api/ingest/jobs/\(id)/attempts").json()["attempts"]?.arrayValue ?? []
            let times = try attempts.map { attempt in
                try [attempt["started_at"], attempt["finished_at"]].map {
                    try #require(Timestamp($0?.stringValue ?? "")).millisecondsSinceEpoch
                }
            }
            #expect(times.count == 13)
            // A machine that is busy can make a pause longer, nothing makes it shorter.
            for (earlier, later) in zip(times, times.dropFirst()) { #expect(later[0] - earlier[1] >= 1000) }
            // The tokens of attempts that are long gone are forgotten, the last ones are known.
            let hashes = try await fixture.gateway.parts.stores.database.rows(
                "SELECT token_hash FROM ingest_jobs WHERE id = ?1",
                [.text(id.rawValue)]
            )
            #expect(try hashes[0].string("token_hash").split(separator: " ").count == 13)
        }
    }

    @Test("Unless something else is said, each pause is another one of 1 to 5 s")
    func usualPauses() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await start(["fail": "transient_upstream", "fail_attempts": 6], retries: [:], fixture)
            var due: [Int64: Timestamp] = [:]
            for try await event in fixture.events(of: id, after: 0) where event.kind == "progress" {
                let data = try event.json()
                guard data["status"] == "queued", let attempt = data["attempt"]?.integerValue, attempt > 0 else {
                    continue
                }
                let job = try await fixture.job(id)
                // On a busy machine the next attempt may have begun before the question came.
                if job.status == .queued, job.attempt == attempt { due[attempt] = job.nextAttemptAt }
            }
            let attempts = try await fixture.get("/api/ingest/jobs/\(id)/attempts").json()["attempts"]?.arrayValue ?? []
            var ends: [Int64: Timestamp] = [:]
            for attempt in attempts {
                ends[try #require(attempt["attempt"]?.integerValue)] = try #require(
                    Timestamp(attempt["finished_at"]?.stringValue ?? "")
                )
            }
            let pauses = try due.map { attempt, due in
                due.millisecondsSinceEpoch - (try #require(ends[attempt])).millisecondsSinceEpoch
            }
            #expect(due.count > 3)
            #expect(pauses.allSatisfy { (1000...5000).contains($0) }, "\(pauses)")
            #expect(Set(pauses).count > 1, "\(pauses)")
        }
    }

    @Test("While it waits, the attempt, the last error and the next try show, and its slot is another job's")
    func visible() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            let id = try await start(
                ["fail": "transient_upstream"],
                retries: ["shortest_pause_seconds": 3600, "longest_pause_seconds": 3600],
                fixture
            )
            try await waitForPause(of: id, afterAttempt: 1, fixture)
            let job = try await fixture.job(id)
            #expect(job.status == .queued)
            #expect(job.attempt == 1)
            #expect(job.lastError?.code == "transient_upstream")
            #expect(job.nextAttemptAt ?? .now() > .now().advanced(by: .seconds(3000)))
            #expect(try await fixture.runProbe().status == .succeeded)
            let entry = try #require(try await fixture.get("/api/history?status=RUNNING").json().arrayValue?.first)
            #expect(entry["run_id"]?.stringValue == id.rawValue)
            #expect(entry["last_error"]?["code"] == "transient_upstream")
            #expect(entry["next_attempt_at"] != nil)
            // Between two attempts there is nothing to wait for.
            let stopped = try await fixture.post("/api/history/\(id)/stop", [:])
            #expect(stopped.status == 200)
            let end = try await fixture.job(id)
            #expect(end.status == .cancelled)
        }
    }

    @Test("What cannot pass ends it at once", arguments: ["probe_failed", "crash"])
    func permanent(fail: String) async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.end(of: try await start(["fail": .string(fail)], fixture))
            #expect(job.status == .failed)
            #expect(job.attempt == 1)
        }
    }

    @Test("A deadline ends it, between attempts and within one")
    func deadline() async throws {
        try await GatewayFixture.with { fixture in
            let dead = try await fixture.end(
                of: try await start(
                    ["fail": "transient_upstream"],
                    retries: ["shortest_pause_seconds": 1, "longest_pause_seconds": 1, "deadline_seconds": 3],
                    fixture
                )
            )
            #expect(dead.status == .failed)
            #expect(dead.error?.code == "job_deadline")
            #expect(dead.error?.message.contains("transient_upstream") == true)
            #expect((1...4).contains(dead.attempt))
        }
        try await GatewayFixture.with { fixture in
            let slow = try await fixture.end(
                of: try await start(["events": 1, "sleep_ms": 600_000], retries: ["deadline_seconds": 2], fixture)
            )
            #expect(slow.status == .failed)
            #expect(slow.error?.code == "job_deadline")
            #expect(slow.attempt == 1)
        }
    }

    @Test("It goes on after the gateway was stopped and started, with the attempts that it has made")
    func restart() async throws {
        try await ScratchFolder.with { folder in
            var id: JobID?
            try await GatewayFixture.with(folder: folder) { fixture in
                let started = try await start(["fail": "transient_upstream", "fail_attempts": 4], fixture)
                try await waitForPause(of: started, afterAttempt: 2, fixture)
                id = started
            }
            let job = try #require(id)
            try await GatewayFixture.with(folder: folder) { fixture in
                let end = try await fixture.end(of: job)
                #expect(end.status == .succeeded)
                #expect(end.attempt == 5)
            }
        }
    }
}
