import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Following a log", .timeLimit(.minutes(10)))
struct LogFollowTests {
    @Test("Lines come while the job runs, and the end when it has ended")
    func live() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["log_lines": 3, "sleep_ms": 60_000])
            var lines: [String] = []
            var last: ReceivedEvent?
            for try await event in fixture.followedLog(of: id, "?follow=true") {
                last = event
                lines += try event.lines()
                if lines.count == 3, event.kind == "log" {
                    _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
                }
            }
            #expect(lines == ["probe log line 1", "probe log line 2", "probe log line 3"])
            #expect(last?.kind == "end")
            let size = try await fixture.get("/api/ingest/jobs/\(id)/logs").body.count
            #expect(last?.id == Int64(size))
        }
    }

    @Test("Whoever comes back goes on exactly where it was, wherever it was cut off")
    func resuming() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 4000])
            let all = try await fixture.log(of: job.id)
            var received: [String] = []
            var place: Int64 = 0
            var connections = 0
            // Reads one event a connection.
            while true {
                connections += 1
                var event: ReceivedEvent?
                for try await next in fixture.followedLog(of: job.id, "?follow=true", lastEventID: place) {
                    event = next
                    break
                }
                let one = try #require(event)
                if one.kind == "end" { break }
                received += try one.lines()
                place = one.id
            }
            #expect(connections > 1)
            #expect(received.map { $0 + "\n" }.joined() == all)
            // By the query as well, and with the last lines first.
            let rest = try await fixture.followed(job.id, "?follow=true&from=\(all.utf8.count - 22)")
            #expect(try rest.flatMap { try $0.lines() }.map { $0 + "\n" }.joined() == String(all.suffix(22)))
            let tail = try await fixture.followed(job.id, "?follow=true&tail=2")
            #expect(try tail.flatMap { try $0.lines() } == ["probe log line 3999", "probe log line 4000"])
            // A browser that has seen all is told to stay away.
            let done = try await fixture.get(
                "/api/ingest/jobs/\(job.id)/logs",
                headers: [("Accept", "text/event-stream"), ("Last-Event-ID", String(all.utf8.count))]
            )
            #expect(done.status == 204)
        }
    }

    @Test("A key that is revoked ends the events and the log that it follows")
    func openStreams() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 1, "sleep_ms": 60_000, "log_lines": 1])
            try await fixture.waitForProgress(of: id)
            for path in ["events", "logs?follow=true"] {
                let key = try await fixture.makeKey(.viewer)
                var request = HTTPClientRequest(url: "\(fixture.address)/api/ingest/jobs/\(id)/\(path)")
                fixture.authorize(&request, as: .holder(key.key))
                let response = try await fixture.client.execute(request, timeout: .seconds(100))
                var pieces = response.body.makeAsyncIterator()
                _ = try await pieces.next()
                #expect(try await fixture.send(.DELETE, "/api/keys/\(key.id)").status == 200)
                // What the next heartbeat does.
                await fixture.gateway.registry.beat()
                fixture.gateway.liveLogs.wakeWatchers(of: id)
                var text = ""
                while let piece = try await pieces.next() { text += String(buffer: piece) }
                #expect(!text.contains("event: end") && !text.contains("event: done"))
            }
            _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            #expect(try await fixture.end(of: id).status == .cancelled)
        }
    }

    @Test("Whoever asks for the last lines is told first where they start, so that a cut before them loses none")
    func startOfTail() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 10])
            let size = try await fixture.log(of: job.id).utf8.count
            let events = try await fixture.followed(job.id, "?follow=true&tail=2")
            let first = try #require(events.first)
            #expect(first.kind == "log")
            #expect(try first.lines().isEmpty)
            #expect(first.id == Int64(size - "probe log line 9\nprobe log line 10\n".utf8.count))
            let rest = try await fixture.followed(job.id, "?follow=true&from=\(first.id)")
            #expect(try rest.flatMap { try $0.lines() } == ["probe log line 9", "probe log line 10"])
        }
    }

    @Test("A job that waits is followed from before its start")
    func fromBeforeTheStart() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            let first = try await fixture.startProbe(["sleep_ms": 60_000])
            let second = try await fixture.startProbe(["log_lines": 2])
            async let events = fixture.followed(second, "?follow=true")
            while fixture.gateway.liveLogs.watcherCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await fixture.post("/api/ingest/jobs/\(first)/cancel")
            let received = try await events
            #expect(try received.flatMap { try $0.lines() } == ["probe log line 1", "probe log line 2"])
            #expect(received.last?.kind == "end")
        }
    }

    @Test("A job that is cancelled while it waits ends the stream")
    func cancelledWhileWaiting() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            _ = try await fixture.startProbe(["sleep_ms": 60_000])
            let waiting = try await fixture.startProbe()
            async let events = fixture.followed(waiting, "?follow=true")
            while fixture.gateway.liveLogs.watcherCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await fixture.post("/api/ingest/jobs/\(waiting)/cancel")
            #expect(try await events.map(\.kind) == ["end"])
        }
    }

    @Test("All who follow see the same lines in the same order, also one who comes in the middle")
    func sameForAll() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe([
                "log_lines": 2000, "output_line": "on the other output", "events": 2, "interval_ms": 500,
            ])
            let all = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<10 {
                    group.addTask { try await fixture.followed(id, "?follow=true").flatMap { try $0.lines() } }
                }
                // One who comes while lines have come and others are to come.
                try await fixture.waitForProgress(of: id)
                group.addTask { try await fixture.followed(id, "?follow=true").flatMap { try $0.lines() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let kept = try await fixture.log(of: id).split(separator: "\n").map(String.init)
            #expect(all.count == 11)
            for lines in all { #expect(lines == kept) }
            #expect(kept.filter { $0.hasPrefix("probe log line ") } == (1...2000).map { "probe log line \($0)" })
            #expect(kept.contains("on the other output"))
        }
    }

    @Test("A watcher that reads nothing delays neither the job nor the others, and none is left behind")
    func manyWatchers() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["log_lines": 60_000, "events": 3, "interval_ms": 50])
            var request = HTTPClientRequest(url: "\(fixture.address)/api/ingest/jobs/\(id)/logs?follow=true")
            request.headers.add(name: "Accept", value: "text/event-stream")
            fixture.authorize(&request)
            // Its body is never read.
            let slow = try await fixture.client.execute(request, timeout: .seconds(100))
            #expect(slow.headers.first(name: "content-type") == "text/event-stream")
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await fixture.followed(id, "?follow=true").reduce(0) { $0 + (try $1.lines().count) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == [Int](repeating: 60_000, count: 8))
            #expect(try await fixture.job(id).status == .succeeded)
            withExtendedLifetime(slow) {}
        }
    }

    @Test(
        "A place that the log does not have is refused",
        arguments: [1, Int64.max - .init(Int32.max)]
    )
    func beyondTheEnd(distance: Int64) async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["log_lines": 2, "sleep_ms": 60_000])
            let path = "/api/ingest/jobs/\(id)/logs"
            // All that it writes is there.
            for try await event in fixture.followedLog(of: id, "?follow=true") where try event.lines().count == 2 {
                break
            }
            let size = try await fixture.get(path).body.count
            let place = Int64(size) + distance
            let byQuery = try await fixture.get(path + "?follow=true&from=\(place)")
            #expect(byQuery.status == 400)
            #expect(try byQuery.json()["type"] == "/problems/invalid-query")
            let header = [("Last-Event-ID", String(place)), ("Accept", "text/event-stream")]
            let byHeader = try await fixture.get(path, headers: header)
            #expect(byHeader.status == 400)
            #expect(try byHeader.json()["type"] == "/problems/invalid-header")
            _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
        }
    }

    @Test(
        "What is no job, no place and no number is refused",
        arguments: ["?follow=maybe", "?follow=true&from=x", "?follow=true&tail=-1"]
    )
    func refusals(query: String) async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe()
            #expect(try await fixture.get("/api/ingest/jobs/\(job.id)/logs\(query)").status == 400)
            #expect(try await fixture.get("/api/ingest/jobs/\(JobID.make())/logs?follow=true").status == 404)
            let header = [("Last-Event-ID", "-4")]
            let path = "/api/ingest/jobs/\(job.id)/logs?follow=true"
            #expect(try await fixture.get(path, headers: header).status == 400)
        }
    }
}

