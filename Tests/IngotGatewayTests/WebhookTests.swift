import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import IngotCore
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Webhooks", .timeLimit(.minutes(10)))
struct WebhookTests {
    private static let quick: WebhookSender.Limits = {
        var limits = WebhookSender.Limits()
        limits.schedule.waits = [Duration](repeating: .milliseconds(1), count: 6)
        limits.timeout = .seconds(20)
        return limits
    }()

    @Test(
        "Each end is told once, signed, with the job as the API shows it",
        arguments: [("", "job.succeeded"), ("some_code", "job.failed"), ("kill", "job.failed")]
    )
    func ends(fail: String, event: String) async throws {
        try await WebhookReceiver.with { receiver in
            try await GatewayFixture.with { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                let job = try await fixture.runProbe(fail.isEmpty ? [:] : ["fail": .string(fail)])
                let message = try #require(await receiver.messages.first { _ in true })
                #expect(message.isSigned(with: hook.secret))
                #expect(!message.isSigned(with: WebhookSignature.makeSecret().revealed))
                let sent = try #require(Int64(message.timestamp))
                #expect(abs(sent - Timestamp.now().millisecondsSinceEpoch / 1000) < 3600)
                let body = try message.json()
                #expect(body["type"]?.stringValue == event)
                let shown = try await fixture.get("/api/ingest/jobs/\(job.id)").json()
                #expect(body["data"]?["job"] == shown)
                let delivery = try await fixture.settledDelivery(of: hook.id)
                #expect(delivery["id"]?.stringValue == message.id)
                #expect(delivery["response_status"] == 204)
                #expect(delivery["attempt"] == 1)
                #expect(receiver.total == 1)
            }
        }
    }

    @Test("Only the events and sources that were asked for are told")
    func selection() async throws {
        try await WebhookReceiver.with { receiver in
            try await StoreFixture.with { fixture in
                let url = try await receiver.url()
                let webhooks = WebhookStore(database: fixture.database)
                func add(_ id: String, _ events: [Webhook.Event], _ sources: [String]?) async throws {
                    let webhook = Webhook(
                        id: id,
                        url: url,
                        events: events,
                        sources: sources,
                        createdAt: Timestamp(millisecondsSinceEpoch: 0),
                        createdBy: nil
                    )
                    let isAdded = try await webhooks.add(webhook, secret: WebhookSignature.makeSecret(), maximum: 10)
                    #expect(isAdded)
                }
                try await add("all", Webhook.Event.allCases, nil)
                try await add("failures", [.jobFailed], nil)
                try await add("successes", [.jobSucceeded], nil)
                try await add("probes", Webhook.Event.allCases, ["probe", "other"])
                try await add("others", Webhook.Event.allCases, ["other"])
                let job = try await fixture.endedJob()
                let rows = try await fixture.database.rows(
                    "SELECT webhook_id, event, job_id FROM webhook_deliveries ORDER BY webhook_id"
                )
                #expect(try rows.map { try $0.string("webhook_id") } == ["all", "failures", "probes"])
                #expect(try rows.allSatisfy { try $0.string("event") == "job.failed" })
                #expect(try rows.allSatisfy { try $0.string("job_id") == job.rawValue })
                // A copy of the call that comes late makes nothing twice, and nothing for who came later.
                try await add("late", Webhook.Event.allCases, nil)
                try await fixture.database.run(
                    Statement("UPDATE webhooks SET created_at = '2999-01-01T00:00:00.000Z' WHERE id = 'late'")
                )
                let stored = try #require(try await fixture.store.job(job))
                _ = try await fixture.store.end(stored.job, .cancelled, at: .now(), sequence: 9)
                let count = try await fixture.database.rows("SELECT COUNT(*) AS n FROM webhook_deliveries")
                #expect(try count.first?.integer("n") == 3)
            }
        }
    }

