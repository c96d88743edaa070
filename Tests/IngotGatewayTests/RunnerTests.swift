import AsyncHTTPClient
import FoundationEssentials
import Glibc
import HTTPTypes
import Hummingbird
import IngotCore
import IngotEmbedded
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Subprocess
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway
@testable import IngotRunner

@Suite("What a runner has not reported yet")
struct ReportQueueTests {
    private func progress(_ number: Int) -> RunnerEvent { .progress(Double(number) / 1000, "\(number)") }

    @Test("A batch is the same until it is acknowledged, and numbers have no holes")
    func batches() {
        var queue = ReportQueue()
        queue.append(progress(1))
        queue.append(progress(2))
        let first = queue.nextBatch()
        #expect(first.map(\.sequence) == [1, 2])
        queue.append(progress(3))
        #expect(queue.nextBatch() == first)
        queue.acknowledge(through: 1)
        #expect(queue.nextBatch().map(\.sequence) == [2])
        queue.acknowledge(through: 2)
        #expect(queue.nextBatch().map(\.sequence) == [3])
        queue.acknowledge(through: 3)
        #expect(queue.isEmpty)
    }

    @Test("When too much waits, old progress gives way, and units and the end never do")
    func bound() {
        var queue = ReportQueue(maximumPending: 10)
        for number in 0..<100 {
            queue.append(progress(number))
            if number % 10 == 0 { queue.append(.unit("\(number)", .done, counts: [:], error: nil)) }
        }
        queue.append(AttemptOutcome.cancelled.event)
        var sent: [RunnerEvent] = []
        while !queue.isEmpty {
            let batch = queue.nextBatch()
            sent += batch
            queue.acknowledge(through: batch.last?.sequence ?? 0)
        }
        #expect(sent.filter { $0.kind == .unit }.count == 10)
        #expect(sent.last?.kind == .finished)
        #expect(sent.filter { $0.kind == .progress }.last?.message == "99")
        #expect(sent.count < 40)
        #expect(sent.map(\.sequence) == Array(1...Int64(sent.count)))
    }

    @Test("Lines of the log go together, in their order between other events, and none is longer than it may be")
    func log() {
        var queue = ReportQueue()
        queue.append(logLine: "one")
        queue.append(logLine: "")
        queue.append(progress(1))
        queue.append(logLine: "two")
        // A character of two bytes lies across the limit.
        queue.append(logLine: String(repeating: "x", count: ReportQueue.maximumLine - 1) + "éé")
        let batch = queue.nextBatch()
        #expect(batch.map(\.kind) == [.log, .progress, .log])
        #expect(batch[0].lines == ["one", ""])
        #expect(batch[2].lines == ["two", String(repeating: "x", count: ReportQueue.maximumLine - 1) + "…"])
        let line = String(repeating: "y", count: 10_000)
        for _ in 0..<100 { queue.append(logLine: line) }
        queue.acknowledge(through: 3)
        #expect(queue.nextBatch().allSatisfy { $0.lines?.count ?? 0 <= ReportQueue.maximumLinesBytes / 10_000 })
    }

    @Test("When too much waits, lines give way, and their place says so")
    func omittedLines() {
        var queue = ReportQueue(maximumPending: 10)
        for number in 0..<20 {
            queue.append(logLine: "\(number)")
            queue.append(progress(number))
        }
        queue.append(AttemptOutcome.cancelled.event)
        let sent = queue.nextBatch()
        #expect(sent.filter { $0.lines == [ReportQueue.omission] }.count == 1)
        #expect(sent.last?.kind == .finished)
        #expect(sent.count <= 12)
    }

    @Test("What waits of the log is bounded in bytes, and what comes after a gap is there")
    func logBytes() {
        var queue = ReportQueue()
        queue.append(.unit("1", .done, counts: [:], error: nil))
        let line = String(repeating: "z", count: 16_000)
        let count = ReportQueue.maximumPendingLog / 16_000 * 3
        for _ in 0..<count { queue.append(logLine: line) }
        queue.append(logLine: "last")
        var sent: [RunnerEvent] = []
        while !queue.isEmpty {
            let batch = queue.nextBatch()
            sent += batch
            queue.acknowledge(through: batch.last?.sequence ?? 0)
        }
        let lines = sent.compactMap(\.lines).flatMap { $0 }
        #expect(lines.reduce(0) { $0 + $1.utf8.count } <= ReportQueue.maximumPendingLog)
        #expect(lines.filter { $0 == ReportQueue.omission }.count == 1)
        #expect(lines.last == "last")
        #expect(sent.first?.kind == .unit)
        #expect(sent.map(\.sequence) == Array(1...Int64(sent.count)))
    }

