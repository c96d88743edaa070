import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("A job's log", .timeLimit(.minutes(10)))
struct LogRouteTests {
    @Test("Every line is kept, and the last ones or a range can be asked for")
    func reading() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 5000])
            let path = "/api/ingest/jobs/\(job.id)/logs"
            let all = try await fixture.get(path)
            #expect(all.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            let isWhole = all.text == (1...5000).map { "probe log line \($0)\n" }.joined()
            #expect(isWhole)
            #expect(try await fixture.get(path + "?tail=2").text == "probe log line 4999\nprobe log line 5000\n")
            #expect(try await fixture.get(path + "?tail=0").text == "")
            let isSame = try await fixture.get(path + "?tail=10000").body == all.body
            #expect(isSame)
            #expect(try await fixture.get(path + "?tail=x").status == 400)
            let part = try await fixture.get(path, headers: [("Range", "bytes=0-4")])
            #expect(part.status == 206)
            #expect(part.text == "probe")
            #expect(part.headers.first(name: "content-range") == "bytes 0-4/\(all.body.count)")
            #expect(try await fixture.get(path, headers: [("Range", "bytes=-5")]).text == "5000\n")
            #expect(try await fixture.get(path, headers: [("Range", "bytes=9999999-")]).status == 416)
        }
    }

    @Test("A line of ten million bytes and binary bytes are captured")
    func noise() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["fail": "noise"])
            #expect(job.status == .succeeded)
            let log = try await fixture.get("/api/ingest/jobs/\(job.id)/logs")
            let longLine = log.body.count { $0 == 0x78 }
            #expect(longLine == 10_000_000)
            let end = String(decoding: log.body.suffix(15), as: UTF8.self)
            #expect(end == "\u{0}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}(\n")
        }
    }

    @Test("A talkative runner does not push the events out of the ring")
    func coalescing() async throws {
        try await GatewayFixture.with { fixture in
            let id = try await fixture.startProbe(["log_lines": 20_000, "events": 5, "interval_ms": 60])
            let events = try await fixture.allEvents(of: id, after: 0)
            #expect(events.map(\.id) == Array(1...Int64(events.count)))
            let logs = try events.filter { $0.kind == "log" }.map { try $0.json() }
            #expect(!logs.isEmpty)
            #expect(logs.count < 100)
            let shown = logs.reduce(0) { $0 + ($1["lines"]?.arrayValue?.count ?? 0) }
            let omitted = logs.reduce(0) { $0 + Int($1["omitted"]?.integerValue ?? 0) }
            #expect(shown > 0)
            // The last lines may come after the end, when there are no more events.
            #expect(shown + omitted <= 20_000)
        }
    }

    @Test("The log of a job that has not started is empty, and that of no job is not there")
    func absent() async throws {
        try await GatewayFixture.with({ $0.slots = 1 }) { fixture in
            _ = try await fixture.startProbe(["sleep_ms": 60_000])
            let waiting = try await fixture.startProbe()
            let log = try await fixture.get("/api/ingest/jobs/\(waiting)/logs")
            #expect(log.status == 200)
            #expect(log.body.isEmpty)
            #expect(try await fixture.get("/api/ingest/jobs/\(JobID.make())/logs").status == 404)
        }
    }

    @Test(
        "Ranges",
        arguments: [
            (nil, .whole), ("bytes=0-3", .part(0..<4)), ("bytes=5-", .part(5..<10)), ("bytes=-4", .part(6..<10)),
            ("bytes=8-99", .part(8..<10)), ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=3-1", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=x-", .whole),
        ] as [(String?, ByteRange)]
    )
    func ranges(header: String?, expected: ByteRange) {
        #expect(ByteRange(header: header, size: 10) == expected)
    }
}
