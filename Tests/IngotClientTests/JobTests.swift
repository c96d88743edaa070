import IngotClient
import IngotCore
import IngotTesting
import Testing

@Suite("Jobs through the client", .fillsTheMachine, .timeLimit(.minutes(10)))
struct JobTests {
    @Test("A job is started once a key, followed to its end, and read back with its parts")
    func life() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                var options = JobOptions()
                options.idempotencyKey = "once"
                options.priority = 7
                options.limits[.memoryMiB] = 512
                let parameters: JSONValue = ["events": 5, "log_lines": 3]
                let id = try await gateway.submit("probe", parameters: parameters, options: options)
                #expect(try await gateway.submit("probe", parameters: parameters, options: options) == id)
                var kinds: [String] = []
                var numbers: [Int64] = []
                let job = try await gateway.end(of: id) { update in
                    numbers += [update.number].compactMap { $0 }
                    switch update.content {
                    case .snapshot: kinds.append("snapshot")
                    case .done: kinds.append("done")
                    default: break
                    }
                }
                #expect(job.status == .succeeded)
                #expect(job.priority == 7 && job.limits?.memoryBytes == 512 << 20)
                #expect(kinds == ["snapshot", "done"])
                #expect(numbers == numbers.sorted())
                #expect(try await gateway.job(id) == job)
                #expect(try await gateway.attempts(of: id).map(\.outcome) == [.succeeded])
                // Whoever has seen the end is told of it again.
                var again: [JobUpdate] = []
                for try await update in gateway.events(of: id, after: job.lastSequence) { again.append(update) }
                #expect(again.map(\.content) == [.done(job)])
                var lines = 0
                for try await line in gateway.log(of: id).lines { lines += line.isEmpty ? 0 : 1 }
                var followed: [String] = []
                for try await update in gateway.followLog(of: id, tail: 3) {
                    if case .lines(let lines) = update { followed += lines }
                }
                #expect(lines >= 3 && followed.count == 3)
            }
        }
    }

    @Test("A job is cancelled, and done again under another id")
    func cancelAndRetry() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let id = try await gateway.submit("probe", parameters: ["sleep_ms": 600_000])
                try await gateway.cancel(id)
                #expect(try await gateway.end(of: id).status == .cancelled)
                let again = try await gateway.retry(id)
                #expect(again != id)
                try await gateway.cancel(again)
                #expect(try await gateway.end(of: again).retryOf == id)
                // What is cancelled already stays so; what has ended otherwise cannot be.
                #expect(try await gateway.cancel(id).status == .cancelled)
                let done = try await gateway.ingest("probe").id
                let refused = await #expect(throws: GatewayProblem.self) { try await gateway.cancel(done) }
                #expect(refused?.kind == "job-ended" && refused?.status == 409)
            }
        }
    }

    @Test("What the gateway refuses is a problem with its kind, place and advice")
    func problems() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let wrong = await #expect(throws: GatewayProblem.self) {
                    try await gateway.submit("probe", parameters: ["events": "many", "nonsense": 1])
                }
                #expect(wrong?.kind == "invalid-parameters" && wrong?.status == 422)
                #expect((wrong?.errors.count ?? 0) == 2 && wrong?.advice != nil)
                #expect(wrong?.errors.contains { $0.place?.contains("events") == true } == true)
                let unknown = await #expect(throws: GatewayProblem.self) {
                    for try await _ in gateway.events(of: .make()) {}
                }
                #expect(unknown?.kind == "unknown-job")
            }
            let locked = await #expect(throws: GatewayProblem.self) {
                try await GatewayClient.with(address: running.address) { try await $0.sources() }
            }
            #expect(locked?.kind == "key-missing" && locked?.status == 401)
        }
    }

    @Test("Pages of jobs are asked for as they are needed, and none twice or too many")
    func pages() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                var made: [JobID] = []
                for _ in 0..<5 { made.append(try await gateway.submit("probe", parameters: ["sleep_ms": 600_000])) }
                var listed: [JobID] = []
                for try await job in gateway.jobs(source: "probe", pageSize: 2).items { listed.append(job.id) }
                #expect(listed == made.reversed())
                var sizes: [Int] = []
                for try await page in gateway.jobs(pageSize: 2) { sizes.append(page.count) }
                #expect(sizes == [2, 2, 1])
                for id in made { try await gateway.cancel(id) }
                for id in made { _ = try await gateway.end(of: id) }
            }
        }
    }

    @Test("A watch goes over a restart of the gateway, says so, and misses nothing")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let (heard, hear) = AsyncStream.makeStream(of: JobUpdate.self)
        let first = try await RunningGateway.run(in: folder) {
            running -> (RunningGateway, JobID, Task<Job, any Error>) in
            let id = try await running.withClient {
                try await $0.submit("probe", parameters: ["events": 20000, "interval_ms": 20])
            }
            let watch = Task {
                try await running.withClient { gateway in
                    defer { hear.finish() }
                    return try await gateway.end(of: id) { hear.yield($0) }
                }
            }
            for await update in heard {
                if case .progress(let progress) = update.content, progress.status == .running { break }
            }
            return (running, id, watch)
        }
        for await update in heard {
            if case .disconnected = update.content { break }
        }
        try await RunningGateway.run(in: folder, port: first.0.port) { running in
            var isBack = false
            for await update in heard {
                if case .reconnected = update.content { isBack = true }
                // It goes on after the restart, with the same runner.
                if isBack, case .progress = update.content { break }
            }
            try await running.withClient { _ = try await $0.cancel(first.1) }
            #expect(isBack)
            let job = try await first.2.value
            #expect(job.status == .cancelled && job.attempt == 1)
        }
    }

    @Test("A reader that is slow costs no memory, gets a reset for what it has missed, and the end")
    func slowReader() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let id = try await gateway.submit("probe", parameters: ["events": 20000, "event_bytes": 4000])
                var iterator = gateway.events(of: id).makeAsyncIterator()
                var updates = [try #require(try await iterator.next())]
                #expect(try await gateway.end(of: id).status == .succeeded)
                while let update = try await iterator.next() { updates.append(update) }
                // Of 80 MB, no more than fits the buffers on the way has come.
                let bytes = updates.reduce(0) { $0 + $1.data.canonicalBytes.count }
                #expect(bytes < 40_000_000)
                #expect(updates.contains { if case .reset = $0.content { true } else { false } })
                guard case .done(let job)? = updates.last?.content else {
                    Issue.record("no end")
                    return
                }
                #expect(job.status == .succeeded)
            }
        }
    }

    @Test("A watch that is left or cancelled ends at once")
    func cancelledWatch() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let id = try await gateway.submit("probe", parameters: ["sleep_ms": 600_000])
                for try await _ in gateway.events(of: id) { break }
                let (begun, begin) = AsyncStream.makeStream(of: Void.self)
                let watch = Task {
                    try await gateway.end(of: id) { _ in begin.yield() }
                }
                for await _ in begun { break }
                watch.cancel()
                await #expect(throws: CancellationError.self) { try await watch.value }
                try await gateway.cancel(id)
                #expect(try await gateway.end(of: id).status == .cancelled)
            }
        }
    }

    @Test("Keys, the audit log and webhooks are read as what they are")
    func administration() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let made = try await gateway.makeKey(
                    role: .viewer,
                    name: "reader",
                    sources: ["usc"],
                    expiresIn: .seconds(60)
                )
                #expect(made.description.role == .viewer && made.description.sources == ["usc"])
                let sources = try await GatewayClient.with(address: running.address, key: made.key) {
                    try await $0.sources()
                }
                #expect(sources.map(\.id) == ["usc"])
                var names: [String] = []
                for try await key in gateway.keys().items { names.append(key.name) }
                #expect(names.contains("reader"))
                #expect(try await gateway.revokeKey(made.description.id).revokedAt != nil)
                let added = try await gateway.addWebhook("http://127.0.0.1:9/", events: ["job.failed"])
                #expect(added.secret.revealed.hasPrefix("whsec_"))
                #expect(try await gateway.webhooks().map(\.id) == [added.webhook.id])
                try await gateway.removeWebhook(added.webhook.id)
                #expect(try await gateway.webhooks().isEmpty)
                var actions: [String] = []
                for try await entry in gateway.audit().items { actions.append(entry.action) }
                #expect(actions.contains("POST /api/keys"))
            }
        }
    }
}
