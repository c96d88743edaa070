import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Watching all jobs", .timeLimit(.minutes(10)))
struct JobFeedTests {
    private static func job(_ source: String = "probe", _ status: JobStatus = .running) -> Job {
        Job(id: JobID.make(), source: source, status: status, parameters: [:], createdAt: .now())
    }

    /// What a watcher has got since it was asked last.
    private static func text(_ queue: WatcherQueue) -> String {
        guard case .bytes(let bytes) = queue.take() else { return "" }
        return String(buffer: bytes)
    }

    /// Waits until something is in the queue, and takes it.
    private static func next(_ queue: WatcherQueue) async -> String {
        for await _ in queue.signals {
            let text = text(queue)
            if !text.isEmpty { return text }
        }
        return ""
    }

    @Test("A watcher is told to read the list, and then of each new job until it has ended")
    func life() async throws {
        try await GatewayFixture.with { fixture in
            var events = fixture.eventStream("/api/ingest/jobs/events").makeAsyncIterator()
            #expect(try await events.next()?.kind == "reset")
            let id = try await fixture.startProbe(["events": 3])
            var seen: [JobStatus] = []
            var last: JSONValue?
            while let event = try await events.next() {
                #expect(event.kind == "jobs")
                let jobs = try event.json()["jobs"]?.arrayValue ?? []
                for job in jobs where job["id"]?.stringValue == id.rawValue {
                    seen.append(try #require(job["status"]?.stringValue.flatMap(JobStatus.init)))
                    last = job
                }
                if seen.last?.isTerminal == true { break }
            }
            #expect(seen.last == .succeeded)
            // States may be put together, and never come in another order.
            let order: [JobStatus] = [.queued, .running, .succeeded]
            #expect(seen.map { order.firstIndex(of: $0) ?? -1 } == seen.map { order.firstIndex(of: $0) ?? -1 }.sorted())
            #expect(last?["progress"] == 100)
            #expect(last?["finished_at"]?.stringValue != nil)
            #expect(last?["parameters"] == nil)
        }
    }

    @Test("Nobody sees jobs of sources that are not theirs")
    func scope() async throws {
        let feed = JobFeed()
        let (all, probe, law) = (WatcherQueue(), WatcherQueue(), WatcherQueue())
        feed.watch(all, sources: nil, after: nil)
        feed.watch(probe, sources: ["probe"], after: nil)
        feed.watch(law, sources: ["usc"], after: nil)
        for queue in [all, probe, law] { #expect(Self.text(queue).contains("event: reset")) }
        let (first, second) = (Self.job("usc"), Self.job("probe"))
        feed.note(first, isNewState: true)
        feed.note(second, isNewState: true)
        let (ofAll, ofProbe, ofLaw) = (await Self.next(all), await Self.next(probe), await Self.next(law))
        #expect(ofAll.contains(first.id.rawValue))
        #expect(!ofProbe.contains(first.id.rawValue))
        #expect(ofLaw.contains(first.id.rawValue))
        #expect(!ofLaw.contains(second.id.rawValue))
    }

    @Test("A key with sources sees their jobs only, and may not ask for others")
    func keys() async throws {
        try await GatewayFixture.with { fixture in
            let key = try await fixture.makeKey(.viewer, sources: ["usc"]).key
            let foreign = try await fixture.send(.GET, "/api/ingest/jobs/events?source=probe", from: .holder(key))
            #expect(foreign.status == 403)
            var request = HTTPClientRequest(url: fixture.address + "/api/ingest/jobs/events")
            fixture.authorize(&request, as: .holder(key))
            let response = try await fixture.client.execute(request, timeout: .seconds(120))
            var pieces = response.body.makeAsyncIterator()
            #expect(try await pieces.next().map { String(buffer: $0) }?.contains("event: reset") == true)
            let job = try await fixture.runProbe()
            // Made up, as no job of that source can be run here; it comes after the other one's end.
            fixture.gateway.jobFeed.note(Self.job("usc"), isNewState: true)
            // Signs of life may come before it.
            var piece = ""
            while !piece.contains("event: jobs") { piece += String(buffer: try #require(try await pieces.next())) }
            #expect(piece.contains("\"usc\""))
            #expect(!piece.contains(job.id.rawValue))
        }
    }

    @Test("A client that lost its connection gets what it has missed, or is told to read the list")
    func resuming() async throws {
        let feed = JobFeed()
        let staying = WatcherQueue()
        feed.watch(staying, sources: nil, after: nil)
        func number(_ text: String) throws -> Int64 {
            let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("id: ") })
            return try #require(Int64(line.dropFirst(4)))
        }
        let start = try number(Self.text(staying))
        let (first, second) = (Self.job(), Self.job())
        feed.note(first, isNewState: true)
        let afterFirst = try number(await Self.next(staying))
        feed.note(second, isNewState: true)
        let afterSecond = try number(await Self.next(staying))
        #expect(start < afterFirst && afterFirst < afterSecond)
        func resumed(_ after: Int64) -> String {
            let queue = WatcherQueue()
            feed.watch(queue, sources: nil, after: after)
            defer { feed.unwatch(queue) }
            return Self.text(queue)
        }
        #expect(resumed(start).contains(first.id.rawValue))
        #expect(!resumed(afterFirst).contains(first.id.rawValue))
        #expect(resumed(afterFirst).contains(second.id.rawValue))
        #expect(resumed(afterSecond) == "retry: 2000\n\n")
        #expect(resumed(start - 1).contains("event: reset"))
        #expect(resumed(afterSecond + 1).contains("event: reset"))
        // While nobody watched, nothing was kept.
        feed.unwatch(staying)
        feed.note(Self.job(), isNewState: true)
        #expect(resumed(afterSecond).contains("event: reset"))
    }

    @Test("A job that only goes on is told once for many reports, as it is then")
    func throttling() async throws {
        let feed = JobFeed()
        let queue = WatcherQueue()
        feed.watch(queue, sources: nil, after: nil)
        _ = Self.text(queue)
        var job = Self.job()
        feed.note(job, isNewState: true)
        _ = await Self.next(queue)
        for progress in 1...50 {
            job.progress = progress
            feed.note(job, isNewState: false)
        }
        var text = ""
        while !text.contains("\"progress\":50") { text += await Self.next(queue) }
        // One may have left while they were noted, when that took long.
        #expect(text.split(separator: "\n").count { $0.hasPrefix("event:") } <= 2)
    }

    @Test("A watcher that is too slow is told to read the list, and so is everybody after a flood")
    func dropping() async throws {
        let feed = JobFeed()
        let (slow, steady) = (WatcherQueue(maximumFrames: 1), WatcherQueue())
        feed.watch(slow, sources: nil, after: nil)
        feed.watch(steady, sources: nil, after: nil)
        _ = Self.text(steady)
        feed.note(Self.job(), isNewState: true)
        _ = await Self.next(steady)
        // Waits until the batch has been offered to all.
        feed.unwatch(WatcherQueue())
        #expect(slow.take() == .overflowed)
        feed.resynchronize(slow)
        #expect(Self.text(slow).contains("event: reset"))
        // What leaves in the middle may cut a flood in two that are none.
        var text = ""
        for _ in 0..<100 where !text.contains("event: reset") {
            for _ in 0...JobFeed.maximumBatch { feed.note(Self.job(), isNewState: true) }
            text = await Self.next(steady)
        }
        #expect(text.contains("event: reset"))
    }

    @Test("A thousand watchers get the same bytes, encoded once")
    func manyWatchers() async throws {
        let feed = JobFeed()
        let queues = (0..<1000).map { _ in WatcherQueue() }
        for queue in queues { feed.watch(queue, sources: nil, after: nil) }
        for queue in queues { _ = Self.text(queue) }
        let job = Self.job()
        feed.note(job, isNewState: true)
        let first = await Self.next(queues[0])
        #expect(first.contains(job.id.rawValue))
        for queue in queues.dropFirst() { #expect(await Self.next(queue) == first) }
        for queue in queues { feed.unwatch(queue) }
    }

    @Test("The stream ends when its key does")
    func revoked() async throws {
        try await GatewayFixture.with { fixture in
            let (id, key) = try await fixture.makeKey(.viewer)
            var request = HTTPClientRequest(url: fixture.address + "/api/ingest/jobs/events")
            fixture.authorize(&request, as: .holder(key))
            let response = try await fixture.client.execute(request, timeout: .seconds(120))
            var pieces = response.body.makeAsyncIterator()
            _ = try await pieces.next()
            #expect(try await fixture.send(.DELETE, "/api/keys/\(id)").status == 200)
            fixture.gateway.jobFeed.note(Self.job(), isNewState: true)
            while let piece = try await pieces.next() { #expect(!String(buffer: piece).contains("event: jobs")) }
        }
    }
}
