import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Sends what webhooks are owed, at least once each, until it is delivered or given up.
///
/// Rows are the queue: a message that a killed gateway was sending is sent by the next one. It wakes when a job has
/// ended, when a message's time has come, and when a try is over; nothing polls.
actor WebhookSender: Service {
    /// How it sends.
    struct Limits: Sendable {
        var schedule = WebhookRetrySchedule()
        /// How long one try may take.
        var timeout: Duration = .seconds(15)
        /// How long somebody who asked for a test waits, a slow receiver and a slow store included.
        var testTime: Duration = .seconds(30)
        /// How many tries are under way at a time, in all and to one webhook.
        var atOnce = 16
        var atOnceEach = 4
    }

    /// The most bytes of an answer that are read; what it says does not matter.
    private static let maximumAnswerBytes = 64 << 10
    /// How long after its end a try may still be written before another gateway makes the next one.
    private static let claimMargin: Duration = .seconds(15)
    /// The shortest rest between two looks at what is due.
    private static let shortestRest: Duration = .milliseconds(50)

    private let store: WebhookStore
    private let jobs: JobStore
    private let client: HTTPClient
    private let limits: Limits
    private let logger: Logger
    private let metrics: GatewayMetrics
    private let now: @Sendable () -> Timestamp
    private var underWay: [String: String] = [:]
    private let signal: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>

    init(
        store: WebhookStore,
        jobs: JobStore,
        client: HTTPClient,
        limits: Limits = Limits(),
        logger: Logger,
        metrics: GatewayMetrics = GatewayMetrics(),
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.store = store
        self.jobs = jobs
        self.client = client
        self.limits = limits
        self.logger = logger
        self.now = now
        self.metrics = metrics
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Looks whether there is something to send.
    nonisolated func wake() { signal.yield() }

    /// Sends until the gateway stops.
    func run() async throws {
        await cancelWhenGracefulShutdown { await self.send() }
    }

    private func send() async {
        var failures = 0
        await withDiscardingTaskGroup { group in
            var timer: Task<Void, Never>?
            defer { timer?.cancel() }
            for await _ in signals {
                timer?.cancel()
                var delay: Duration?
                do {
                    delay = try await startWhatIsDue(in: &group)
                    failures = 0
                } catch is CancellationError {
                    break
                } catch {
                    failures += 1
                    delay = min(.seconds(1) * (1 << min(failures, 6)), .seconds(60))
                    logger.warning("The messages to webhooks cannot be read", metadata: ["error": "\(error)"])
                }
                guard let delay else { continue }
                // Not a child, as a child's end would have to be waited for; it holds nothing but the signal.
                timer = Task { [signal] in
                    guard (try? await Task.sleep(for: delay)) != nil else { return }
                    signal.yield()
                }
            }
            group.cancelAll()
        }
    }

    /// - Returns: how long until the next message is due; `nil` when none waits for its time.
    private func startWhatIsDue(in group: inout DiscardingTaskGroup) async throws -> Duration? {
        while underWay.count < limits.atOnce {
            let letters = try await store.due(
                at: now(),
                except: Array(underWay.keys),
                busy: busy,
                limit: limits.atOnce - underWay.count
            )
            if letters.isEmpty { break }
            for letter in letters where !busy.contains(letter.delivery.webhook) {
                underWay[letter.delivery.id] = letter.delivery.webhook
                group.addTask { await self.deliver(letter) }
            }
        }
        // The end of a try wakes the sender anyway.
        guard underWay.count < limits.atOnce else { return nil }
        let next = try await store.nextDue(except: Array(underWay.keys), busy: busy)
        return next.map {
            max(Self.shortestRest, .milliseconds($0.millisecondsSinceEpoch - now().millisecondsSinceEpoch))
        }
    }

    /// The webhooks that get no more for now.
    private var busy: [String] {
        Dictionary(underWay.values.map { ($0, 1) }, uniquingKeysWith: +).filter { $1 >= limits.atOnceEach }.map(\.key)
    }

    private func deliver(_ letter: WebhookStore.Letter) async {
        await attempt(letter)
        underWay[letter.delivery.id] = nil
        signal.yield()
    }

    /// Makes one try, at once, of a delivery that nobody else makes now.
    ///
    /// - Throws: `DeadlineExceeded` when it is not written in time what became of it; the sender then goes on with it.
    func deliver(_ delivery: String) async throws {
        defer { signal.yield() }
        try await withDeadline(limits.testTime) { [self] in
            guard let letter = try await store.letter(delivery) else { return }
            await attempt(letter)
        }
    }

    // MARK: - One try

    private func attempt(_ letter: WebhookStore.Letter) async {
        let delivery = letter.delivery
        let number = delivery.attempt + 1
        let claim = now().advanced(by: limits.timeout + Self.claimMargin)
        let body: Result<[UInt8]?, any Error>
        do {
            body = try await readBody(of: delivery)
            guard try await store.claim(delivery, until: claim) else { return }
        } catch {
            if Task.isCancelled { return }
            // Nothing has been sent; it stays due.
            logger.warning("A message to a webhook cannot be sent yet", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            return
        }
        var outcome: WebhookOutcome
        do {
            switch body {
            case .success(let body): outcome = try await post(letter, body, number: number)
            case .failure(let error):
                logger.warning("A message to a webhook cannot be read", metadata: ["error": "\(error)"])
                outcome = failure(status: nil, "The job cannot be read.", afterAttempt: number, asked: nil)
            }
        } catch {
            if Task.isCancelled {
                // A task of its own, as this one is over; unwritten, it is due when the claim ends.
                await Task { [store] in try? await store.release(delivery, claimedUntil: claim) }.value
                return
            }
            outcome = failure(status: nil, Self.words(for: error), afterAttempt: number, asked: nil)
        }
        note(outcome, delivery, number)
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await store.record(outcome, of: delivery, attempt: number, at: now())
            } catch {
                // Unwritten, it is sent once more: that is what "at least once" means.
                logger.warning("What a webhook got was not written", metadata: ["error": "\(error)"])
                do { try await Task.sleep(for: delay) } catch { return }
                delay = min(delay * 2, .seconds(10))
            }
        }
    }

    private func post(_ letter: WebhookStore.Letter, _ body: [UInt8]?, number: Int) async throws -> WebhookOutcome {
        guard let signature = WebhookSignature(secret: letter.secret) else {
            return .failed(status: nil, error: "The webhook's secret is not one that Ingot made.", next: nil)
        }
        guard let body else {
            return .failed(status: nil, error: "The job is not there any more.", next: nil)
        }
        let timestamp = now().millisecondsSinceEpoch / 1000
        var request = HTTPClientRequest(url: letter.url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json",
            "user-agent": "ingot",
            "webhook-id": letter.delivery.id,
            "webhook-timestamp": String(timestamp),
            "webhook-signature": signature.header(id: letter.delivery.id, timestamp: timestamp, body: body),
        ]
        request.body = .bytes(body)
        let (status, retryAfter) = try await withDeadline(limits.timeout) { [client, request] in
            let response = try await client.execute(request, timeout: .hours(1))
            // So that the connection can be used again; however the answer goes on, the status counts.
            _ = try? await response.body.collect(upTo: Self.maximumAnswerBytes)
            return (Int(response.status.code), response.headers.first(name: "retry-after"))
        }
        switch status {
        case 200..<300: return .delivered(status: status)
        case 410: return .gone(status: status)
        case 300..<400:
            let words = "The address answered \(status), and redirects are not followed."
            return failure(status: status, words, afterAttempt: number, asked: nil)
        default:
            let asked = WebhookRetrySchedule.wait(retryAfter: retryAfter, now: now())
            return failure(status: status, "The address answered \(status).", afterAttempt: number, asked: asked)
        }
    }

    /// - Returns: a failure that asking again at once does not mend.
    /// - Throws: `DatabaseError` when the store may answer a moment later; `CancellationError`.
    private func readBody(of delivery: WebhookDelivery) async throws -> Result<[UInt8]?, any Error> {
        do {
            return .success(try await body(of: delivery))
        } catch let error as DatabaseError where error.isTransient {
            throw error
        } catch {
            try Task.checkCancellation()
            return .failure(error)
        }
    }

    private func body(of delivery: WebhookDelivery) async throws -> [UInt8]? {
        var data: [String: JSONValue] = [:]
        if let id = delivery.job {
            guard let job = try await JobID(id).asyncMap(jobs.job)?.job else { return nil }
            data["job"] = try JSONValue(parsing: JSONText.encode(job))
        }
        return JSONValue.object([
            "type": .string(delivery.event), "timestamp": .string(delivery.createdAt.description),
            "data": .object(data),
        ]).canonicalBytes
    }

    private func failure(status: Int?, _ words: String, afterAttempt number: Int, asked: Duration?) -> WebhookOutcome {
        var generator = SystemRandomNumberGenerator()
        let wait = limits.schedule.wait(afterAttempt: number, asked: asked, using: &generator)
        return .failed(status: status, error: words, next: wait.map { now().advanced(by: $0) })
    }

    private func note(_ outcome: WebhookOutcome, _ delivery: WebhookDelivery, _ number: Int) {
        var metadata: Logger.Metadata = [
            "webhook": "\(delivery.webhook)", "delivery": "\(delivery.id)", "attempt": "\(number)",
        ]
        switch outcome {
        case .delivered:
            metrics.webhook(.delivered)
            logger.debug("A webhook was told", metadata: metadata)
        case .gone:
            metrics.webhook(.gone)
            logger.warning("A webhook is gone for good and was disabled", metadata: metadata)
        case .failed(_, let error, let next):
            metrics.webhook(next == nil ? .givenUp : .failed)
            metadata["error"] = "\(error)"
            metadata["next"] = "\(next?.description ?? "never")"
            logger.warning("A webhook could not be told", metadata: metadata)
        }
    }

    /// Without the address, which may hold a secret of the receiver's.
    private static func words(for error: any Error) -> String {
        switch error {
        case is DeadlineExceeded: "The address did not answer in time."
        case let error as HTTPClientError: "The address cannot be reached: \(error.shortDescription)."
        case let error as ChannelError: "The address cannot be reached: \(error)."
        default: "The address cannot be reached: \(type(of: error))."
        }
    }
}

extension Optional {
    /// The result of an asynchronous function of the value, if there is one.
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result?) async rethrows -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
