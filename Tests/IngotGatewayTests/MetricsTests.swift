import AsyncHTTPClient
import CoreMetrics
import HTTPTypes
import IngotCore
import IngotMetrics
import NIOHTTP1
import Testing

@testable import IngotGateway
@testable import IngotRunner

/// What a gateway shows at /metrics, by name and labels.
struct Scrape {
    let lines: [Substring]

    init(_ text: String) { lines = text.split(separator: "\n") }

    static func of(_ fixture: GatewayFixture) async throws -> Scrape {
        let answer = try await fixture.get("/metrics")
        try #require(answer.status == 200)
        #expect(answer.headers.first(name: "content-type") == MetricRegistry.contentType)
        return Scrape(answer.text)
    }

    /// The sum of a metric's series that have these labels.
    func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        lines.filter { line in
            (line.hasPrefix("\(name){") || line.hasPrefix("\(name) "))
                && labels.allSatisfy { line.contains("\($0.key)=\"\($0.value)\"") }
        }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    func has(_ name: String) -> Bool { lines.contains { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") } }
}

@Suite("What a gateway counts", .timeLimit(.minutes(10)))
struct MetricsTests {
    @Test("Jobs, attempts, requests and the process are shown")
    func shows() async throws {
        try await GatewayFixture.with { fixture in
            let before = try await Scrape.of(fixture)
            // What has not happened yet is 0 and not absent, so that its first time is seen.
            #expect(before.has("ingot_jobs_submitted_total") && before.sum("ingot_jobs_submitted_total") == 0)
            #expect(before.has("ingot_lease_losses_total") && before.has("ingot_event_resets_total"))
            let job = try await fixture.runProbe()
            #expect(job.status == .succeeded)
            let failed = try await fixture.runProbe(["fail": "error"])
            try #require(failed.status == .failed)
            let after = try await Scrape.of(fixture)
            let probe = ["source": "probe"]
            #expect(after.sum("ingot_jobs_submitted_total", probe) == 2)
            #expect(after.sum("ingot_attempts_started_total", probe) == 2)
            #expect(after.sum("ingot_jobs_ended_total", ["source": "probe", "status": "succeeded"]) == 1)
            #expect(after.sum("ingot_jobs_ended_total", ["status": "failed"]) == 1)
            #expect(after.sum("ingot_job_queue_seconds_count", probe) == 2)
            #expect(after.sum("ingot_runner_start_seconds_count", probe) == 2)
            #expect(after.sum("ingot_attempt_seconds_count", probe) == 2)
            #expect(after.sum("ingot_lease_renewals_total", probe) >= 2)
            #expect(after.sum("ingot_job_last_success_timestamp_seconds", probe) > 1_700_000_000)
            #expect(
                after.sum(
                    "ingot_http_requests_total",
                    ["route": "/api/ingest/{source}", "method": "POST", "status": "200"]
                ) == 2
            )
            #expect(after.sum("ingot_http_request_seconds_count", ["route": "/metrics", "method": "GET"]) >= 1)
            #expect(after.sum("ingot_queue_slots") == 4)
            #expect(after.sum("ingot_build_info", ["version": IngotVersion.current]) == 1)
            #expect(after.sum("process_resident_memory_bytes") > 1_000_000)
            #expect(after.sum("process_cpu_seconds_total") > 0)
            #expect(after.sum("process_open_fds") > 3 && after.sum("process_max_fds") > 3)
            let started = after.sum("process_start_time_seconds")
            let now = Double(Timestamp.now().millisecondsSinceEpoch) / 1000
            #expect(started > now - 86_400 && started <= now + 2)
            #expect(after.sum("ingot_disk_size_bytes") >= after.sum("ingot_disk_free_bytes"))
        }
    }

    @Test("Whatever is shown is in the catalogue, with its kind and its labels")
    func isDescribed() async throws {
        try await GatewayFixture.with { fixture in
            _ = try await fixture.runProbe()
            let scrape = try await Scrape.of(fixture)
            let known = Dictionary(uniqueKeysWithValues: MetricCatalog.all.map { ($0.name, $0) })
            for line in scrape.lines where line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                #expect(known[name] != nil || name == MetricRegistry.droppedSeries, "\(name)")
                #expect(scrape.lines.contains { $0.hasPrefix("# HELP \(name) ") }, "\(name)")
            }
            for line in scrape.lines where !line.hasPrefix("#") {
                guard let open = line.firstIndex(of: "{") else { continue }
                var name = String(line[..<open])
                for suffix in ["_bucket", "_sum", "_count"] where known[name] == nil && name.hasSuffix(suffix) {
                    name.removeLast(suffix.count)
                }
                let labels = Set(known[name]?.labels ?? ["metric"]).union(["le"])
                for label in line[line.index(after: open)...].matches(of: /([a-z_]+)="/).map({ String($0.1) }) {
                    #expect(labels.contains(label), "\(line)")
                }
            }
        }
    }

