import IngotCore
import Synchronization
import Testing

@testable import IngotGateway

@Suite("Webhooks of gateways that share a database, and of stores that fail", .timeLimit(.minutes(2)))
struct WebhookClaimTests {
    private func addWebhook(_ fixture: StoreFixture, _ url: String) async throws -> WebhookStore {
        let webhooks = WebhookStore(database: fixture.database)
        let webhook = Webhook(
            id: "w",
            url: url,
            events: Webhook.Event.allCases,
            sources: nil,
            createdAt: Timestamp(millisecondsSinceEpoch: 0),
            createdBy: nil
        )
        let isAdded = try await webhooks.add(webhook, secret: WebhookSignature.makeSecret(), maximum: 1)
        #expect(isAdded)
        return webhooks
    }

    private func sender(
        _ store: WebhookStore,
        _ fixture: StoreFixture,
        limits: WebhookSender.Limits = .init()
    ) -> WebhookSender {
        WebhookSender(
            store: store,
            jobs: fixture.store,
            client: GatewayStores.sharedClient,
            limits: limits,
            logger: GatewayFixture.quiet
        )
    }

    @Test("A message that one gateway is sending is due for no other, and one that it gives back is due at once")
    func claim() async throws {
        try await WebhookReceiver.with({ _, _ in .silence }) { receiver in
            try await StoreFixture.with { fixture in
                let webhooks = try await addWebhook(fixture, try await receiver.url())
                _ = try await fixture.endedJob()
                func due() async throws -> [WebhookStore.Letter] {
                    try await webhooks.due(at: .now(), except: [], busy: [], limit: 10)
                }
                // As a second gateway reads it at the same time.
                let letter = try #require(try await due().first)
                let first = sender(webhooks, fixture)
                first.wake()
                let running = Task { try await first.run() }
                _ = try #require(await receiver.messages.first { _ in true })
                #expect(try await due().isEmpty)
                let later = Timestamp.now().advanced(by: .seconds(9))
                let isClaimedTwice = try await webhooks.claim(letter.delivery, until: later)
                #expect(!isClaimedTwice)
                running.cancel()
                _ = await running.result
                #expect(try await due().map(\.delivery) == [letter.delivery])
                #expect(receiver.total == 1)
            }
        }
    }

    @Test("A message about a job that cannot be read is tried as often as any other, and then given up")
    func unreadableJob() async throws {
        try await WebhookReceiver.with { receiver in
            try await StoreFixture.with { fixture in
                let webhooks = try await addWebhook(fixture, try await receiver.url())
                let job = try await fixture.endedJob()
                try await fixture.database.run(
                    Statement("UPDATE ingest_jobs SET params_json = '{' WHERE id = ?1", [.text(job.rawValue)])
                )
                var limits = WebhookSender.Limits()
                limits.schedule.waits = [.milliseconds(1), .milliseconds(1)]
                let service = sender(webhooks, fixture, limits: limits)
                service.wake()
                let running = Task { try await service.run() }
                while try await webhooks.nextDue(except: [], busy: []) != nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                running.cancel()
                _ = await running.result
                let delivery = try #require(try await webhooks.deliveries(of: "w", offset: 0, limit: 1).first)
                #expect(delivery.attempt == 3)
                #expect(delivery.gaveUpAt != nil)
                #expect(delivery.error == "The job cannot be read.")
                #expect(receiver.total == 0)
            }
        }
    }

    @Test("Many senders on one database send each message once")
    func manySenders() async throws {
        try await WebhookReceiver.with { receiver in
            try await StoreFixture.with { fixture in
                let webhooks = try await addWebhook(fixture, try await receiver.url())
                for _ in 0..<20 { _ = try await fixture.endedJob() }
                // A try that takes too long on a busy machine would be made once more, and rightly.
                var limits = WebhookSender.Limits()
                limits.timeout = .seconds(100)
                let services = (0..<4).map { _ in sender(webhooks, fixture, limits: limits) }
                for service in services { service.wake() }
                let running = services.map { service in Task { try await service.run() } }
                while try await webhooks.nextDue(except: [], busy: []) != nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                for task in running { task.cancel() }
                for task in running { _ = await task.result }
                #expect(receiver.total == 20)
            }
        }
    }

    @Test("A message to a webhook that is gone is neither waited for nor made")
    func orphans() async throws {
        try await StoreFixture.with { fixture in
            let webhooks = WebhookStore(database: fixture.database)
            try await fixture.database.run(
                Statement(
                    """
                    INSERT INTO webhook_deliveries (id, webhook_id, job_id, event, created_at, next_at)
                    VALUES ('m', 'gone', 'j', 'job.failed', ?1, ?1)
                    """,
                    [.text("2020-01-01T00:00:00.000Z")]
                )
            )
            #expect(try await webhooks.nextDue(except: [], busy: []) == nil)
            try await webhooks.addTest("t", to: "gone", at: .now(), next: .now())
            #expect(try await webhooks.delivery("t") == nil)
        }
    }

    @Test("A test whose outcome cannot be written ends in time, and says so")
    func unwritten() async throws {
        try await WebhookReceiver.with { receiver in
            try await StoreFixture.with { fixture in
                _ = try await addWebhook(fixture, try await receiver.url())
                let webhooks = WebhookStore(database: DatabaseWithoutOutcomes(base: fixture.database))
                let time = Timestamp.now()
                try await webhooks.addTest("t", to: "w", at: time, next: time.advanced(by: .seconds(60)))
                var limits = WebhookSender.Limits()
                limits.testTime = .seconds(1)
                await #expect(throws: DeadlineExceeded.self) {
                    try await sender(webhooks, fixture, limits: limits).deliver("t")
                }
                #expect(receiver.total == 1)
            }
        }
    }
}

/// A database that takes everything but what became of a message.
private struct DatabaseWithoutOutcomes: Database {
    let base: any Database

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        if statements.contains(where: { $0.sql.contains("SET attempt =") }) {
            throw DatabaseError(kind: .unavailable, message: "not now")
        }
        return try await base.batch(statements, isIdempotent: isIdempotent)
    }
}
