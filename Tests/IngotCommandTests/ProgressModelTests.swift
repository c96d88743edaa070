import AsyncHTTPClient
import IngotCore
import Testing

@testable import IngotClient
@testable import ingot

@Suite("Progress of several units")
struct ProgressModelTests {
    private static let start = ContinuousClock.now

    private static func unit(_ name: String, _ status: UnitStatus, nodes: Int64? = nil) throws -> JobUpdate {
        var data: [String: JSONValue] = [
            "unit": .string(name), "status": .string(status.rawValue), "at": "2026-03-01T09:30:00.125Z",
        ]
        if let nodes { data["counts"] = ["nodes": .integer(nodes)] }
        return try update("unit", .object(data))
    }

    private static func progress(_ percent: Int64, _ message: String = "reading") throws -> JobUpdate {
        try update(
            "progress",
            [
                "status": "running", "progress": .integer(percent), "message": .string(message), "attempt": 1,
                "at": "2026-03-01T09:30:00.125Z",
            ]
        )
    }

    private static func update(_ name: String, _ data: JSONValue) throws -> JobUpdate {
        let client = GatewayClient(address: "http://127.0.0.1:1", httpClient: .shared)
        return try JobUpdate(EventStreamParser.Event(id: 1, name: name, data: data), client: client)
    }

    private func model(_ updates: [JobUpdate]) -> ProgressModel {
        var model = ProgressModel(at: Self.start)
        for update in updates { _ = model.take(update, at: Self.start) }
        return model
    }

    @Test("Units that are worked on have a line each, the others are summed up")
    func lines() throws {
        let model = model([
            try Self.progress(0), try Self.unit("1", .running), try Self.unit("42", .running, nodes: 7),
            try Self.unit("1", .done, nodes: 30), try Self.unit("5a", .failed), try Self.unit("42", .running, nodes: 9),
            try Self.progress(50),
        ])
        let lines = model.lines(width: 80, rows: 10, at: Self.start + .seconds(10))
        #expect(
            lines == [
                "  42  10 s, 9 nodes", "  1 unit done, 30 nodes, 1 failed",
                "[############............] 50% 5.0%/s, 10 s left  reading",
            ]
        )
        #expect(model.line == "50% reading")
    }

    @Test("Lines fit any terminal, also with a hundred units", arguments: [1, 2, 3, 5, 24], [1, 10, 40, 200])
    func fit(rows: Int, width: Int) throws {
        let model = model(
            try [Self.progress(3, String(repeating: "法", count: 300))]
                + (1...100).map { try Self.unit("a very long name of a unit \($0)", .running, nodes: 1) }
                + [Self.unit("z", .done)]
        )
        let lines = model.lines(width: width, rows: rows, at: Self.start + .seconds(5))
        #expect(lines.count <= rows && lines.count >= 1)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
        if rows == 24, width == 200 { #expect(lines.contains { $0.contains("and 79 more") }, "\(lines)") }
    }

    @Test("A gateway that is away is told of in the bar, and no longer when it is back")
    func away() throws {
        var model = model([try Self.progress(10)])
        _ = model.take(JobUpdate(.disconnected(reason: "x")), at: Self.start)
        #expect(model.lines(width: 80, rows: 5, at: Self.start).last?.contains("the gateway is away") == true)
        _ = model.take(JobUpdate(.reconnected), at: Self.start)
        #expect(model.lines(width: 80, rows: 5, at: Self.start).last?.contains("away") == false)
    }

    @Test("A frame is one piece that goes up over what is there, as it has wrapped, and clears no line first")
    func screen() throws {
        var screen = ProgressScreen()
        let line = String(repeating: "x", count: 60)
        #expect(screen.frame([line, "b"], width: 80) == "\r\(line)\u{1B}[K\r\nb\u{1B}[K\u{1B}[J")
        #expect(screen.frame([line, "b"], width: 80) == nil)
        // The terminal has become narrower: the first line takes two of its lines now.
        #expect(screen.frame(["c"], width: 40) == "\r\u{1B}[2Ac\u{1B}[K\u{1B}[J")
        #expect(screen.cleared(width: 40) == "\r\u{1B}[J")
        #expect(screen.cleared(width: 40).isEmpty)
    }
}