    @Test("A viewer may read them, a stranger and a key of some sources may not")
    func keepsOut() async throws {
        try await GatewayFixture.with { fixture in
            let viewer = try await fixture.makeKey(.viewer)
            let scoped = try await fixture.makeKey(.viewer, sources: ["probe"])
            #expect(try await fixture.send(.GET, "/metrics", from: .nobody).status == 401)
            #expect(try await fixture.send(.GET, "/metrics", from: .holder(viewer.key)).status == 200)
            let refused = try await fixture.send(.GET, "/metrics", from: .holder(scoped.key))
            #expect(refused.status == 403 && refused.text.contains("metrics-of-all-sources"))
        }
        try await GatewayFixture.with({ $0.opensMetrics = true }) { fixture in
            let metrics = try await fixture.send(.GET, "/metrics", from: .nobody)
            #expect(metrics.status == 200)
            let jobs = try await fixture.send(.GET, "/api/ingest/jobs", from: .nobody)
            #expect(jobs.status == 401)
        }
    }

    @Test("What is at no route, or asked with a method of the caller's own, makes no series of its own")
    func boundsRoutes() async throws {
        try await GatewayFixture.with { fixture in
            for number in 0..<30 {
                _ = try await fixture.get("/nowhere/\(number)")
            }
            // The server takes no methods that it does not know; these it knows.
            let odd = ["PURGE", "MKCOL", "LOCK", "SEARCH"]
            for method in odd { _ = try await fixture.send(HTTPMethod(rawValue: method), "/healthz") }
            let scrape = try await Scrape.of(fixture)
            #expect(scrape.sum("ingot_http_requests_total", ["route": "none", "status": "404"]) == 30)
            #expect(scrape.sum("ingot_http_requests_total", ["method": "other"]) == Double(odd.count))
            #expect(scrape.lines.count { $0.hasPrefix("ingot_http_requests_total{") } < 10)
        }
    }

    // MARK: - Counts of runners

    private func report(_ counts: [RunnerCount], sequence: Int64, attempt: Int = 1) -> RunnerReport {
        var event = RunnerEvent(sequence: sequence, kind: .heartbeat)
        event.metrics = counts
        return RunnerReport(attempt: attempt, events: [event])
    }

    @Test("A report that comes twice counts once, and what a runner may not count is left out")
    func countsOnce() async throws {
        try await RunningAttempt.with { fixture, attempts in
            let attempt = attempts[0]
            func send(_ report: RunnerReport) async throws {
                let answer = try await attempt.send(.POST, "progress", body: JSONText.encode(report))
                #expect(answer.status == 200)
            }
            let calls = RunnerCount(name: "ingot_d1_calls_total", labels: [:], amount: 7)
            let fetches = RunnerCount(
                name: "ingot_fetch_requests_total",
                labels: ["host": "h.example", "status": "200"],
                amount: 3
            )
            for _ in 0..<3 { try await send(report([calls, fetches], sequence: 1)) }
            try await send(report([calls], sequence: 2))
            try await send(report([calls], sequence: 1))
            try await send(
                report(
                    [
                        RunnerCount(name: "ingot_jobs_ended_total", labels: ["source": "usc"], amount: 5),
                        RunnerCount(name: "ingot_d1_calls_total", labels: ["source": "usc"], amount: 5),
                        RunnerCount(name: "ingot_d1_calls_total", labels: [:], amount: -5),
                        RunnerCount(name: "ingot_d1_calls_total", labels: [:], amount: .max),
                        RunnerCount(name: "ingot_fetch_requests_total", labels: ["host": "x"], amount: 5),
                        RunnerCount(name: "anything_total", labels: [:], amount: 5),
                    ],
                    sequence: 3
                )
            )
            let scrape = try await Scrape.of(fixture)
            let runner = ["component": "runner", "source": "probe"]
            #expect(scrape.sum("ingot_d1_calls_total", runner) == 14)
            #expect(scrape.sum("ingot_d1_calls_total") == 14)
            #expect(scrape.sum("ingot_fetch_requests_total", ["host": "h.example", "status": "200"]) == 3)
            #expect(scrape.sum("ingot_fetch_requests_total") == 3)
            #expect(scrape.sum("ingot_jobs_ended_total") == 0)
            #expect(!scrape.has("anything_total"))
        }
    }