    @Test("A report that is too large is halved, and at last loses what can be spared")
    func shrinking() {
        var queue = ReportQueue()
        for number in 0..<4 { queue.append(progress(number)) }
        #expect(queue.nextBatch().count == 4)
        var could = queue.shrink()
        #expect(could)
        #expect(queue.nextBatch().map(\.sequence) == [1, 2])
        could = queue.shrink()
        #expect(could)
        #expect(queue.nextBatch().map(\.message) == ["0"])
        could = queue.shrink()
        #expect(could)
        #expect(queue.nextBatch().map(\.message) == [nil])
        could = queue.shrink()
        #expect(!could)
        queue.acknowledge(through: 1)
        #expect(queue.nextBatch().map(\.sequence) == [2])
    }
}

/// A progress route that answers as the test says and remembers what it was told.
private final class ScriptedGateway: Sendable {
    struct Seen: Sendable {
        var reports: [RunnerReport] = []
        var tokens: Set<String> = []
    }

    let seen = Mutex(Seen())

    /// Runs `body` with the gateway's address.
    ///
    /// - Parameter answer: the status for the report with this number, from 0; 200 acknowledges all of it.
    func serve(
        _ answer: @escaping @Sendable (_ number: Int, _ report: RunnerReport) -> (status: Int, stop: Bool),
        _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/api/ingest/jobs/{id}/progress") { [self] request, _ in
            let bytes = try await request.body.collect(upTo: 8 << 20)
            let report = try JSONText.decode(RunnerReport.self, from: bytes.readableBytesView)
            let number = seen.withLock { seen in
                seen.reports.append(report)
                seen.tokens.insert(request.headers[.authorization] ?? "")
                return seen.reports.count - 1
            }
            let (status, stop) = answer(number, report)
            let acknowledgement = ReportAnswer(accepted: report.events.last?.sequence ?? 0, stop: stop)
            return Response(
                status: .init(code: status),
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONText.encode(acknowledgement)))
            )
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: GatewayFixture.quiet
        )
        let group = ServiceGroup(services: [application], logger: GatewayFixture.quiet)
        let running = Task { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let bound = try #require(await iterator.next())
        do { try await body("http://127.0.0.1:\(bound)") } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

@Suite("Reporting to a gateway", .timeLimit(.minutes(10)))
struct GatewayReporterTests {
    private func reporter(
        _ address: String,
        patience: Duration = .seconds(60),
        timeout: TimeAmount = .seconds(15)
    ) -> GatewayReporter {
        var pace = GatewayReporter.Pace()
        pace.batching = .milliseconds(20)
        pace.heartbeat = .milliseconds(100)
        pace.patience = patience
        pace.retries.firstDelay = .milliseconds(5)
        pace.retries.maximumDelay = .milliseconds(20)
        pace.timeout = timeout
        return GatewayReporter(
            gateway: address,
            job: JobID.make(),
            attempt: 1,
            token: Secret("attempt-token"),
            client: .shared,
            logger: GatewayFixture.quiet,
            pace: pace
        )
    }

    @Test("Everything arrives once and in order, although the gateway fails again and again")
    func flakyGateway() async throws {
        let gateway = ScriptedGateway()
        try await gateway.serve { number, _ in
            (number % 3 == 2 ? 200 : 503, false)
        } _: { address in
            let reporter = reporter(address)
            for number in 0..<50 { reporter.progress(Double(number) / 50, "\(number)") }
            reporter.unit("1", .done, counts: ["nodes": 2], error: nil)
            reporter.finish(.succeeded(["ok": true]))
            reporter.progress(1, "too late")
            #expect(await reporter.deliver {} == RunnerExitCode.succeeded)
        }
        let seen = gateway.seen.withLock { $0 }
        #expect(seen.tokens == ["Bearer attempt-token"])
        var events: [RunnerEvent] = []
        for event in seen.reports.flatMap(\.events) where event.sequence > events.last?.sequence ?? 0 {
            events.append(event)
        }
        #expect(events.map(\.sequence) == Array(1...52))
        #expect(events.last?.outcome == .succeeded)
        #expect((events.last?.peakMemoryBytes ?? 0) > 0)
    }

    @Test("Reports are batched, not one an event")
    func batching() async throws {
        let gateway = ScriptedGateway()
        try await gateway.serve { _, _ in
            (200, false)
        } _: { address in
            let reporter = reporter(address)
            for number in 0..<500 { reporter.progress(0, "\(number)") }
            reporter.finish(.cancelled)
            #expect(await reporter.deliver {} == RunnerExitCode.stopped)
        }
        #expect(gateway.seen.withLock { $0.reports.count } < 5)
    }

    @Test("A silent attempt still shows that it lives")
    func heartbeat() async throws {
        let gateway = ScriptedGateway()
        let (beats, beat) = AsyncStream.makeStream(of: Void.self)
        try await gateway.serve { _, report in
            if report.events.contains(where: { $0.kind == .heartbeat }) { beat.yield() }
            return (200, false)
        } _: { address in
            let reporter = reporter(address)
            async let exitCode = reporter.deliver {}
            var iterator = beats.makeAsyncIterator()
            await iterator.next()
            await iterator.next()
            reporter.finish(.failed(JobFailure(code: "x", message: "y")))
            #expect(await exitCode == RunnerExitCode.failed)
        }
    }

    @Test("While the gateway is away, reports are kept within bounds; when it is back, the attempt goes on")
    func absence() async throws {
        let gateway = ScriptedGateway()
        let isBack = OnceFlag()
        let (refusals, refusal) = AsyncStream.makeStream(of: Void.self)
        let (beats, beat) = AsyncStream.makeStream(of: Void.self)
        try await gateway.serve { _, report in
            guard isBack.isSet else {
                refusal.yield()
                return (503, false)
            }
            if report.events.contains(where: { $0.kind == .heartbeat }) { beat.yield() }
            return (200, false)
        } _: { address in
            let reporter = reporter(address)
            async let exitCode = reporter.deliver {}
            reporter.unit("0", .running, counts: [:], error: nil)
            var refused = refusals.makeAsyncIterator()
            await refused.next()
            for number in 1...30_000 {
                reporter.progress(Double(number) / 30_000, "\(number)")
                if number.isMultiple(of: 1000) { reporter.unit("\(number)", .done, counts: [:], error: nil) }
            }
            for _ in 0..<5 { await refused.next() }
            isBack.set()
            var beating = beats.makeAsyncIterator()
            await beating.next()
            reporter.finish(.succeeded([:]))
            #expect(await exitCode == RunnerExitCode.succeeded)
        }
        var events: [Int64: RunnerEvent] = [:]
        for event in gateway.seen.withLock({ $0.reports.flatMap(\.events) }) { events[event.sequence] = event }
        let ordered = events.values.sorted { $0.sequence < $1.sequence }
        #expect(ordered.map(\.sequence) == Array(1...Int64(ordered.count)), "numbers have no holes")
        #expect(ordered.count < 11_000)
        let units = ["0"] + (1...30).map { "\($0 * 1000)" }
        #expect(ordered.filter { $0.kind == .unit }.compactMap(\.unit) == units)
        #expect(ordered.last { $0.kind == .progress }?.message == "30000")
        #expect(ordered.last?.outcome == .succeeded)
    }

    @Test("An answer that asks for a stop stops the source")
    func stop() async throws {
        try await ScriptedGateway().serve { _, _ in
            (200, true)
        } _: { address in
            let reporter = reporter(address)
            reporter.progress(0.1, "started")
            let exitCode = await reporter.deliver { reporter.finish(.cancelled) }
            #expect(exitCode == RunnerExitCode.stopped)
        }
    }

    @Test("A refused attempt ends at once with its own exit code", arguments: [401, 404, 409])
    func superseded(status: Int) async throws {
        try await ScriptedGateway().serve { _, _ in
            (status, false)
        } _: { address in
            let reporter = reporter(address)
            let stopped = OnceFlag()
            reporter.progress(0.1, "started")
            #expect(await reporter.deliver { stopped.set() } == RunnerExitCode.superseded)
            #expect(!stopped.isSet, "a source that is asked to stop takes back what the next attempt needs")
        }
    }

    @Test("When the answer to the end was lost, the refusal of its repetition is no failure")
    func lostAnswer() async throws {
        try await ScriptedGateway().serve { number, _ in
            (number == 0 ? 503 : 409, false)
        } _: { address in
            let reporter = reporter(address)
            reporter.finish(.succeeded([:]))
            #expect(await reporter.deliver {} == RunnerExitCode.succeeded)
        }
    }

    @Test("A gateway that stays away is given up")
    func lostGateway() async {
        let reporter = reporter("http://127.0.0.1:1", patience: .milliseconds(50), timeout: .milliseconds(200))
        let stopped = OnceFlag()
        reporter.progress(0.1, "started")
        #expect(await reporter.deliver { stopped.set() } == RunnerExitCode.gatewayLost)
        #expect(!stopped.isSet)
    }
}

@Suite("The body of a request to a runner")
struct RunnerRequestTests {
    private let settings = Settings(
        [
            "CF_ACCOUNT_ID": "account", "D1_DATABASE_ID": "database", "D1_API_TOKEN": "database-token",
            "R2_ACCESS_KEY_ID": "key", "R2_SECRET_ACCESS_KEY": "secret-key", "R2_BUCKET_NAME": "bucket",
            "INGOT_GATEWAY_URL": "http://gateway",
        ]
    ) { _ in "" }

    @Test("Parameters are a member of their own, or the members that are not the runner's")
    func parameters() throws {
        let id = JobID.make().rawValue
        let inside = try RunnerRequest(["jobId": .string(id), "parameters": ["titles": ["1"]], "attempt": 3])
            .assignment(source: "usc", settings: settings)
        #expect(inside.job.rawValue == id)
        #expect(inside.attempt == 3)
        #expect(inside.parameters == ["titles": ["1"]])
        #expect(inside.gateway == "http://gateway")
        let beside = try RunnerRequest(["jobId": .string(id), "titles": ["1"], "gateway": "http://other", "token": "t"])
            .assignment(source: "usc", settings: settings)
        #expect(beside.parameters == ["titles": ["1"]])
        #expect(beside.gateway == "http://other")
        #expect(beside.token?.revealed == "t")
        #expect(beside.attempt == 1)
    }

    @Test(
        "What is wrong is refused",
        arguments: [["jobId": "17"], ["attempt": 0], ["attempt": "1"], ["token": 1], []] as [JSONValue]
    )
    func malformed(body: JSONValue) {
        #expect(throws: RunnerRequest.Malformed.self) {
            try RunnerRequest(body).assignment(source: "usc", settings: settings)
        }
    }
}

