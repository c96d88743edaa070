import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Reports to the gateway's progress route: numbered, in batches, again and again until acknowledged.
final class GatewayReporter: AttemptReporter {
    /// How fast it reports and how long it tries.
    struct Pace: Sendable {
        /// The shortest time between two reports.
        var batching = Duration.milliseconds(200)
        /// The longest time without a report.
        var heartbeat = Duration.seconds(5)
        /// How long the gateway may be out of reach.
        var patience = Duration.seconds(15 * 60)
        var retries = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), maximumDelay: .seconds(5))
        /// How long one report may take.
        var timeout = TimeAmount.seconds(15)
    }

    private struct State {
        var queue = ReportQueue()
        var outcome: AttemptOutcome?
        var lastReport: ContinuousClock.Instant?
        var pause: Task<Void, Never>?
    }

    private let address: String
    private let attempt: Int
    private let token: Secret?
    /// To a gateway that speaks plain `http`.
    private let connection: ReportConnection?
    private let path: String
    /// Speaks to all others.
    private let client: @Sendable () -> HTTPClient
    private let logger: Logger
    private let pace: Pace
    private let reportsLog: Bool
    private let trace: TraceContext?
    private let counts: @Sendable () -> [RunnerCount]?
    private let state = Mutex(State())
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    /// - Parameters:
    ///   - gateway: its address, for example `http://127.0.0.1:8080`.
    ///   - client: asked for when the gateway does not speak plain `http`.
    ///   - reportsLog: whether it is also told what the runner logs.
    ///   - trace: what the reports are part of.
    ///   - counts: what was counted since the last call.
    init(
        gateway: String,
        job: JobID,
        attempt: Int,
        token: Secret?,
        client: @autoclosure @escaping @Sendable () -> HTTPClient,
        logger: Logger,
        reportsLog: Bool = false,
        trace: TraceContext? = nil,
        pace: Pace = Pace(),
        counts: @escaping @Sendable () -> [RunnerCount]? = { nil }
    ) {
        self.trace = trace
        self.counts = counts
        var gateway = gateway
        while gateway.hasSuffix("/") { gateway.removeLast() }
        address = "\(gateway)/api/ingest/jobs/\(job)/progress"
        connection = ReportConnection(to: address)
        path = String(address.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" })
        self.attempt = attempt
        self.token = token
        self.client = client
        self.logger = logger
        self.pace = pace
        self.reportsLog = reportsLog
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // From now on, as the attempt may log before anything is delivered.
        if reportsLog { StandardStreams.logListener.withLock { $0 = { [self] in report(logLine: $0) } } }
    }

    func progress(_ fraction: Double, _ message: String) { append(.progress(fraction, message)) }

    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {
        append(.unit(unit, status, counts: counts, error: error))
    }

    func log(_ line: String) { StandardStreams.log(line) }

    func finish(_ outcome: AttemptOutcome) {
        let pause = state.withLock { state in
            guard state.outcome == nil else { return nil as Task<Void, Never>? }
            state.outcome = outcome
            state.queue.append(outcome.event)
            return state.pause
        }
        // The end is not held back for a fuller batch.
        pause?.cancel()
        wake.yield()
    }

    func deliver(stop: @escaping @Sendable () -> Void) async -> Int32 {
        defer { if reportsLog { StandardStreams.logListener.withLock { $0 = nil } } }
        return await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await self.beat() }
            group.addTask { await self.sendContinuously(stop: stop) }
            var exitCode: Int32?
            while exitCode == nil, let next = await group.next() { exitCode = next }
            group.cancelAll()
            return exitCode ?? RunnerExitCode.gatewayLost
        }
    }

    // MARK: - Details

    private enum Reply {
        case answer(ReportAnswer)
        /// The gateway does not want this attempt, or does not know it.
        case refused(UInt)
        case tooLarge
        /// It may go through later.
        case failed(String)
    }

    private func append(_ event: RunnerEvent) {
        state.withLock { state in
            // Nothing comes after the end.
            if state.outcome == nil { state.queue.append(event) }
        }
        wake.yield()
    }

    private func report(logLine line: String) {
        state.withLock { state in
            if state.outcome == nil { state.queue.append(logLine: line) }
        }
        wake.yield()
    }

    /// Reports that the runner lives when nothing else did.
    private func beat() async -> Int32? {
        while true {
            do { try await Task.sleep(for: pace.heartbeat) } catch { return nil }
            let isSilent = state.withLock { state in
                state.lastReport.map { ContinuousClock.now - $0 >= pace.heartbeat } ?? true
            }
            if isSilent { append(RunnerEvent(sequence: 0, kind: .heartbeat)) }
        }
    }

    private func sendContinuously(stop: @escaping @Sendable () -> Void) async -> Int32? {
        for await _ in wakes {
            await pauseForBatch()
            while let batch = state.withLock({ $0.queue.isEmpty ? nil : $0.queue.nextBatch(counts: counts) }) {
                if let exitCode = await send(batch, stop: stop) { return exitCode }
            }
        }
        return nil
    }

    /// Waits so that reports keep their distance; the outcome ends the wait.
    private func pauseForBatch() async {
        let pause = state.withLock { state -> Task<Void, Never>? in
            guard state.outcome == nil, let last = state.lastReport else { return nil }
            let rest = pace.batching - (ContinuousClock.now - last)
            guard rest > .zero else { return nil }
            let pause = Task { _ = try? await Task.sleep(for: rest) }
            state.pause = pause
            return pause
        }
        await pause?.value
    }

    /// Sends one batch until the gateway has answered it.
    ///
    /// - Returns: the exit code when nothing is left to report.
    private func send(_ batch: [RunnerEvent], stop: @escaping @Sendable () -> Void) async -> Int32? {
        var generator = SystemRandomNumberGenerator()
        let start = ContinuousClock.now
        var tries = 0
        let isLast = batch.last?.kind == .finished
        while true {
            tries += 1
            switch await post(batch) {
            case .answer(let answer):
                state.withLock { state in
                    state.queue.acknowledge(through: answer.accepted)
                    state.lastReport = .now
                }
                if isLast, let last = batch.last, answer.accepted >= last.sequence { return exitCode }
                if answer.stop { stop() }
                return nil
            case .refused(let status):
                // The answer to an earlier delivery of the end may have been lost on its way.
                if isLast, tries > 1, status == 409 { return exitCode }
                // The process ends with this: a source that were asked to stop would still clean up, and the next
                // attempt goes on from what is there.
                StandardStreams.log("the gateway refused the attempt (status \(status)); stopping")
                return RunnerExitCode.superseded
            case .tooLarge:
                guard state.withLock({ $0.queue.shrink() }) else { return RunnerExitCode.gatewayLost }
                return nil
            case .failed(let reason):
                logger.debug("A report was not delivered; trying again", metadata: ["reason": "\(reason)"])
                if ContinuousClock.now - start > pace.patience {
                    StandardStreams.log("the gateway is out of reach (\(reason)); giving up")
                    return RunnerExitCode.gatewayLost
                }
                let delay = pace.retries.delay(afterAttempt: tries, using: &generator) ?? pace.retries.maximumDelay
                do { try await Task.sleep(for: delay) } catch { return RunnerExitCode.gatewayLost }
            }
        }
    }

    private var exitCode: Int32? { state.withLock { $0.outcome?.exitCode } }

    private func post(_ batch: [RunnerEvent]) async -> Reply {
        var events = batch
        let use = ResourceUse.now()
        if let last = events.indices.last { events[last].add(use) }
        do {
            var headers = HTTPHeaders([("content-type", "application/json")])
            trace?.newSpan().headers.forEach { headers.add(name: $0.name, value: $0.value) }
            if let token { headers.add(name: "authorization", value: "Bearer \(token.revealed)") }
            let body = try JSONText.encode(RunnerReport(attempt: attempt, events: events))
            let answer = try await post(body, headers)
            switch answer.status {
            case 200: return .answer(try JSONText.decode(ReportAnswer.self, from: answer.body))
            case 413: return .tooLarge
            case 400, 401, 403, 404, 409: return .refused(answer.status)
            default: return .failed("status \(answer.status)")
            }
        } catch {
            return .failed("\(error)")
        }
    }

    private func post(_ body: [UInt8], _ headers: HTTPHeaders) async throws -> ReportConnection.Answer {
        if let connection {
            return try await connection.post(path, headers: headers, body: body, timeout: pace.timeout)
        }
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers = headers
        request.body = .bytes(body)
        let response = try await client().execute(request, timeout: pace.timeout)
        let answer = try await response.body.collect(upTo: ReportConnection.largestAnswer)
        return ReportConnection.Answer(status: response.status.code, body: Array(answer.readableBytesView))
    }
}
