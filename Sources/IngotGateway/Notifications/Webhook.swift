import IngotCore

/// An address that is told how jobs end, as the API shows it: without its secret.
struct Webhook: Sendable, Encodable, Equatable {
    /// What can be told.
    enum Event: String, Sendable, Codable, CaseIterable {
        case jobSucceeded = "job.succeeded"
        case jobFailed = "job.failed"
        case jobCancelled = "job.cancelled"
    }

    /// The word of a delivery that somebody asked for to try the address.
    static let testEvent = "webhook.test"

    var id: String
    var url: String
    var events: [Event]
    /// The sources whose jobs it is told of; `nil`: all.
    var sources: [String]?
    /// False once the address has answered that it is gone for good.
    var isEnabled: Bool
    var createdAt: Timestamp
    /// Who made it.
    var createdBy: String?

    enum CodingKeys: String, CodingKey {
        case id, url, events, sources
        case isEnabled = "enabled"
        case createdAt = "created_at"
        case createdBy = "created_by"
    }

    /// The columns that ``init(row:)`` reads.
    static let columns = "id, url, events_json, sources_json, enabled, created_at, created_by"

    init(
        id: String,
        url: String,
        events: [Event],
        sources: [String]?,
        createdAt: Timestamp,
        createdBy: String?
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.sources = sources
        isEnabled = true
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    init(row: Row) throws {
        id = try row.string("id")
        url = try row.string("url")
        events = (try row.json("events_json")?.arrayValue ?? []).compactMap { $0.stringValue.flatMap(Event.init) }
        sources = try row.json("sources_json")?.arrayValue?.compactMap(\.stringValue)
        isEnabled = try row.bool("enabled")
        createdAt = try row.requiredTime("created_at")
        createdBy = try row.optionalString("created_by")
    }
}

/// One message to one webhook: one row of `webhook_deliveries`, as the API shows it.
struct WebhookDelivery: Sendable, Encodable, Equatable {
    /// Also the message's `webhook-id`, by which a receiver knows a message that it has got before.
    var id: String
    var webhook: String
    /// The job that has ended; empty for a test.
    var job: String?
    var event: String
    var createdAt: Timestamp
    /// How often it has been tried.
    var attempt: Int
    /// When it is tried next; absent when it is not.
    var nextAt: Timestamp?
    var deliveredAt: Timestamp?
    var responseStatus: Int?
    /// Why the last try failed.
    var error: String?
    var gaveUpAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id, webhook, job, event, attempt, error
        case createdAt = "created_at"
        case nextAt = "next_at"
        case deliveredAt = "delivered_at"
        case responseStatus = "response_status"
        case gaveUpAt = "gave_up_at"
    }

    /// The columns that ``init(row:)`` reads.
    static let columns = """
        d.id, d.webhook_id, d.job_id, d.event, d.created_at, d.attempt, d.next_at, d.delivered_at, d.response_status, \
        d.error, d.gave_up_at
        """

    init(row: Row) throws {
        id = try row.string("id")
        webhook = try row.string("webhook_id")
        event = try row.string("event")
        job = event == Webhook.testEvent ? nil : try row.string("job_id")
        createdAt = try row.requiredTime("created_at")
        attempt = Int(try row.integer("attempt"))
        deliveredAt = try row.time("delivered_at")
        responseStatus = try row.optionalInteger("response_status").map { Int($0) }
        error = try row.optionalString("error")
        gaveUpAt = try row.time("gave_up_at")
        nextAt = deliveredAt == nil && gaveUpAt == nil ? try row.time("next_at") : nil
    }
}
