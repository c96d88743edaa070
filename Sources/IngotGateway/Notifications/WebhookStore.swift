import IngotCore

/// The rows of `webhooks` and `webhook_deliveries`; all writes may be repeated.
struct WebhookStore: Sendable {
    let database: any Database

    // MARK: - Webhooks

    /// Writes a new webhook, unless there are `maximum` already.
    ///
    /// - Returns: false when there are.
    func add(_ webhook: Webhook, secret: Secret, maximum: Int) async throws -> Bool {
        let sources = webhook.sources.map { JSONValue.array($0.map(JSONValue.string)).canonicalText }
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT OR IGNORE INTO webhooks
                        (id, url, secret, events_json, sources_json, enabled, created_at, created_by)
                    SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6, ?7
                    WHERE (SELECT COUNT(*) FROM webhooks) < CAST(?8 AS INTEGER)
                    """,
                    [
                        .text(webhook.id), .text(webhook.url), .text(secret.revealed),
                        .text(JSONValue.array(webhook.events.map { .string($0.rawValue) }).canonicalText),
                        SQLValue(sources), .text(webhook.createdAt.description), SQLValue(webhook.createdBy),
                        SQLValue(maximum),
                    ]
                ),
                Statement("SELECT 1 AS present FROM webhooks WHERE id = ?1", [.text(webhook.id)]),
            ],
            isIdempotent: true
        )
        return results.last?.rows.isEmpty == false
    }

    /// All webhooks, the oldest first.
    func webhooks() async throws -> [Webhook] {
        try await database.rows("SELECT \(Webhook.columns) FROM webhooks ORDER BY created_at, id").map(
            Webhook.init(row:)
        )
    }

    func webhook(_ id: String) async throws -> Webhook? {
        try await database.rows("SELECT \(Webhook.columns) FROM webhooks WHERE id = ?1", [.text(id)]).first
            .map(Webhook.init(row:))
    }

    /// Removes a webhook with all that was and was to be sent to it.
    func remove(_ id: String) async throws {
        _ = try await database.batch(
            [
                Statement("DELETE FROM webhook_deliveries WHERE webhook_id = ?1", [.text(id)]),
                Statement("DELETE FROM webhooks WHERE id = ?1", [.text(id)]),
            ],
            isIdempotent: true
        )
    }

    // MARK: - Deliveries

    /// One page of what a webhook was and is to be sent, the newest first.
    func deliveries(of webhook: String, offset: Int, limit: Int) async throws -> [WebhookDelivery] {
        try await database.rows(
            """
            SELECT \(WebhookDelivery.columns) FROM webhook_deliveries d WHERE d.webhook_id = ?1
            ORDER BY d.created_at DESC, d.id LIMIT CAST(?2 AS INTEGER) OFFSET CAST(?3 AS INTEGER)
            """,
            [.text(webhook), SQLValue(limit), SQLValue(offset)]
        ).map(WebhookDelivery.init(row:))
    }

    func delivery(_ id: String) async throws -> WebhookDelivery? {
        try await database.rows(
            "SELECT \(WebhookDelivery.columns) FROM webhook_deliveries d WHERE d.id = ?1",
            [.text(id)]
        ).first.map(WebhookDelivery.init(row:))
    }

    /// Writes the delivery of a test, which is tried by who asked for it, and from `next` on by the sender.
    func addTest(_ id: String, to webhook: String, at time: Timestamp, next: Timestamp) async throws {
        try await database.run(
            Statement(
                """
                INSERT OR IGNORE INTO webhook_deliveries (id, webhook_id, job_id, event, created_at, next_at)
                SELECT ?1, id, ?1, ?3, ?4, ?5 FROM webhooks WHERE id = ?2
                """,
                [.text(id), .text(webhook), .text(Webhook.testEvent), .text(time.description), .text(next.description)]
            )
        )
    }

    /// A delivery with what its sending takes.
    struct Letter: Sendable {
        var delivery: WebhookDelivery
        var url: String
        var secret: Secret
    }

    /// Deliveries whose time has come, the most overdue first.
    ///
    /// - Parameters:
    ///   - except: deliveries that are under way.
    ///   - busy: webhooks that get no more for now.
    func due(at time: Timestamp, except: [String], busy: [String], limit: Int) async throws -> [Letter] {
        try await database.rows(
            """
            SELECT \(WebhookDelivery.columns), w.url, w.secret
            FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
            WHERE d.delivered_at IS NULL AND d.gave_up_at IS NULL AND d.next_at <= ?1
                AND d.id NOT IN (SELECT value FROM json_each(?2))
                AND d.webhook_id NOT IN (SELECT value FROM json_each(?3))
            ORDER BY d.next_at LIMIT CAST(?4 AS INTEGER)
            """,
            [.text(time.description), Self.list(except), Self.list(busy), SQLValue(limit)]
        ).map(Self.letter)
    }

    func letter(_ delivery: String) async throws -> Letter? {
        try await database.rows(
            """
            SELECT \(WebhookDelivery.columns), w.url, w.secret
            FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.id = ?1
            """,
            [.text(delivery)]
        ).first.map(Self.letter)
    }

    /// When the next delivery is due that is not under way; `nil` when none waits.
    func nextDue(except: [String], busy: [String]) async throws -> Timestamp? {
        try await database.rows(
            """
            SELECT MIN(d.next_at) AS next_at FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
            WHERE d.delivered_at IS NULL AND d.gave_up_at IS NULL
                AND d.id NOT IN (SELECT value FROM json_each(?1))
                AND d.webhook_id NOT IN (SELECT value FROM json_each(?2))
            """,
            [Self.list(except), Self.list(busy)]
        ).first?.time("next_at")
    }

    /// Claims a delivery for one try, so that no other gateway on the same database makes it too.
    ///
    /// - Parameters:
    ///   - next: when the delivery is due again, should nobody write what became of the try.
    /// - Returns: false when somebody else has claimed it, or it is settled. A claim of which the answer was lost is
    ///   nobody's, and is due again at `next`.
    func claim(_ delivery: WebhookDelivery, until next: Timestamp) async throws -> Bool {
        try await move(delivery.id, attempt: delivery.attempt, from: delivery.nextAt, to: next)
    }

    /// Gives a claim back: nothing was sent.
    func release(_ delivery: WebhookDelivery, claimedUntil next: Timestamp) async throws {
        guard let dueAt = delivery.nextAt else { return }
        _ = try await move(delivery.id, attempt: delivery.attempt, from: next, to: dueAt)
    }

    private func move(_ id: String, attempt: Int, from old: Timestamp?, to new: Timestamp) async throws -> Bool {
        guard let old else { return false }
        return try await database.run(
            Statement(
                """
                UPDATE webhook_deliveries SET next_at = ?4
                WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND next_at = ?3
                    AND delivered_at IS NULL AND gave_up_at IS NULL
                """,
                [.text(id), SQLValue(attempt), .text(old.description), .text(new.description)]
            )
        ).changes > 0
    }

    /// Writes what became of a try.
    ///
    /// - Parameter attempt: the number of the try, from 1; a try that was written already is not written again.
    func record(_ outcome: WebhookOutcome, of delivery: WebhookDelivery, attempt: Int, at time: Timestamp) async throws
    {
        let open = "delivered_at IS NULL AND gave_up_at IS NULL"
        var assignments = "attempt = CAST(?2 AS INTEGER), response_status = CAST(?3 AS INTEGER), error = ?4"
        var parameters: [SQLValue] = [.text(delivery.id), SQLValue(attempt), .null, .null, .text(time.description)]
        var statements: [Statement] = []
        func set(_ status: Int?, _ error: String?, _ more: String) {
            parameters[2] = SQLValue(status.map(Int64.init))
            parameters[3] = SQLValue(error)
            assignments += ", " + more
        }
        switch outcome {
        case .delivered(let status): set(status, nil, "delivered_at = ?5")
        case .failed(let status, let error, let next?):
            parameters[4] = .text(next.description)
            set(status, error, "next_at = ?5")
        case .failed(let status, let error, nil): set(status, error, "gave_up_at = ?5")
        case .gone(let status):
            set(status, "The address says that it is gone for good; the webhook is disabled.", "gave_up_at = ?5")
            statements = [
                Statement("UPDATE webhooks SET enabled = 0 WHERE id = ?1", [.text(delivery.webhook)]),
                Statement(
                    """
                    UPDATE webhook_deliveries SET gave_up_at = ?2, error = 'The webhook was disabled.'
                    WHERE webhook_id = ?1 AND \(open)
                    """,
                    [.text(delivery.webhook), .text(time.description)]
                ),
            ]
        }
        let update = Statement(
            "UPDATE webhook_deliveries SET \(assignments) WHERE id = ?1 AND \(open) AND attempt < CAST(?2 AS INTEGER)",
            parameters
        )
        _ = try await database.batch([update] + statements, isIdempotent: true)
    }

    private static func letter(_ row: Row) throws -> Letter {
        Letter(
            delivery: try WebhookDelivery(row: row),
            url: try row.string("url"),
            secret: Secret(try row.string("secret"))
        )
    }

    private static func list(_ ids: [String]) -> SQLValue {
        .text(JSONValue.array(ids.map(JSONValue.string)).canonicalText)
    }
}

/// What became of one try to deliver.
enum WebhookOutcome: Sendable, Equatable {
    case delivered(status: Int)
    /// `next` is the time of the next try; `nil` when it was the last.
    case failed(status: Int?, error: String, next: Timestamp?)
    /// The receiver wants nothing any more (410).
    case gone(status: Int)
}
