import HTTPTypes
import Hummingbird
import IngotCore

/// The routes that make, show, try and remove webhooks.
struct WebhookRoutes: Sendable {
    /// The most webhooks that there may be.
    static let maximumWebhooks = 100
    private static let maximumBody = 64 << 10
    /// How long the sender leaves a test to the request that asked for it.
    private static let testHead: Duration = .seconds(60)

    let catalog: SourceCatalog
    let store: WebhookStore
    let sender: WebhookSender
    let now: @Sendable () -> Timestamp

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/webhooks", for: .role(.admin)) { try await create($0, $1) }
        routes.on(.get, "/api/webhooks", for: .role(.admin)) { _, _ in
            try .json(WebhookList(webhooks: try await store.webhooks()))
        }
        routes.on(.delete, "/api/webhooks/{id}", for: .role(.admin)) { _, context in try await remove(context) }
        routes.on(.get, "/api/webhooks/{id}/deliveries", for: .role(.admin)) { try await deliveries($0, $1) }
        routes.on(.post, "/api/webhooks/{id}/test", for: .role(.admin)) { _, context in try await test(context) }
    }

    private struct WebhookList: Encodable {
        var webhooks: [Webhook]
    }

    // MARK: - Making and removing

    private func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await request.jsonBody(
            limit: Self.maximumBody,
            schema: Self.schema,
            refusal: Problem.invalidWebhook
        )
        let url = body["url"]?.stringValue ?? ""
        if let problem = WebhookAddress.problem(url) {
            throw Problem.invalidWebhook([SchemaViolation(pointer: "/url", detail: problem)])
        }
        let sources = body["sources"]?.arrayValue?.compactMap(\.stringValue)
        if let index = sources?.firstIndex(where: { !catalog.contains($0) }) {
            throw Problem.invalidWebhook([SchemaViolation(pointer: "/sources/\(index)", detail: "is not a source")])
        }
        let events = body["events"]?.arrayValue?.compactMap { $0.stringValue.flatMap(Webhook.Event.init) }
        let webhook = Webhook(
            id: Self.makeID("wh"),
            url: url,
            events: events ?? Webhook.Event.allCases,
            sources: sources,
            createdAt: now(),
            createdBy: context.caller?.id
        )
        let secret = WebhookSignature.makeSecret()
        guard try await store.add(webhook, secret: secret, maximum: Self.maximumWebhooks) else {
            throw Problem.tooManyWebhooks
        }
        var members = try JSONValue(parsing: JSONText.encode(webhook)).objectValue ?? [:]
        // The one time that it shows.
        members["secret"] = .string(secret.revealed)
        var response = try Response.json(JSONValue.object(members), status: .created)
        response.headers[.location] = "/api/webhooks/\(webhook.id)"
        return response
    }

    private func remove(_ context: GatewayContext) async throws -> Response {
        let webhook = try await known(context)
        try await store.remove(webhook.id)
        return Response(status: .noContent)
    }

    private func known(_ context: GatewayContext) async throws -> Webhook {
        let id = context.parameters.get("id") ?? ""
        guard let webhook = try await store.webhook(id) else { throw Problem.unknownWebhook(id) }
        return webhook
    }

    private static func makeID(_ prefix: String) -> String {
        "\(prefix)_" + hexadecimal(randomBytes(12))
    }

    // MARK: - Deliveries

    private struct DeliveryPage: Encodable {
        var deliveries: [WebhookDelivery]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func deliveries(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let webhook = try await known(context)
        let limit = try request.queryNumber("limit", in: 1...200) ?? 50
        let offset = try request.queryNumber("cursor", in: 0...1_000_000) ?? 0
        var deliveries = try await store.deliveries(of: webhook.id, offset: offset, limit: limit + 1)
        let hasMore = deliveries.count > limit
        if hasMore { deliveries.removeLast() }
        return try .json(DeliveryPage(deliveries: deliveries, next: hasMore ? String(offset + limit) : nil))
    }

    /// Sends a message right now, and answers with what became of it.
    private func test(_ context: GatewayContext) async throws -> Response {
        let webhook = try await known(context)
        let id = Self.makeID("msg")
        let time = now()
        try await store.addTest(id, to: webhook.id, at: time, next: time.advanced(by: Self.testHead))
        do {
            try await sender.deliver(id)
        } catch is DeadlineExceeded {
            throw Problem.unwrittenTest
        }
        guard let delivery = try await store.delivery(id) else { throw Problem.unknownWebhook(webhook.id) }
        // The store failed before anything was sent.
        guard delivery.attempt > 0 else { throw Problem.unwrittenTest }
        return try .json(delivery)
    }

    // MARK: - Requests

    private static let schema: JSONValue = [
        "type": "object",
        "required": ["url"],
        "properties": [
            "url": ["type": "string", "minLength": 1, "maxLength": .integer(Int64(WebhookAddress.maximumLength))],
            "events": [
                "type": "array", "minItems": 1, "maxItems": 10,
                "items": ["type": "string", "enum": .array(Webhook.Event.allCases.map { .string($0.rawValue) })],
            ],
            "sources": [
                "type": "array", "minItems": 1, "maxItems": 100, "items": ["type": "string", "maxLength": 200],
            ],
        ],
        "additionalProperties": false,
    ]
}

extension Problem {
    fileprivate static func unknownWebhook(_ id: String) -> Problem {
        Problem(
            "unknown-webhook",
            .notFound,
            title: "There is no such webhook.",
            detail: "No webhook has the id '\(id)'."
        )
    }

    fileprivate static let unwrittenTest = Problem.unavailable(
        "The database does not answer; what became of the message shows later among the deliveries."
    )

    fileprivate static func invalidWebhook(_ violations: [SchemaViolation]) -> Problem {
        Problem("invalid-webhook", violations, title: "The webhook cannot be made.")
    }

    fileprivate static let tooManyWebhooks = Problem(
        "too-many-webhooks",
        .conflict,
        title: "There are too many webhooks.",
        detail: "At most \(WebhookRoutes.maximumWebhooks) can be there; remove one first."
    )
}