    @Test("An event of a kind that is not known counts as a sign of life")
    func takesUnknownKinds() async throws {
        try await RunningAttempt.with { _, attempts in
            let attempt = attempts[0]
            let body =
                #"{"attempt":1,"events":[{"seq":1,"type":"something-new","new":{}},{"seq":2,"type":"heartbeat"}]}"#
            let answer = try await attempt.send(
                .POST,
                "progress",
                body: Array(body.utf8)
            )
            #expect(answer.status == 200)
            #expect(try answer.decoded(ReportAnswer.self).accepted == 2)
        }
    }

    @Test("A report carries what was counted until then, and carries it again unchanged until it is taken")
    func carriesCounts() {
        let registry = MetricRegistry()
        func take() -> [RunnerCount]? {
            let increments = registry.takeIncrements()
            return increments.isEmpty
                ? nil : increments.map { RunnerCount(name: $0.name, labels: $0.labels, amount: $0.amount) }
        }
        func count(_ amount: Int64) { registry.makeCounter(label: "a_total", dimensions: []).increment(by: amount) }
        var queue = ReportQueue(maximumPending: 4)
        count(2)
        queue.append(.progress(0.1, "one"))
        queue.append(.progress(0.2, "two"))
        let first = queue.nextBatch(counts: take)
        #expect(first.map { $0.metrics?.first?.amount } == [nil, 2])
        count(5)
        queue.append(.progress(0.3, "three"))
        let repeated = queue.nextBatch(counts: take)
        #expect(repeated == first)
        // Too large: halves, of which the second has the counts still.
        let isSmaller = queue.shrink()
        #expect(isSmaller)
        let half = queue.nextBatch(counts: take)
        #expect(half.map { $0.metrics?.first?.amount } == [nil])
        queue.acknowledge(through: 1)
        // More than may wait: what has counts stays.
        for number in 0..<10 { queue.append(.progress(0.4, "\(number)")) }
        var amounts: [Int64] = []
        while !queue.isEmpty {
            let batch = queue.nextBatch(counts: take)
            amounts += batch.compactMap { $0.metrics?.reduce(0) { $0 + $1.amount } }
            queue.acknowledge(through: batch.last?.sequence ?? 0)
        }
        #expect(amounts.reduce(0, +) == 7)
    }

    // MARK: - Names of requests, and traces

    @Test("A caller's name of a request is taken when it is sane")
    func namesRequests() async throws {
        try await GatewayFixture.with { fixture in
            func name(_ given: String) async throws -> String? {
                try await fixture.get("/healthz", headers: [("X-Request-Id", given)]).headers.first(
                    name: "x-request-id"
                )
            }
            for sane in ["a", "7f3a-01.b_c:d/e+f=g@h~i", String(repeating: "x", count: 128)] {
                #expect(try await name(sane) == sane)
            }
            for odd in ["a b", "a\tb", "é", "<x>", "a,b", "\"", String(repeating: "x", count: 129)] {
                let made = try await name(odd)
                #expect(made != nil && made != odd && made?.isEmpty == false)
            }
            let made = try await fixture.get("/healthz").headers.first(name: "x-request-id")
            #expect(made?.isEmpty == false && made != "a")
        }
    }

