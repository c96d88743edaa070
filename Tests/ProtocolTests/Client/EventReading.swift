import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// One event as it came over the wire.
struct WireEvent: Sendable, Equatable {
    var id: Int64
    var name: String
    var data: JSONValue
}

/// What came over an event stream.
struct EventReading: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// The lines that are no part of an event, comments among them, in order.
    var otherLines: [String] = []
    var firstLine: String?
    var events: [WireEvent] = []
    /// Whether the gateway ended the stream.
    var isComplete = false
    /// All that came, when it was not a stream.
    var body: [UInt8] = []

    var ids: [Int64] { events.map(\.id) }

    func data(of name: String) -> [JSONValue] { events.filter { $0.name == name }.map(\.data) }
}

extension GatewayClient {
    /// Reads a job's events until the stream ends, or until the closure says that it has seen enough.
    ///
    /// - Parameters:
    ///   - query: for example `?after=3`.
    ///   - lastEventID: the header.
    func read(
        eventsOf job: String,
        query: String = "",
        lastEventID: String? = nil,
        _ isEnough: (WireEvent) async throws -> Bool = { _ in false }
    ) async throws -> EventReading {
        try await read(
            stream: Self.path(of: job, "/events\(query)"),
            headers: lastEventID.map { [("last-event-id", $0)] } ?? [],
            isEnough
        )
    }

    /// Reads any event stream.
    ///
    /// - Parameter seesComment: told of each comment; says whether to go on.
    func read(
        stream path: String,
        headers: [(String, String)] = [],
        seesComment: (String) -> Bool = { _ in true },
        _ isEnough: (WireEvent) async throws -> Bool = { _ in false }
    ) async throws -> EventReading {
        let request = request(.GET, path, headers: [("accept", "text/event-stream")] + headers)
        let response = try await http.execute(request, timeout: .minutes(3))
        var reading = EventReading(status: Int(response.status.code), headers: response.headers)
        guard response.status == .ok else {
            reading.body = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            reading.isComplete = true
            return reading
        }
        var parser = EventLineParser()
        for try await piece in response.body {
            for line in parser.lines(piece.readableBytesView) {
                if reading.firstLine == nil { reading.firstLine = line }
                switch try parser.take(line) {
                case .nothing: break
                case .other(let line):
                    reading.otherLines.append(line)
                    if line.hasPrefix(":"), !seesComment(line) { return reading }
                case .event(let event):
                    reading.events.append(event)
                    if try await isEnough(event) { return reading }
                }
            }
        }
        reading.isComplete = true
        return reading
    }

    /// Follows a job to its end as a browser does: after every break it connects again with the last number it has.
    ///
    /// - Returns: all events in the order in which they came, and how often it connected.
    func follow(_ job: String) async throws -> (events: [WireEvent], connections: Int) {
        var events: [WireEvent] = []
        var connections = 0
        // From the first event on, so that none is hidden by a snapshot.
        var last = "0"
        while connections < 2000 {
            connections += 1
            do {
                let reading = try await read(eventsOf: job, lastEventID: last) { event in
                    events.append(event)
                    last = String(event.id)
                    return event.name == "done"
                }
                if reading.status == 204 || events.last?.name == "done" { return (events, connections) }
                // A gateway that is just being started says so, or answers nothing.
                try #require([200, 502, 503].contains(reading.status))
            } catch let error where Self.isBreak(error) {}
            try await Task.sleep(for: .milliseconds(20))
        }
        throw GatewayTrouble("the stream of job \(job) broke \(connections) times")
    }
}

extension GatewayClient {
    /// Whether an error is a connection that was refused or broke.
    static func isBreak(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error != .deadlineExceeded
        case is IOError, is NIOConnectionError, is HTTPParserError: true
        default: false
        }
    }
}

/// Splits the bytes of an event stream ("HTML Living Standard", section 9.2.6), strictly as the gateway writes it.
struct EventLineParser: Sendable {
    enum Found {
        case nothing
        case other(String)
        case event(WireEvent)
    }

    private var pending: [UInt8] = []
    private var fields: [String: String] = [:]

    mutating func lines(_ bytes: some Sequence<UInt8>) -> [String] {
        pending.append(contentsOf: bytes)
        var lines: [String] = []
        var start = pending.startIndex
        while let end = pending[start...].firstIndex(of: 0x0A) {
            lines.append(String(decoding: pending[start..<end], as: UTF8.self))
            start = end + 1
        }
        pending.removeFirst(start)
        return lines
    }

    mutating func take(_ line: String) throws -> Found {
        if line.isEmpty {
            defer { fields = [:] }
            guard !fields.isEmpty else { return .nothing }
            return .event(
                WireEvent(
                    id: try #require(fields["id"].flatMap(Int64.init), "an event without a number"),
                    name: try #require(fields["event"], "an event without a name"),
                    data: try JSONValue(parsing: try #require(fields["data"], "an event without data").utf8)
                )
            )
        }
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex, !line.hasPrefix("retry:") else {
            return .other(line)
        }
        let name = String(line[..<colon])
        #expect(["id", "event", "data"].contains(name), "a field that no event has: \(line)")
        #expect(fields[name] == nil, "an event has \(name) twice")
        fields[name] = String(line[line.index(after: colon)...].drop { $0 == " " })
        return .nothing
    }
}