@Suite("A job without a gateway")
struct StandaloneJobTests {
    private func assignment(_ id: JobID) throws -> Assignment {
        Assignment(
            job: id,
            source: "probe",
            parameters: ["events": 1],
            attempt: 1,
            token: nil,
            gateway: nil,
            origin: nil,
            storage: try StorageSettings(
                accountID: "a",
                databaseID: "d",
                databaseToken: Secret("t"),
                accessKeyID: "k",
                secretAccessKey: Secret("s"),
                bucket: "b"
            )
        )
    }

    @Test("The row is made, fenced while it runs, and ended once")
    func life() async throws {
        try await ScratchFolder.with { folder in
            let database = try EmbeddedDatabase(path: folder.appending("d1.sqlite").string)
            let id = JobID.make()
            let first = try await StandaloneJob.begin(try assignment(id), database: database)
            #expect(first.attempt == 1)
            // A second start of the same job supersedes the first.
            let second = try await StandaloneJob.begin(try assignment(id), database: database)
            #expect(second.attempt == 2)
            try await first.end(.succeeded(["by": "first"]))
            let store = JobStore(database: database)
            #expect(try await store.job(id)?.job.status == .running)
            try await second.end(.failed(JobFailure(code: "x", message: "y")))
            let job = try #require(try await store.job(id)).job
            #expect(job.status == .failed)
            #expect(job.error?.code == "x")
            #expect(job.launcher == "standalone")
            await #expect {
                _ = try await StandaloneJob.begin(try assignment(id), database: database)
            } throws: { error in
                (error as? JobFailure)?.code == "job_ended"
            }
        }
    }

    @Test(
        "A start whose answer was lost counts once",
        arguments: [FaultPlan.Fault.dropBefore, .dropAfter, .gatewayTimeout, .truncatedBody]
    )
    func lostAnswer(_ fault: FaultPlan.Fault) async throws {
        // The tables are made by a call of their own before it.
        let plan = FaultPlan(database: .init(first: [nil, fault, fault, nil, nil, fault]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let database = RunnerStores(settings: cloud.settings, logger: .silent).database
            let id = JobID.make()
            let first = try await StandaloneJob.begin(try assignment(id), database: database)
            #expect(first.attempt == 1)
            let second = try await StandaloneJob.begin(try assignment(id), database: database)
            #expect(second.attempt == 2)
            let row = try await cloud.database.rows("SELECT attempt, started_at FROM ingest_jobs").first
            #expect(try row?.integer("attempt") == 2)
            try await second.end(.succeeded([:]))
            #expect(try await JobStore(database: cloud.database).job(id)?.job.status == .succeeded)
        }
    }
}