@Suite("Secrets in what a runner says", .timeLimit(.minutes(10)))
struct ReportedSecretTests {
    @Test("The stores' credentials and the token show in no event, row or answer")
    func reports() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.insert()
            let registry = ProgressRegistry(store: fixture.store, logger: GatewayFixture.quiet)
            let progress = try #require(try await registry.acquire(job.id))
            await progress.conceal(Redaction(secrets: [Secret("hunter22hunter22")]))
            _ = try await progress.begin(token: AttemptToken(), launcher: "manual") { [] }
            var event = RunnerEvent(sequence: 1, kind: .progress)
            event.message = "fetching https://u:hunter22hunter22@host/"
            var end = RunnerEvent(sequence: 2, kind: .finished)
            end.outcome = .failed
            end.error = JobFailure(
                code: "x",
                message: "Bearer hunter22hunter22 was refused",
                advice: "renew hunter22hunter22",
                details: [["header": "hunter22hunter22"]]
            )
            _ = try await progress.receive(RunnerReport(attempt: 1, events: [event, end]), fromAttempt: 1)
            let row = try #require(
                try await fixture.database.rows("SELECT * FROM ingest_jobs WHERE id = ?1", [.text(job.id.rawValue)])
                    .first
            )
            #expect(!"\(row.values)".contains("hunter22"))
            #expect(try row.string("error_json").contains("Bearer <redacted> was refused"))
            #expect(try row.string("message") == "fetching https://u:<redacted>@host/")
        }
    }

    @Test("Passwords in addresses that runners get are secrets")
    func addresses() throws {
        var configuration = GatewayFixture.configuration("/nowhere")
        configuration.origins = [
            "usc": "https://reader:p%40ssw0rd@host/x", "other": "/srv/folder", "third": "http://host/a:b@c",
            "fourth": "http://token-alone@host/",
        ]
        configuration.runnerEnvironment = ["HTTPS_PROXY": "http://me:proxysecret@proxy:3128", "PATH": "/bin"]
        let texts = ["reader:p%40ssw0rd", "reader:p@ssw0rd", "reader", "p%40ssw0rd", "p@ssw0rd"]
        let ofProxy = ["me:proxysecret", "me", "proxysecret"]
        #expect(Set(configuration.secretsOfRunners) == Set((texts + ofProxy + ["token-alone"]).map { Secret($0) }))
    }
}

extension ReceivedEvent {
    func lines() throws -> [String] { (try json()["lines"]?.arrayValue ?? []).compactMap(\.stringValue) }
}

extension GatewayFixture {
    func log(of id: JobID) async throws -> String { try await get("/api/ingest/jobs/\(id)/logs").text }

    /// A log's events as they come; ends when the gateway ends the stream.
    func followedLog(
        of id: JobID,
        _ query: String,
        lastEventID: Int64? = nil
    ) -> AsyncThrowingStream<ReceivedEvent, any Error> {
        eventStream("/api/ingest/jobs/\(id)/logs\(query)", lastEventID: lastEventID)
    }

    func followed(_ id: JobID, _ query: String) async throws -> [ReceivedEvent] {
        var events: [ReceivedEvent] = []
        for try await event in followedLog(of: id, query) { events.append(event) }
        return events
    }
}