    @Test("What fails is tried again, under the same id, until it is taken")
    func retries() async throws {
        let replies: @Sendable (Int, String) -> WebhookReceiver.Reply = { number, _ in
            switch number {
            case 1: .status(.internalServerError)
            case 2: .status(.tooManyRequests, headers: [.retryAfter: "0"])
            case 3: .status(.badRequest)
            default: .status(.ok)
            }
        }
        try await WebhookReceiver.with(replies) { receiver in
            try await GatewayFixture.with({ $0.webhooks = Self.quick }) { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                _ = try await fixture.runProbe()
                var ids: Set<String> = []
                var iterator = receiver.messages.makeAsyncIterator()
                for _ in 0..<4 {
                    let message = try #require(await iterator.next())
                    #expect(message.isSigned(with: hook.secret))
                    ids.insert(message.id)
                }
                #expect(ids.count == 1)
                let delivery = try await fixture.settledDelivery(of: hook.id)
                #expect(delivery["attempt"] == 4)
                #expect(delivery["delivered_at"]?.stringValue != nil)
                #expect(delivery["error"] == nil)
            }
        }
    }

    @Test("A message that nobody takes is given up, and says why")
    func givenUp() async throws {
        try await WebhookReceiver.with({ _, _ in .status(.serviceUnavailable) }) { receiver in
            try await GatewayFixture.with({ $0.webhooks = Self.quick }) { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                _ = try await fixture.runProbe()
                let delivery = try await fixture.settledDelivery(of: hook.id)
                #expect(delivery["gave_up_at"]?.stringValue != nil)
                #expect(delivery["attempt"] == 7)
                #expect(delivery["response_status"] == 503)
                #expect(delivery["error"] == "The address answered 503.")
                #expect(receiver.total == 7)
            }
        }
    }

    @Test("Redirects are not followed")
    func redirect() async throws {
        let replies: @Sendable (Int, String) -> WebhookReceiver.Reply = { _, path in
            path == "/hook" ? .status(.temporaryRedirect, headers: [.location: "/elsewhere"]) : .status(.ok)
        }
        try await WebhookReceiver.with(replies) { receiver in
            try await GatewayFixture.with { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                let delivery = try await fixture.post("/api/webhooks/\(hook.id)/test").json()
                #expect(delivery["response_status"] == 307)
                #expect(delivery["error"]?.stringValue?.contains("redirects are not followed") == true)
                #expect(receiver.total == 1)
            }
        }
    }

    @Test("An address that is gone for good is told nothing more")
    func gone() async throws {
        try await WebhookReceiver.with({ _, _ in .status(.gone) }) { receiver in
            try await GatewayFixture.with { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                _ = try await fixture.runProbe()
                let delivery = try await fixture.settledDelivery(of: hook.id)
                #expect(delivery["gave_up_at"]?.stringValue != nil)
                let list = try await fixture.get("/api/webhooks").json()
                #expect(list["webhooks"]?.arrayValue?.first?["enabled"] == false)
                _ = try await fixture.runProbe()
                let all = try await fixture.get("/api/webhooks/\(hook.id)/deliveries").json()
                #expect(all["deliveries"]?.arrayValue?.count == 1)
                #expect(receiver.total == 1)
            }
        }
    }

    @Test("An address that hangs delays no other, and its message is tried again")
    func hanging() async throws {
        let replies: @Sendable (Int, String) -> WebhookReceiver.Reply = { _, path in
            path == "/hangs" ? .silence : .status(.ok)
        }
        try await WebhookReceiver.with(replies) { receiver in
            var limits = Self.quick
            limits.timeout = .milliseconds(500)
            limits.atOnceEach = 1
            try await GatewayFixture.with({ $0.webhooks = limits }) { fixture in
                let hanging = try await fixture.addWebhook(["url": .string(try await receiver.url("/hangs"))])
                let working = try await fixture.addWebhook(["url": .string(try await receiver.url("/works"))])
                for _ in 0..<3 { _ = try await fixture.runProbe() }
                for index in 0..<3 {
                    let delivery = try await fixture.settledDelivery(of: working.id, index: index)
                    #expect(delivery["response_status"] == 200)
                }
                let given = try await fixture.settledDelivery(of: hanging.id)
                #expect(given["error"] == "The address did not answer in time.")
                #expect(given["attempt"] == 7)
            }
        }
    }

