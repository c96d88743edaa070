import IngotCore

/// What a watcher of a job learns.
public struct JobUpdate: Sendable, Equatable {
    /// What it is about.
    public enum Content: Sendable, Equatable {
        /// The job as it is now; the first update.
        case snapshot(Job)
        /// Status, percentage or message changed.
        case progress(JobProgress)
        /// A unit changed its state.
        case unit(JobUnitProgress)
        /// The runner wrote lines to its log.
        case log(JobLogLines)
        /// Updates were lost, as the watcher or the connection was too slow; the job as it is now.
        case reset(Job)
        /// The final job; the last update.
        case done(Job)
        /// The gateway is away and is tried again, for as long as ``GatewayLimits/patience`` says.
        case disconnected(reason: String)
        /// The gateway is back; what was missed follows.
        case reconnected
        /// A kind of event that this version does not know.
        case other(name: String)
    }

    /// The event's number within the job; `nil` for what is no event of the job.
    public var number: Int64?
    public var content: Content
    /// What the gateway sent; `null` for what is no event of the job.
    public var data: JSONValue

    /// The event as it came over the wire, for those who print it; `nil` for what is no event of the job.
    package var event: EventStreamParser.Event?

    init(_ content: Content) {
        self.content = content
        data = .null
    }

    init(_ event: EventStreamParser.Event, client: GatewayClient) throws {
        number = event.id
        data = event.data
        self.event = event
        func decoded<Value: Decodable>(_ type: Value.Type, _ value: JSONValue) throws -> Value {
            do { return try JSONText.decode(type, from: value.canonicalBytes) } catch {
                throw client.unexpected("an event '\(event.name)' that cannot be read")
            }
        }
        let job = event.data["job"] ?? event.data
        content =
            switch JobEvent.Kind(rawValue: event.name) {
            case .snapshot: .snapshot(try decoded(Job.self, job))
            case .reset: .reset(try decoded(Job.self, job))
            case .done: .done(try decoded(Job.self, job))
            case .progress: .progress(try decoded(JobProgress.self, event.data))
            case .unit: .unit(try decoded(JobUnitProgress.self, event.data))
            case .log: .log(try decoded(JobLogLines.self, event.data))
            case nil: .other(name: event.name)
            }
    }
}

/// Where a job is.
public struct JobProgress: Sendable, Decodable, Equatable {
    public var status: JobStatus
    /// 0 to 100.
    public var percent: Int
    public var message: String?
    public var attempt: Int
    public var at: Timestamp

    enum CodingKeys: String, CodingKey {
        case status, message, attempt, at
        case percent = "progress"
    }
}

/// A unit that has changed its state.
public struct JobUnitProgress: Sendable, Decodable, Equatable {
    public var unit: String
    public var status: UnitStatus
    public var counts: [String: Int64]?
    public var error: JobFailure?
    public var at: Timestamp
}

/// Lines that a runner wrote.
public struct JobLogLines: Sendable, Decodable, Equatable {
    public var lines: [String]
    /// How many more there were.
    public var omitted: Int
    public var at: Timestamp
}
