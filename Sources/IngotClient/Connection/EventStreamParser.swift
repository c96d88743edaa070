import IngotCore

/// Takes Server-Sent Events apart (WHATWG HTML, "9.2.6 Interpreting an event stream").
package struct EventStreamParser {
    /// One event of the stream.
    package struct Event: Sendable, Equatable {
        package var id: Int64?
        package var name: String
        package var data: JSONValue

        package init(id: Int64? = nil, name: String, data: JSONValue) {
            self.id = id
            self.name = name
            self.data = data
        }

        /// The event as one line of JSON.
        package var jsonLine: [UInt8] {
            var members: [String: JSONValue] = ["event": .string(name), "data": data]
            if let id { members["id"] = .integer(id) }
            return JSONValue.object(members).canonicalBytes + [UInt8(ascii: "\n")]
        }
    }

    /// The longest event that is taken, in bytes, with what is left out of it.
    private let maximumEventBytes: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var lastID: Int64?
    /// Bytes of the event so far, with lines that say nothing.
    private var eventBytes = 0
    private var isAfterCarriageReturn = false
    private var isAtStart = true

    package init(maximumEventBytes: Int = GatewayLimits().eventBytes) {
        self.maximumEventBytes = maximumEventBytes
    }

    /// Takes a piece of the stream; returns the events that it completes.
    ///
    /// - Throws: ``EventStreamError`` for an event that is too long or not JSON.
    package mutating func take(_ bytes: some Sequence<UInt8>) throws -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            // A line ends with a line feed, a carriage return, or both.
            let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            let isSecondHalf = isAfterCarriageReturn && byte == UInt8(ascii: "\n")
            isAfterCarriageReturn = byte == UInt8(ascii: "\r")
            if isSecondHalf { continue }
            guard endsLine else {
                guard eventBytes < maximumEventBytes else { throw EventStreamError.tooLong(limit: maximumEventBytes) }
                eventBytes += 1
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() throws -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty { return try endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        // A comment.
        guard colon > 0 else {
            if data.isEmpty { eventBytes = 0 }
            return nil
        }
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": lastID = Int64(String(decoding: value, as: UTF8.self)) ?? lastID
        case "data":
            if hasData { data.append(UInt8(ascii: "\n")) }
            hasData = true
            data += value
        default: break
        }
        return nil
    }

    private mutating func endEvent() throws -> Event? {
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            name = ""
            eventBytes = 0
        }
        guard hasData else { return nil }
        do {
            return Event(id: lastID, name: name.isEmpty ? "message" : name, data: try JSONValue(parsing: data))
        } catch {
            throw EventStreamError.notJSON
        }
    }
}

/// What is wrong with a stream of events.
package enum EventStreamError: Error, Equatable, CustomStringConvertible {
    case tooLong(limit: Int)
    case notJSON

    package var description: String {
        switch self {
        case .tooLong(let limit): "an event is longer than \(limit) bytes"
        case .notJSON: "an event is not JSON"
        }
    }
}