    @Test("A message that was under way when the gateway was killed is delivered by the next one")
    func killedSender() async throws {
        let replies: @Sendable (Int, String) -> WebhookReceiver.Reply = { number, _ in
            number == 1 ? .silence : .status(.ok)
        }
        try await WebhookReceiver.with(replies) { receiver in
            try await StoreFixture.with { fixture in
                let webhooks = WebhookStore(database: fixture.database)
                let webhook = Webhook(
                    id: "w",
                    url: try await receiver.url(),
                    events: Webhook.Event.allCases,
                    sources: nil,
                    createdAt: Timestamp(millisecondsSinceEpoch: 0),
                    createdBy: nil
                )
                let isAdded = try await webhooks.add(webhook, secret: WebhookSignature.makeSecret(), maximum: 1)
                #expect(isAdded)
                _ = try await fixture.endedJob()
                func sender() -> WebhookSender {
                    WebhookSender(
                        store: webhooks,
                        jobs: fixture.store,
                        client: GatewayStores.sharedClient,
                        limits: Self.quick,
                        logger: GatewayFixture.quiet
                    )
                }
                var messages = receiver.messages.makeAsyncIterator()
                let first = sender()
                first.wake()
                let running = Task { try await first.run() }
                let lost = try #require(await messages.next())
                running.cancel()
                _ = await running.result
                let open = try #require(try await webhooks.deliveries(of: "w", offset: 0, limit: 1).first)
                #expect(open.attempt == 0)
                #expect(open.nextAt != nil)
                let second = sender()
                second.wake()
                let runningAgain = Task { try await second.run() }
                let again = try #require(await messages.next())
                #expect(again.id == lost.id)
                while try await webhooks.delivery(open.id)?.deliveredAt == nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                runningAgain.cancel()
                _ = await runningAgain.result
                #expect(receiver.total == 2)
            }
        }
    }

    // MARK: - Routes

    @Test("The secret shows once and nowhere else")
    func secretShowsOnce() async throws {
        try await WebhookReceiver.with { receiver in
            try await GatewayFixture.with { fixture in
                let hook = try await fixture.addWebhook(["url": .string(try await receiver.url())])
                #expect(hook.secret.hasPrefix("whsec_"))
                let test = try await fixture.post("/api/webhooks/\(hook.id)/test")
                #expect(try test.json()["delivered_at"]?.stringValue != nil)
                let message = try #require(await receiver.messages.first { _ in true })
                #expect(message.isSigned(with: hook.secret))
                #expect(try message.json()["type"] == "webhook.test")
                for path in ["/api/webhooks", "/api/webhooks/\(hook.id)/deliveries"] {
                    let answer = try await fixture.get(path)
                    #expect(answer.status == 200)
                    #expect(!answer.text.contains(hook.secret))
                }
                #expect(!test.text.contains(hook.secret))
                #expect(try await fixture.send(.DELETE, "/api/webhooks/\(hook.id)").status == 204)
                #expect(try await fixture.send(.DELETE, "/api/webhooks/\(hook.id)").status == 404)
                #expect(try await fixture.get("/api/webhooks/\(hook.id)/deliveries").status == 404)
                #expect(try await fixture.get("/api/webhooks").json() == ["webhooks": []])
            }
        }
    }

    @Test("What is no webhook is refused, and the answer says why")
    func refusals() async throws {
        try await GatewayFixture.with { fixture in
            let cases: [(JSONValue, String)] = [
                ([:], ""), (["url": 3], "/url"), (["url": "ftp://host/"], "/url"),
                (["url": "http://example.org/"], "/url"),
                (["url": "http://127.0.0.1.example.org/"], "/url"), (["url": "https://"], "/url"),
                (["url": "https://me:word@host/"], "/url"), (["url": "https://host/#part"], "/url"),
                (["url": "https://host/\n"], "/url"),
                (["url": "https://host/", "events": ["job.started"]], "/events/0"),
                (["url": "https://host/", "events": []], "/events"),
                (["url": "https://host/", "sources": ["nothing"]], "/sources/0"),
                (["url": "https://host/", "more": 1], ""),
            ]
            for (body, pointer) in cases {
                let answer = try await fixture.post("/api/webhooks", body)
                #expect(answer.status == 422, "\(body)")
                let problem = try answer.json()
                #expect(problem["type"] == "/problems/invalid-webhook")
                let pointers = problem["errors"]?.arrayValue?.compactMap { $0["pointer"]?.stringValue } ?? []
                #expect(pointers.contains { $0.hasPrefix(pointer) }, "\(body): \(pointers)")
            }
            #expect(try await fixture.send(.POST, "/api/webhooks", body: Array("{".utf8)).status == 400)
            let large = [UInt8](repeating: 0x20, count: 100_000)
            #expect(try await fixture.send(.POST, "/api/webhooks", body: large).status == 413)
            for number in 0..<WebhookRoutes.maximumWebhooks {
                let answer = try await fixture.post("/api/webhooks", ["url": .string("https://host/\(number)")])
                #expect(answer.status == 201)
            }
            let tooMany = try await fixture.post("/api/webhooks", ["url": "https://host/"])
            #expect(tooMany.status == 409)
            #expect(try tooMany.json()["type"] == "/problems/too-many-webhooks")
        }
    }

