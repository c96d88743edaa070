import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import IngotGateway

@Suite("Watching a job", .timeLimit(.minutes(10)))
struct EventRouteTests {
    @Test("The snapshot comes first, then the numbers in order without a hole, then the end")
    func order() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 20, "interval_ms": 5])
            let events = try await fixture.allEvents(of: id)
            #expect(events.first?.kind == "snapshot")
            #expect(events.last?.kind == "done")
            #expect(events.map(\.id) == Array((events.first?.id ?? 0)...(events.last?.id ?? 0)))
            let messages = try events.filter { $0.kind == "progress" }.compactMap {
                try $0.json()["message"]?.stringValue
            }
            #expect(messages.last == "event 20 of 20")
        }
    }

    @Test("After a broken connection a client gets exactly the rest")
    func resume() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 30, "interval_ms": 2])
            let all = try await fixture.allEvents(of: id, after: 0)
            #expect(all.map(\.id) == Array(1...Int64(all.count)))
            for after in [Int64(1), 7, Int64(all.count) - 1] {
                #expect(try await fixture.allEvents(of: id, lastEventID: after) == all.filter { $0.id > after })
                #expect(try await fixture.allEvents(of: id, after: after) == all.filter { $0.id > after })
            }
        }
    }

    @Test("A client that has seen the end is told to stay away")
    func seenTheEnd() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe()
            let last = try #require(try await fixture.allEvents(of: id).last)
            let answer = try await fixture.get(
                "/api/ingest/jobs/\(id)/events",
                headers: [("Last-Event-ID", String(last.id))]
            )
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
        }
    }

    @Test("A finished job is a snapshot and its end, whose numbers differ")
    func finished() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["events": 2])
            let events = try await fixture.allEvents(of: job.id)
            #expect(events.map(\.kind) == ["snapshot", "done"])
            #expect(events.map(\.id) == [job.lastSequence - 1, job.lastSequence])
            #expect(try events[0].decoded(Job.self) == job)
            #expect(try events[1].decoded(Job.self) == job)
        }
    }

    @Test("When the ring has lost the place, the client gets a reset with the job as it is")
    func reset() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["events": 700])
            #expect(job.lastSequence > 700)
            let events = try await fixture.allEvents(of: job.id, after: 3)
            #expect(events.map(\.kind) == ["reset", "done"])
            #expect(try events[0].decoded(Job.self) == job)
        }
    }

    @Test("The stream's first line is the time to wait before connecting again")
    func preamble() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe()
            let answer = try await fixture.get("/api/ingest/jobs/\(job.id)/events")
            #expect(answer.text.hasPrefix("retry: 2000\n\nid: "))
            #expect(answer.headers.first(name: "content-type") == "text/event-stream")
            #expect(answer.headers.first(name: "cache-control") == "no-cache")
        }
    }

    @Test("A number that is none is refused")
    func malformedNumber() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.runProbe().id
            #expect(try await fixture.get("/api/ingest/jobs/\(id)/events?after=x").status == 400)
            let answer = try await fixture.get("/api/ingest/jobs/\(id)/events", headers: [("Last-Event-ID", "-1")])
            #expect(answer.status == 400)
        }
    }

    @Test("Two hundred watchers see the same events in the same order")
    func manyWatchers() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["events": 100, "interval_ms": 10])
            let streams = try await withThrowingTaskGroup(of: [ReceivedEvent].self) { group in
                for _ in 0..<200 {
                    group.addTask { try await fixture.allEvents(of: id, after: 0) }
                }
                return try await group.reduce(into: [[ReceivedEvent]]()) { $0.append($1) }
            }
            #expect(streams.count == 200)
            let first = try #require(streams.first)
            #expect(first.map(\.id) == Array(1...Int64(first.count)))
            #expect(streams.allSatisfy { $0 == first })
        }
    }

    @Test("A watcher that does not read delays nobody, and gets a reset when it reads again")
    func slowWatcher() async throws {
        try await GatewayFixture.with { fixture in
            let parameters: JSONValue = ["events": 3000, "event_bytes": 20_000, "sleep_ms": 200]
            let id = try await fixture.startProbe(parameters)
            // A connection whose bytes are taken only when they are asked for.
            let port = try #require(fixture.address.split(separator: ":").last.flatMap { Int($0) })
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.autoRead, value: false)
                .channelOption(.socketOption(.so_rcvbuf), value: 4096)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(
                                backPressureStrategy: .init(lowWatermark: 1, highWatermark: 1),
                                isOutboundHalfClosureEnabled: false
                            )
                        )
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(
                    ByteBuffer(
                        string: "GET /api/ingest/jobs/\(id)/events?after=0 HTTP/1.1\r\nHost: localhost\r\n"
                            + "Authorization: Bearer \(fixture.gateway.localKey.revealed)\r\n\r\n"
                    )
                )
                // Meanwhile the job runs to its end and others see it.
                let job = try await fixture.end(of: id)
                #expect(job.status == .succeeded)
                try await channel.channel.setOption(.autoRead, value: true).get()
                channel.channel.read()
                var text: [UInt8] = []
                for try await piece in inbound {
                    text.append(contentsOf: piece.readableBytesView)
                    if text.suffix(8).elementsEqual("\r\n0\r\n\r\n".utf8.suffix(8)) { break }
                    if text.count > 5, text.suffix(5).elementsEqual("0\r\n\r\n".utf8) { break }
                }
                let received = String(decoding: text, as: UTF8.self)
                #expect(received.contains("event: reset\n"))
                #expect(received.contains("event: done\n"))
                // Far less than all events: they were dropped, not kept.
                #expect(text.count < 3000 * 20_000 / 2)
            }
        }
    }
}