@Suite("The runner's executable", .timeLimit(.minutes(10)))
struct RunnerExecutableTests {
    private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> (Int32, String, String)
    {
        let result = try await Subprocess.run(
            .path(BuiltProducts.runner),
            arguments: Arguments(arguments),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
            ),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        guard case .exited(let code) = result.terminationStatus else { return (-1, "", "") }
        return (code, result.standardOutput, result.standardError)
    }

    @Test("It describes the probe only when it is asked to")
    func describe() async throws {
        let (code, plain, _) = try await run(["describe"])
        #expect(code == 0)
        let ids = try JSONText.decode([SourceDescription].self, from: plain.utf8).map(\.id)
        #expect(!ids.contains("probe"))
        let (_, all, _) = try await run(["describe", "--enable-probe"])
        #expect(try JSONText.decode([SourceDescription].self, from: all.utf8).map(\.id) == ids + ["probe"])
    }

    @Test("It lists what a source's upstream has published, from where it is told")
    func releases() async throws {
        try await ScratchFolder.with { folder in
            let file = folder.appending("xml_usc01@900-1.zip")
            try #require(FileManager.default.createFile(atPath: file.string, contents: nil))
            let expected = [SourceRelease(label: "900-1", isCurrent: true)]
            let (code, output, _) = try await run(["releases", "usc", "--origin", folder.string])
            #expect(code == RunnerExitCode.succeeded)
            #expect(try JSONText.decode([SourceRelease].self, from: output.utf8).map(\.label) == expected.map(\.label))
            let (_, same, _) = try await run(["releases", "usc"], environment: ["INGOT_ORIGIN": folder.string])
            #expect(same == output)
        }
    }