    // MARK: - Signature and waits

    @Test("The signature is the one that other programs compute")
    func signature() async throws {
        let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let header = try #require(WebhookSignature(secret: secret))
            .header(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body)
        // The example of the specification's own libraries.
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSignature(secret: Secret("no prefix")) == nil)
        #expect(WebhookSignature(secret: Secret("whsec_")) == nil)
    }

    @Test("python's hmac agrees", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
    func signatureByPython() async throws {
        let secret = WebhookSignature.makeSecret()
        let body = #"{"type":"job.failed","data":{"ü":1}}"#
        let header = try #require(WebhookSignature(secret: secret))
            .header(id: "msg_1", timestamp: 1_700_000_000, body: Array(body.utf8))
        let program = """
            import base64, hashlib, hmac, os
            key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
            text = ("msg_1.1700000000." + os.environ["BODY"]).encode()
            print("v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode(), end="")
            """
        let result = try await Subprocess.run(
            .path("/usr/bin/python3"),
            arguments: ["-c", program],
            environment: .inherit.updating([
                "SECRET": secret.revealed, "BODY": body, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8",
            ]),
            output: .string(limit: 4096),
            error: .string(limit: 4096)
        )
        #expect(result.standardOutput == header, "\(result.standardError)")
    }

    @Test("Waits grow, have jitter, and obey Retry-After up to a bound")
    func waits() throws {
        let schedule = WebhookRetrySchedule()
        var random = SeededRandom(seed: 1)
        let bounds: [Int64] = [5, 30, 120, 600, 3600, 21_600]
        for (index, bound) in bounds.enumerated() {
            for _ in 0..<50 {
                let wait = try #require(schedule.wait(afterAttempt: index + 1, asked: nil, using: &random))
                #expect(wait >= .seconds(bound) && wait <= .seconds(bound) * 1.2)
            }
        }
        #expect(schedule.wait(afterAttempt: 7, asked: .seconds(1), using: &random) == nil)
        #expect(schedule.wait(afterAttempt: 1, asked: .seconds(900), using: &random) == .seconds(900))
        #expect(schedule.wait(afterAttempt: 1, asked: .seconds(9_000_000), using: &random) == .seconds(21_600))
        let now = try #require(Timestamp("2026-03-01T09:30:00.000Z"))
        #expect(WebhookRetrySchedule.wait(retryAfter: "120", now: now) == .seconds(120))
        #expect(WebhookRetrySchedule.wait(retryAfter: "Sun, 01 Mar 2026 09:31:00 GMT", now: now) == .seconds(60))
        #expect(WebhookRetrySchedule.wait(retryAfter: "Sun, 01 Mar 2026 09:29:00 GMT", now: now) == .zero)
        for text in [nil, "", "-1", "soon", "99999999999"] {
            #expect(WebhookRetrySchedule.wait(retryAfter: text, now: now) == nil)
        }
    }

    @Test(
        "Addresses on this machine may be plain",
        arguments: [
            "https://example.org/x?y=z", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:9/",
            "HTTPS://host",
        ]
    )
    func addresses(address: String) {
        #expect(WebhookAddress.problem(address) == nil)
    }
}

extension GatewayFixture {
    func addWebhook(_ body: JSONValue) async throws -> (id: String, secret: String) {
        let answer = try await post("/api/webhooks", body)
        try #require(answer.status == 201, "\(answer.text)")
        let webhook = try answer.json()
        return (webhook["id"]?.stringValue ?? "", webhook["secret"]?.stringValue ?? "")
    }

    /// The webhook's delivery at this place, the newest first, once it is delivered or given up.
    func settledDelivery(of webhook: String, index: Int = 0) async throws -> JSONValue {
        while true {
            let answer = try await get("/api/webhooks/\(webhook)/deliveries").json()
            let deliveries = answer["deliveries"]?.arrayValue ?? []
            if deliveries.count > index {
                let delivery = deliveries[index]
                if (delivery["delivered_at"] ?? delivery["gave_up_at"])?.stringValue != nil { return delivery }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
