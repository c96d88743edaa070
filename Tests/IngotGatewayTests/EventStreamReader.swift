import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// One event as a client receives it.
struct ReceivedEvent: Sendable, Equatable {
    var id: Int64
    var kind: String
    var data: String

    func json() throws -> JSONValue { try JSONValue(parsing: data.utf8) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONText.decode(type, from: data.utf8)
    }
}

/// Splits the bytes of an event stream ("HTML Living Standard", section 9.2.6); keeps what is not an event apart.
struct EventStreamParser: Sendable {
    private var pending: [UInt8] = []
    private var fields: [String: String] = [:]
    /// The lines before the first event, and all comments.
    private(set) var otherLines: [String] = []

    mutating func append(_ bytes: some Sequence<UInt8>) -> [ReceivedEvent] {
        pending.append(contentsOf: bytes)
        var events: [ReceivedEvent] = []
        var start = pending.startIndex
        while let end = pending[start...].firstIndex(of: 0x0A) {
            let line = String(decoding: pending[start..<end], as: UTF8.self)
            start = end + 1
            if line.isEmpty {
                if let event = fields["event"], let data = fields["data"] {
                    events.append(ReceivedEvent(id: Int64(fields["id"] ?? "") ?? -1, kind: event, data: data))
                }
                fields = [:]
            } else if let colon = line.firstIndex(of: ":"), colon != line.startIndex, !line.hasPrefix("retry") {
                fields[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
            } else {
                otherLines.append(line)
            }
        }
        pending.removeFirst(start)
        return events
    }
}

extension GatewayFixture {
    /// A job's events as they come; ends when the gateway ends the stream.
    func events(
        of id: JobID,
        after: Int64? = nil,
        lastEventID: Int64? = nil
    ) -> AsyncThrowingStream<ReceivedEvent, any Error> {
        eventStream("/api/ingest/jobs/\(id)/events" + (after.map { "?after=\($0)" } ?? ""), lastEventID: lastEventID)
    }

    /// The events of an address as they come; ends when the gateway ends the stream.
    func eventStream(_ path: String, lastEventID: Int64? = nil) -> AsyncThrowingStream<ReceivedEvent, any Error> {
        AsyncThrowingStream { continuation in
            let reading = Task {
                do {
                    var request = HTTPClientRequest(url: address + path)
                    if let lastEventID { request.headers.add(name: "Last-Event-ID", value: String(lastEventID)) }
                    authorize(&request)
                    let response = try await client.execute(request, timeout: .seconds(120))
                    var parser = EventStreamParser()
                    for try await piece in response.body {
                        for event in parser.append(piece.readableBytesView) { continuation.yield(event) }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    func allEvents(of id: JobID, after: Int64? = nil, lastEventID: Int64? = nil) async throws -> [ReceivedEvent] {
        var all: [ReceivedEvent] = []
        for try await event in events(of: id, after: after, lastEventID: lastEventID) { all.append(event) }
        return all
    }
}
