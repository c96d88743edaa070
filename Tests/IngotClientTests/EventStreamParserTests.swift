import IngotCore
import Testing

@testable import IngotClient

@Suite("Event stream")
struct EventStreamParserTests {
    private let stream = """
        retry: 2000
        id: 1
        event: snapshot
        data: {"status":"running"}

        : hb

        id: 2
        event: progress
        data: {"progress":
        data: 50}

        event: unfinished
        data: {}
        """

    private let expected = [
        EventStreamParser.Event(id: 1, name: "snapshot", data: ["status": "running"]),
        EventStreamParser.Event(id: 2, name: "progress", data: ["progress": 50]),
    ]

    @Test("takes events apart wherever the pieces are cut", arguments: [1, 2, 3, 7, 1000])
    func pieces(size: Int) throws {
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        var rest = Array(stream.utf8)[...]
        while !rest.isEmpty {
            events += try parser.take(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        #expect(events == expected)
    }

    @Test("refuses data that is not JSON")
    func notJSON() {
        var parser = EventStreamParser()
        #expect(throws: EventStreamError.self) { try parser.take("data: nonsense\n\n".utf8) }
    }

    @Test("refuses an event without an end")
    func endless() {
        var parser = EventStreamParser()
        #expect(throws: EventStreamError.self) {
            for _ in 0...8 { _ = try parser.take(repeatElement(UInt8(ascii: "x"), count: 1 << 20)) }
        }
    }

    @Test("prints an event as one line of JSON")
    func jsonLine() {
        #expect(
            String(decoding: expected[1].jsonLine, as: UTF8.self)
                == "{\"data\":{\"progress\":50},\"event\":\"progress\",\"id\":2}\n"
        )
    }
}
