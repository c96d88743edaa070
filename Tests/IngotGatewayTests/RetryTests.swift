import Glibc
import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Attempts that follow failed ones", .timeLimit(.minutes(10)))
struct RetryTests {
    private func quick(_ configuration: inout GatewayConfiguration) {
        configuration.maximumAttempts = 3
        configuration.retries = RetryPolicy(
            maximumAttempts: .max,
            firstDelay: .milliseconds(5),
            maximumDelay: .milliseconds(20)
        )
    }

    private func patient(_ configuration: inout GatewayConfiguration) {
        configuration.maximumAttempts = 3
        configuration.retries = RetryPolicy(
            maximumAttempts: .max,
            // The wait is drawn from zero on; a short one must be next to impossible.
            firstDelay: .seconds(50_000_000),
            maximumDelay: .seconds(50_000_000)
        )
    }

    private func attempts(of id: JobID, _ fixture: GatewayFixture) async throws -> [JSONValue] {
        try await fixture.get("/api/ingest/jobs/\(id)/attempts").json()["attempts"]?.arrayValue ?? []
    }

    /// Waits until the job waits for its next attempt.
    private func waitForRetry(of id: JobID, _ fixture: GatewayFixture) async throws -> JSONValue {
        for try await event in fixture.events(of: id, after: 0) where event.kind == "progress" {
            let data = try event.json()
            if data["status"] == "queued" { return data }
        }
        throw GatewayFixture.StreamEndedEarly()
    }

    @Test("A cause that can pass is tried again, and the failure says how often")
    func transient() async throws {
        try await GatewayFixture.with(quick) { fixture in
            let id = try await fixture.startProbe(["fail": "transient_network"])
            let job = try await fixture.end(of: id)
            #expect(job.status == .failed)
            #expect(job.attempt == 3)
            #expect(job.error?.code == "transient_network")
            #expect(job.error?.attempts == 3)
            #expect(job.nextAttemptAt == nil)
            let attempts = try await attempts(of: id, fixture)
            #expect(attempts.compactMap { $0["attempt"]?.integerValue } == [1, 2, 3])
            #expect(attempts.allSatisfy { $0["outcome"] == "failed" && $0["error"]?["code"] == "transient_network" })
            let messages = try await fixture.allEvents(of: id, after: 0).filter { $0.kind == "progress" }
                .compactMap { try $0.json()["message"]?.stringValue }
            #expect(messages.contains { $0.hasPrefix("attempt 1 failed (transient_network: ") })
            #expect(messages.contains { $0.contains("; attempt 3 at ") })
            // One numbering for all attempts.
            let numbers = try await fixture.allEvents(of: id, after: 0).map(\.id)
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        }
    }

    @Test("A cause that cannot pass ends the job at once", arguments: ["probe_failed", "crash", "exit:3"])
    func permanent(fail: String) async throws {
        try await GatewayFixture.with(quick) { fixture in
            let job = try await fixture.runProbe(["fail": .string(fail)])
            #expect(job.status == .failed)
            #expect(job.attempt == 1)
            #expect(job.error?.attempts == 1)
        }
    }