    @Test(
        "A list that cannot be had ends with the failure as the last line",
        arguments: [
            ("nothing", "/", "unknown_source"), ("probe", "/", "releases_unsupported"),
            ("usc", "http://127.0.0.1:1", "upstream_unreachable"),
        ]
    )
    func noReleases(source: String, origin: String, code: String) async throws {
        let (exit, output, errors) = try await run(["releases", source, "--origin", origin])
        #expect(exit == RunnerExitCode.failed)
        #expect(output.isEmpty)
        let last = try #require(errors.split(separator: "\n").last)
        #expect(try JSONText.decode(JobFailure.self, from: last.utf8).code == code)
    }

    @Test("A missing setting is named, with its own exit code")
    func missingSetting() async throws {
        let (code, _, errors) = try await run(["run"])
        #expect(code == RunnerExitCode.usage)
        #expect(errors.contains("INGOT_SOURCE"))
        let (other, _, _) = try await run(["run"], environment: ["INGOT_SETTINGS_FD": "99"])
        #expect(other == RunnerExitCode.usage)
    }

    @Test("Without a gateway it runs the job on the stores alone, and keeps its row")
    func standalone() async throws {
        try await GatewayFixture.with { fixture in
            let id = JobID.make()
            var environment = fixture.gateway.parts.stores.settings.settings
            environment["INGOT_JOB_ID"] = id.rawValue
            environment["INGOT_SOURCE"] = "probe"
            environment["INGOT_PARAMETERS"] = "{\"events\":2}"
            let (code, output, _) = try await run(["run"], environment: environment)
            #expect(code == RunnerExitCode.succeeded)
            let events = try output.split(separator: "\n").map { try JSONText.decode(RunnerEvent.self, from: $0.utf8) }
            #expect(events.map(\.kind) == [.progress, .progress, .finished])
            #expect(events.map(\.sequence) == [1, 2, 3])
            let job = try await fixture.job(id)
            #expect(job.status == .succeeded)
            #expect(job.result?["events"] == 2)
            #expect(job.launcher == "standalone")
            // The same job again has ended already.
            let (again, _, errors) = try await run(["run"], environment: environment)
            #expect(again == RunnerExitCode.failed)
            #expect(errors.contains("has ended already"))
        }
    }