    @Test("A job goes on with the trace of its request, with spans of its own")
    func continuesTraces() async throws {
        let launcher = ManualLauncher()
        try await GatewayFixture.with({ $0.makeLauncher = { _, _ in launcher } }) { fixture in
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            func submit(_ headers: [(String, String)]) async throws -> (Job, Assignment) {
                let answer = try await fixture.post("/api/ingest/probe", [:], headers: headers)
                try #require(answer.status == 202)
                let id = try #require(JobID(try answer.json()["jobId"]?.stringValue ?? ""))
                var assignments = launcher.assignments.makeAsyncIterator()
                let assignment = try #require(await assignments.next())
                launcher.exit.yield(RunnerExit(signal: 9))
                return (try await fixture.job(id), assignment)
            }
            let (job, assignment) = try await submit([("traceparent", parent), ("tracestate", "a=1")])
            #expect(job.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            let trace = try #require(assignment.trace)
            #expect(trace.traceID == job.traceID && trace.state == "a=1" && trace.isSampled)
            #expect(trace.spanID != "00f067aa0ba902b7")
            let stored = try await JobStore(database: fixture.gateway.parts.stores.database).job(job.id)
            // Three spans: the caller's, the gateway's for the request, and the attempt's.
            #expect(Set(["00f067aa0ba902b7", stored?.trace?.spanID, trace.spanID]).count == 3)
            #expect(assignment.settings[Assignment.Name.traceParent] == trace.parent)
            let again = try Assignment(settings: Settings(assignment.settings) { _ in "" })
            #expect(again.trace == trace)
            // One that cannot be read begins a trace of its own.
            let (other, _) = try await submit([("traceparent", "00-nonsense")])
            #expect(other.traceID?.count == 32 && other.traceID != job.traceID)
        }
    }

    // MARK: - Health

    /// A launcher that cannot start runners while it is told so.
    private struct BrokenLauncher: Launcher {
        let name = "manual"
        let base = ManualLauncher()

        func run(
            _ assignment: Assignment,
            limits: JobLimits,
            started: @escaping @Sendable (String) async -> Void,
            output: @escaping @Sendable ([UInt8]) async -> Void
        ) async throws -> RunnerExit { RunnerExit(signal: 15) }
        func adopt(_ runner: LeftoverRunner, output: @escaping @Sendable ([UInt8]) async -> Void) async -> RunnerExit? {
            nil
        }
        func leave(_ runner: LeftoverRunner) async {}
        func endLeftover(_ runner: LeftoverRunner) async -> Bool { true }
        func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {}
        func checkReadiness() async throws {
            throw LauncherError(message: "The engine at unix:///secret.sock is gone.", advice: "Start it.")
        }
    }

    @Test("A gateway that cannot start runners is not ready, says so without details, and counts as degraded")
    func launcherDown() async throws {
        try await GatewayFixture.with({ $0.makeLauncher = { _, _ in BrokenLauncher() } }) { fixture in
            let ready = try await fixture.send(.GET, "/readyz", from: .nobody)
            #expect(ready.status == 503)
            #expect(ready.text.contains("No runner can be started") && !ready.text.contains("secret.sock"))
            let health = try await fixture.send(.GET, "/healthz", from: .nobody)
            #expect(health.status == 200)
            #expect(try health.json()["status"] == "degraded")
            #expect(try health.json()["can_start_runners"] == false)
            #expect(try await Scrape.of(fixture).sum("ingot_launcher_up") == 0)
        }
    }

    @Test("A gateway that is well says so of all that it needs")
    func healthy() async throws {
        try await GatewayFixture.with { fixture in
            #expect(try await fixture.get("/readyz").status == 200)
            let health = try await fixture.get("/healthz").json()
            #expect(health["status"] == "ok")
            #expect(health["can_start_runners"] == true && health["database_answers"] == true)
            #expect(health["disk_reserve_reached"] == false)
            #expect(health["database_answered_at"]?.stringValue.flatMap { Timestamp($0) } != nil)
            let scrape = try await Scrape.of(fixture)
            #expect(scrape.sum("ingot_launcher_up") == 1 && scrape.sum("ingot_store_up") == 1)
        }
    }

    @Test("A full disk makes the gateway not ready and degraded")
    func diskFull() async throws {
        var vitals = GatewayHealth.Vitals()
        #expect(!vitals.isDegraded)
        vitals.diskReserveReached = true
        #expect(vitals.isDegraded)
        let queue = QueueHealth(waiting: 0, running: 0, retrying: 0, slots: 1, watch: QueueWatch(), trouble: nil)
        let json = try JSONValue(parsing: JSONText.encode(GatewayHealth(queue: queue, vitals: vitals)))
        #expect(json["status"] == "degraded" && json["disk_reserve_reached"] == true && json["waiting"] == 0)
    }

    @Test("Late timers are remembered for a while and then forgotten")
    func lateTimers() {
        let delay = TimerDelay()
        let start = ContinuousClock.now
        delay.note(.seconds(3), at: start)
        #expect(delay.longest == .seconds(3))
        delay.note(.milliseconds(1), at: start + .seconds(31))
        #expect(delay.longest == .seconds(3))
        delay.note(.milliseconds(1), at: start + .seconds(70))
        #expect(delay.longest == .milliseconds(1))
    }
}