    @Test("A job whose runner was killed succeeds with its next attempt")
    func killed() async throws {
        try await GatewayFixture.with(quick) { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 12_000])
            try await fixture.waitForProgress(of: id)
            let runner = try #require(ProcessHandle(try await fixture.job(id).runnerHandle ?? ""))
            #expect(kill(runner.process, SIGKILL) == 0)
            let job = try await fixture.end(of: id)
            #expect(job.status == .succeeded)
            #expect(job.attempt == 2)
            #expect(job.error == nil)
            let attempts = try await attempts(of: id, fixture)
            #expect(attempts.map { $0["outcome"] } == ["failed", "succeeded"])
            #expect(attempts.first?["exit"]?["signal"] == 9)
            #expect(attempts.first?["error"]?["code"] == "runner_killed")
        }
    }

    @Test("A request's own number of attempts counts")
    func ownMaximum() async throws {
        try await GatewayFixture.with(quick) { fixture in
            let answer = try await fixture.post(
                "/api/ingest/probe?max_attempts=2",
                ["fail": "transient_x"],
                headers: [("Prefer", "wait=100")]
            )
            let job = try answer.decoded(Job.self)
            #expect(job.attempt == 2)
            #expect(job.maxAttempts == 2)
        }
    }

    @Test("While a job waits for its next attempt others use its slot, and the old attempt's token opens nothing")
    func waiting() async throws {
        try await GatewayFixture.with({ configuration in
            patient(&configuration)
            configuration.slots = 1
        }) { fixture in
            let id = try await fixture.startProbe(["fail": "transient_x"])
            let event = try await waitForRetry(of: id, fixture)
            #expect(event["attempt"] == 1)
            let job = try await fixture.job(id)
            #expect(job.status == .queued)
            #expect(job.error?.code == "transient_x")
            #expect(job.nextAttemptAt != nil)
            #expect(try await fixture.runProbe().status == .succeeded)
            let health = try await fixture.get("/healthz").json()
            #expect(health["retrying"] == 1)
            #expect(health["status"] == "ok")
            // A token of the attempt that is over: superseded, not accepted.
            let database = fixture.gateway.parts.stores.database
            let token = AttemptToken()
            try await database.run(
                Statement(
                    "UPDATE ingest_jobs SET token_hash = ?2 WHERE id = ?1",
                    [.text(id.rawValue), .text(token.hash)]
                )
            )
            let registry = ProgressRegistry(store: JobStore(database: database), logger: GatewayFixture.quiet)
            let progress = try #require(try await registry.acquire(id))
            let attempt = try #require(await progress.attempt(ofToken: token.secret.revealed))
            await #expect(throws: ReportRefusal.superseded(current: 1)) {
                try await progress.receive(
                    RunnerReport(attempt: 1, events: [RunnerEvent(sequence: 99, kind: .progress)]),
                    fromAttempt: attempt
                )
            }
        }
    }

    @Test("Cancelling a job that waits for its next attempt does not wait for that, but for the last one's runner")
    func cancelWaiting() async throws {
        try await GatewayFixture.with(patient) { fixture in
            let id = try await fixture.startProbe(["fail": "transient_x"])
            _ = try await waitForRetry(of: id, fixture)
            let answer = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            #expect([200, 202].contains(answer.status))
            let job = try await fixture.end(of: id)
            #expect(job.status == .cancelled)
            #expect(job.nextAttemptAt == nil)
            #expect(try await fixture.post("/api/ingest/jobs/\(id)/cancel").status == 200)
            let attempts = try await attempts(of: id, fixture)
            #expect(attempts.count == 1)
            let runner = try #require(ProcessHandle(attempts[0]["runner_handle"]?.stringValue ?? ""))
            #expect(ProcessTree.members(leader: runner.process, marker: "none=none").isEmpty)
            #expect(try await fixture.get("/healthz").json()["retrying"] == 0)
        }
    }

    @Test("A job that waits when the gateway stops is tried again by the next one, though its time is years away")
    func restart() async throws {
        try await ScratchFolder.with { folder in
            var id: JobID?
            try await GatewayFixture.with(folder: folder, patient) { fixture in
                let new = try await fixture.startProbe(["fail": "transient_x"])
                _ = try await waitForRetry(of: new, fixture)
                // As a clock that was wrong for a moment would have written it.
                try await fixture.gateway.parts.stores.database.run(
                    Statement("UPDATE ingest_jobs SET next_attempt_at = '2199-01-01T00:00:00.000Z'")
                )
                id = new
            }
            let waiting = try #require(id)
            try await GatewayFixture.with(folder: folder, quick) { fixture in
                let job = try await fixture.end(of: waiting)
                #expect(job.status == .failed)
                #expect(job.attempt == 3)
            }
        }
    }

    @Test("A retry on request is a new job of the same parameters and options, of an ended job only")
    func manual() async throws {
        try await GatewayFixture.with { fixture in
            let first = try await fixture.post(
                "/api/ingest/probe?priority=4&wall_seconds=600",
                ["fail": "probe_failed"],
                headers: [("Prefer", "wait=100")]
            ).decoded(Job.self)
            #expect(first.status == .failed)
            let answer = try await fixture.post("/api/ingest/jobs/\(first.id)/retry")
            #expect(answer.status == 202)
            let again = try #require(JobID(try answer.json()["jobId"]?.stringValue ?? ""))
            #expect(again != first.id)
            let job = try await fixture.end(of: again)
            #expect(job.retryOf == first.id)
            #expect(job.parameters == first.parameters)
            #expect(job.priority == 4)
            #expect(job.limits == JobLimits(wallSeconds: 600))
            #expect(job.maxAttempts == first.maxAttempts)
            let running = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000])
            let early = try await fixture.post("/api/ingest/jobs/\(running)/retry")
            #expect(early.status == 409)
            #expect(try early.json()["type"] == "/problems/job-not-ended")
            #expect(try await fixture.post("/api/ingest/jobs/\(JobID.make())/retry").status == 404)
            _ = try await fixture.post("/api/ingest/jobs/\(running)/cancel")
        }
    }

    @Test("Options are checked, and none may exceed what the operator allows")
    func options() async throws {
        try await GatewayFixture.with({ $0.limits.wallSeconds = 100 }) { fixture in
            let wrong = [
                "priority=101", "priority=-101", "priority=x", "max_attempts=0", "max_attempts=11", "wall_seconds=101",
                "wall_seconds=0", "memory_mib=1", "memory_mib=999999999999999999999", "processes=-1", "open_files=1.5",
                "wall_second=3",
            ]
            for query in wrong {
                let answer = try await fixture.post("/api/ingest/probe?\(query)", [:])
                #expect(answer.status == 400, "\(query)")
                let problem = try answer.json()
                #expect(problem["type"] == "/problems/invalid-query")
                #expect(problem["parameter"]?.stringValue == query.split(separator: "=").first.map(String.init))
            }
            let job = try await fixture.post(
                "/api/ingest/probe?priority=-100&max_attempts=10&wall_seconds=100&memory_mib=512&processes=200",
                [:],
                headers: [("Prefer", "wait=100")]
            ).decoded(Job.self)
            #expect(job.status == .succeeded)
            #expect(job.priority == -100)
            #expect(job.maxAttempts == 10)
            #expect(job.limits == JobLimits(wallSeconds: 100, memoryBytes: 512 << 20, processes: 200))
        }
    }
}