    @Test("SIGTERM stops an attempt cleanly, with its own exit code and a cancelled job")
    func terminated() async throws {
        try await GatewayFixture.with { fixture in
            let id = JobID.make()
            var environment = fixture.gateway.parts.stores.settings.settings
            environment["INGOT_JOB_ID"] = id.rawValue
            environment["INGOT_SOURCE"] = "probe"
            environment["INGOT_PARAMETERS"] = "{\"events\":1,\"sleep_ms\":60000}"
            let result = try await Subprocess.run(
                .path(BuiltProducts.runner),
                arguments: ["run"],
                environment: .custom(
                    Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
                ),
                input: .none,
                output: .sequence,
                error: .discarded
            ) { execution in
                var isStopped = false
                for try await _ in execution.standardOutput where !isStopped {
                    // The first event: the source runs.
                    isStopped = true
                    try execution.send(signal: .terminate)
                }
            }
            #expect(result.terminationStatus == .exited(RunnerExitCode.stopped))
            #expect(try await fixture.job(id).status == .cancelled)
        }
    }

    @Test("A runner that was stopped and wakes up when its attempt is no more the current one ends at once")
    func superseded() async throws {
        try await GatewayFixture.with { fixture in
            let isSuperseded = OnceFlag()
            let gateway = ScriptedGateway()
            let (reports, report) = AsyncStream.makeStream(of: Void.self)
            try await gateway.serve { _, _ in
                report.yield()
                return (isSuperseded.isSet ? 409 : 200, false)
            } _: { address in
                var environment = fixture.gateway.parts.stores.settings.settings
                environment["INGOT_JOB_ID"] = JobID.make().rawValue
                environment["INGOT_SOURCE"] = "probe"
                environment["INGOT_PARAMETERS"] = "{\"events\":1000,\"sleep_ms\":60000}"
                environment["INGOT_GATEWAY_URL"] = address
                let result = try await Subprocess.run(
                    .path(BuiltProducts.runner),
                    arguments: ["run"],
                    environment: .custom(
                        Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
                    ),
                    input: .none,
                    output: .discarded,
                    error: .sequence
                ) { execution in
                    var reported = reports.makeAsyncIterator()
                    await reported.next()
                    try execution.send(signal: .suspend)
                    isSuperseded.set()
                    try execution.send(signal: .resume)
                    var log = ""
                    for try await line in execution.standardError.strings() { log += line }
                    #expect(log.contains("the gateway refused the attempt (status 409)"))
                }
                #expect(result.terminationStatus == .exited(RunnerExitCode.superseded))
            }
            // The refused report was the last one.
            #expect(
                gateway.seen.withLock { $0.reports.contains { $0.events.contains { $0.kind == .finished } } } == false
            )
        }
    }

    @Test("As a server it takes exactly one job and ends with it")
    func serving() async throws {
        try await GatewayFixture.with { fixture in
            let environment = fixture.gateway.parts.stores.settings.settings
            let result = try await Subprocess.run(
                .path(BuiltProducts.runner),
                arguments: ["serve", "--host", "127.0.0.1", "--port", "0"],
                environment: .custom(
                    Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
                ),
                input: .none,
                output: .discarded,
                error: .sequence
            ) { execution in
                var iterator = execution.standardError.strings().makeAsyncIterator()
                let line = try await iterator.next() ?? ""
                let address = line.split(whereSeparator: \.isWhitespace).last ?? ""
                let runner = GatewayFixture(gateway: fixture.gateway, address: String(address), client: fixture.client)
                #expect(try await runner.get("/").json() == ["status": "ready"])
                let id = JobID.make()
                let body: JSONValue = ["jobId": .string(id.rawValue), "events": 1, "sleep_ms": 500]
                #expect(try await runner.post("/ingest/nothing", body).status == 404)
                #expect(try await runner.post("/ingest/probe", ["jobId": "17"]).status == 422)
                let taken = try await runner.post("/ingest/probe", body)
                #expect(taken.status == 202)
                #expect(try taken.json() == ["jobId": .string(id.rawValue)])
                #expect(try await runner.post("/ingest/probe", body).status == 409)
                #expect(try await runner.get("/").json() == ["status": "busy"])
                while try await iterator.next() != nil {}
                #expect(try await fixture.job(id).status == .succeeded)
            }
            #expect(result.terminationStatus == .exited(RunnerExitCode.succeeded))
        }
    }
}
