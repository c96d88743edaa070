import IngotCore

/// An address that is told of the ends of jobs.
public struct Webhook: Sendable, Decodable, Equatable {
    public var id: String
    public var url: String
    /// What it is told, for example `job.failed`.
    public var events: [String]
    /// The only sources whose jobs it is told of; `nil`: all.
    public var sources: [String]?
    /// False once the address has answered that it is gone for good.
    public var isEnabled: Bool
    public var createdAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, url, events, sources
        case isEnabled = "enabled"
        case createdAt = "created_at"
    }
}

/// A webhook that has just been added.
public struct NewWebhook: Sendable, Equatable {
    public var webhook: Webhook
    /// What signs its messages; it is not told again.
    public var secret: Secret
}

/// One message to a webhook.
public struct WebhookDelivery: Sendable, Decodable, Equatable {
    public var id: String
    public var webhook: String
    /// The job that has ended; `nil` for a test.
    public var job: String?
    public var event: String
    public var createdAt: Timestamp
    /// How often it was tried.
    public var attempt: Int
    public var deliveredAt: Timestamp?
    public var gaveUpAt: Timestamp?
    /// The status that the address answered last.
    public var responseStatus: Int?
    /// What went wrong last.
    public var error: String?

    enum CodingKeys: String, CodingKey {
        case id, webhook, job, event, attempt, error
        case createdAt = "created_at"
        case deliveredAt = "delivered_at"
        case gaveUpAt = "gave_up_at"
        case responseStatus = "response_status"
    }
}

extension GatewayClient {
    /// Adds an address.
    ///
    /// ```swift
    /// let added = try await gateway.addWebhook("https://example.org/ingot", events: ["job.failed"])
    /// ```
    ///
    /// - Parameters:
    ///   - events: `job.succeeded`, `job.failed`, `job.cancelled`; `nil`: all.
    ///   - sources: the only sources whose jobs it is told of; `nil`: all.
    public func addWebhook(_ url: String, events: [String]? = nil, sources: [String]? = nil) async throws -> NewWebhook
    {
        var body: [String: JSONValue] = ["url": .string(url)]
        if let events { body["events"] = .array(events.map(JSONValue.string)) }
        if let sources { body["sources"] = .array(sources.map(JSONValue.string)) }
        let answer = try await post(AddedWebhook.self, "/api/webhooks", body: .object(body))
        return NewWebhook(webhook: answer.webhook, secret: Secret(answer.secret))
    }

    /// The addresses.
    public func webhooks() async throws -> [Webhook] { try await get(WebhookList.self, "/api/webhooks").webhooks }

    /// Removes an address, with what was still to be sent to it.
    public func removeWebhook(_ id: String) async throws { try await delete(GatewayPath.webhook(id)) }

    /// What an address was and is to be sent, newest first.
    public func deliveries(of webhook: String) -> GatewayPages<[WebhookDelivery]> {
        list(GatewayPath.webhook(webhook, "/deliveries")) { (page: DeliveryPage) in (page.deliveries, page.next) }
    }

    /// Sends an address a message right now.
    ///
    /// - Returns: what became of it.
    public func testWebhook(_ id: String) async throws -> WebhookDelivery {
        try await post(WebhookDelivery.self, GatewayPath.webhook(id, "/test"))
    }
}

private struct AddedWebhook: Decodable {
    var webhook: Webhook
    var secret: String

    private enum CodingKeys: String, CodingKey { case secret }

    init(from decoder: any Decoder) throws {
        webhook = try Webhook(from: decoder)
        secret = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .secret)
    }
}

private struct WebhookList: Decodable {
    var webhooks: [Webhook]
}

private struct DeliveryPage: Decodable {
    var deliveries: [WebhookDelivery]
    var next: String?
}
