import IngotCore

/// Takes Server-Sent Events apart (WHATWG HTML, "9.2.6 Interpreting an event stream").
struct EventStreamParser {
    /// One event of the stream.
    struct Event: Equatable {
        var id: Int64?
        var name: String
        var data: JSONValue

        /// The event as one line of JSON.
        var jsonLine: [UInt8] {
            var members: [String: JSONValue] = ["event": .string(name), "data": data]
            if let id { members["id"] = .integer(id) }
            return JSONValue.object(members).canonicalBytes + [UInt8(ascii: "\n")]
        }
    }

    /// The longest event that is taken, in bytes.
    static let maximumEventBytes = 8 << 20

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var name = ""
    private var lastID: Int64?

    /// Takes a piece of the stream; returns the events that it completes.
    ///
    /// - Throws: ``CommandFailure`` for an event that is too long or not JSON.
    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            // Ingot's gateway ends lines with a line feed alone.
            guard byte == UInt8(ascii: "\n") else {
                guard line.count + data.count < Self.maximumEventBytes else {
                    throw CommandFailure(
                        message: "the gateway sent an event that is too long",
                        exitCode: CommandFailure.unreachable
                    )
                }
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() throws -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            defer {
                data.removeAll(keepingCapacity: true)
                name = ""
            }
            guard !data.isEmpty else { return nil }
            do {
                return Event(id: lastID, name: name, data: try JSONValue(parsing: data))
            } catch {
                throw CommandFailure(
                    message: "the gateway sent an event that is not JSON",
                    exitCode: CommandFailure.unreachable
                )
            }
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": lastID = Int64(String(decoding: value, as: UTF8.self))
        case "data": data += value
        default: break
        }
        return nil
    }
}
