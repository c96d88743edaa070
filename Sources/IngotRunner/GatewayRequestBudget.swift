import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Asks the gateway when requests to hosts may be made, because it knows of all who ask them.
final class GatewayRequestBudget: RequestBudget {
    /// How long it tries.
    struct Pace: Sendable {
        /// How long the gateway may be out of reach.
        var patience = Duration.seconds(15 * 60)
        var retries = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), maximumDelay: .seconds(5))
        /// How long one answer may take: longer than the gateway lets a request wait for its turn.
        var timeout = TimeAmount.seconds(30)
    }

    /// The most requests that one message tells of.
    static let maximumItems = 256
    /// Requests that are given back and not told yet; the gateway itself forgets what it is never told.
    static let maximumEnded = 10_000
    /// The largest answer, in bytes: a `robots.txt` of the largest size, most of it escaped.
    private static let maximumAnswer = 4 << 20

    /// Connections of their own, as those that wait for a turn must hold up neither reports nor the stores.
    ///
    /// They live as long as the process.
    private static let sharedClient: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 300
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private struct State {
        var lastNumber = 0
        /// In the order in which they were granted.
        var holding: [RequestPermit] = []
        /// Oldest first.
        var ended: [EndedRequest] = []
        var isDelivering = false
    }

    private let address: String
    private let token: Secret?
    private let client: @Sendable () -> HTTPClient
    private let logger: Logger
    private let pace: Pace
    private let state = Mutex(State())

    /// - Parameter gateway: its address, for example `http://127.0.0.1:8080`.
    init(
        gateway: String,
        job: JobID,
        token: Secret?,
        client: HTTPClient? = nil,
        logger: Logger,
        pace: Pace = Pace()
    ) {
        var gateway = gateway
        while gateway.hasSuffix("/") { gateway.removeLast() }
        address = "\(gateway)/api/ingest/jobs/\(job)"
        self.token = token
        // Most of what a short job takes would be the making of a client that it may never need.
        self.client = { client ?? Self.sharedClient }
        self.logger = logger
        self.pace = pace
    }

    func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit {
        while true {
            let permit = state.withLock { state in
                state.lastNumber += 1
                return RequestPermit(id: String(state.lastNumber), host: host)
            }
            do {
                // An answer that was lost is asked for again under the same name, so that nothing counts twice.
                while try await !ask(permit, minimumInterval).granted {}
                try Task.checkCancellation()
            } catch is RequestEnded {
                // It was granted, and the answer was lost for so long that the gateway gave the request up.
                continue
            } catch {
                // It may wait at the gateway, or even be granted.
                end(permit, nil)
                throw error
            }
            state.withLock { $0.holding.append(permit) }
            return permit
        }
    }

    func finish(_ permit: RequestPermit, _ answer: HostAnswer) async { end(permit, answer) }

    // MARK: - Details

    private func end(_ permit: RequestPermit, _ answer: HostAnswer?) {
        let mustDeliver = state.withLock { state in
            state.holding.removeAll { $0 == permit }
            state.ended.append(EndedRequest(permit, answer))
            if state.ended.count > Self.maximumEnded { state.ended.removeFirst() }
            defer { state.isDelivering = true }
            return !state.isDelivering
        }
        // Nobody waits for it: the next request may need the place, but its maker does not.
        if mustDeliver { Task { await deliver() } }
    }

    /// Tells what has been given back, until nothing is left to tell.
    private func deliver() async {
        while state.withLock({ state in
            state.isDelivering = !state.ended.isEmpty
            return state.isDelivering
        }) {
            do { _ = try await ask(nil, nil) } catch {
                // Whoever asks next is told the same, and the gateway frees what it is never told of.
                logger.debug("Permits were not given back", metadata: ["error": "\(error)"])
                state.withLock { $0.isDelivering = false }
                return
            }
        }
    }

    /// Asks and tells, until the gateway has answered.
    ///
    /// - Throws: `CancellationError`; ``RequestEnded``; `JobFailure` when the gateway is out of reach, has no room or does
    ///   not want the attempt.
    private func ask(_ request: RequestPermit?, _ interval: Duration?) async throws -> PermitAnswer {
        let answer = try await patiently {
            let ask = self.state.withLock { state in
                PermitAsk(
                    request: request,
                    minimumInterval: interval,
                    holding: state.holding.suffix(Self.maximumItems),
                    ended: Array(state.ended.prefix(Self.maximumItems))
                )
            }
            return (try JSONText.encode(ask), ask.ended)
        }
        return try JSONText.decode(PermitAnswer.self, from: answer)
    }

    /// Posts a message to the permits' route until it is answered, composed anew for each try.
    private func patiently(
        _ compose: () throws -> (body: [UInt8], ended: [EndedRequest])
    ) async throws -> [UInt8] {
        let begin = ContinuousClock.now
        var generator = SystemRandomNumberGenerator()
        var tries = 0
        while true {
            let message = try compose()
            switch await send(.POST, "permits", message.body) {
            case .answer(_, let body):
                state.withLock { state in state.ended.removeAll { message.ended.contains($0) } }
                return body
            case .refused(_, let problem?) where problem.isOf(PermitProblem.requestEnded): throw RequestEnded()
            case .refused(let status, _): throw Self.refusal(status)
            case .failed(let reason, let problem):
                tries += 1
                try Task.checkCancellation()
                logger.debug("The gateway was not reached; trying again", metadata: ["reason": "\(reason)"])
                guard ContinuousClock.now - begin < pace.patience else {
                    throw problem.flatMap(Self.noRoom) ?? Self.outOfReach(reason)
                }
                let delay = pace.retries.delay(afterAttempt: tries, using: &generator) ?? pace.retries.maximumDelay
                try await Task.sleep(for: delay)
            }
        }
    }

    private enum Reply {
        case answer(UInt, [UInt8])
        /// The gateway does not want this attempt, or does not understand it.
        case refused(UInt, ProblemText?)
        /// It may go through later.
        case failed(String, ProblemText?)
    }

    /// What the gateway says of why it does not answer as asked.
    private struct ProblemText: Decodable {
        var type: String
        var title: String

        func isOf(_ kind: String) -> Bool { type == "/problems/\(kind)" }
    }

    /// The gateway knows the request as one that has ended.
    private struct RequestEnded: Error {}

    private func send(_ method: HTTPMethod, _ path: String, _ body: [UInt8]?) async -> Reply {
        do {
            var request = HTTPClientRequest(url: "\(address)/\(path)")
            request.method = method
            if let token { request.headers.add(name: "authorization", value: "Bearer \(token.revealed)") }
            if let body {
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(body)
            }
            let response = try await client().execute(request, timeout: pace.timeout)
            let bytes = try await response.body.collect(upTo: Self.maximumAnswer)
            let body = Array(bytes.readableBytesView)
            if [200, 204].contains(response.status.code) { return .answer(response.status.code, body) }
            let problem = try? JSONText.decode(ProblemText.self, from: body)
            switch response.status.code {
            case 400, 401, 403, 404, 409, 413, 422: return .refused(response.status.code, problem)
            default: return .failed(problem?.title ?? "status \(response.status.code)", problem)
            }
        } catch {
            return .failed("\(error)", nil)
        }
    }

    private static func refusal(_ status: UInt) -> JobFailure {
        switch status {
        case 401, 403, 404, 409:
            JobFailure(
                code: "attempt_superseded",
                message: "The gateway lets this attempt ask no host any more (status \(status)).",
                advice: "Look at the job: another attempt has taken it over, or it has ended."
            )
        default:
            JobFailure(
                code: "permit_refused",
                message: "The gateway does not understand how this runner asks for permits (status \(status)).",
                advice: "Use a runner and a gateway of one version."
            )
        }
    }

    /// - Returns: `nil` when the problem is another one.
    private static func noRoom(_ problem: ProblemText) -> JobFailure? {
        guard problem.isOf(PermitProblem.tooManyHosts) || problem.isOf(PermitProblem.tooManyWaiting) else { return nil }
        return JobFailure(
            code: "permits_exhausted",
            message: "The gateway has had no room for a further request to a host for a long time: \(problem.title)",
            advice: "Run fewer jobs at the same time, or jobs that ask fewer hosts, then start this one again.",
            isTransient: true
        )
    }

    private static func outOfReach(_ reason: String) -> JobFailure {
        JobFailure(
            code: "gateway_unreachable",
            message: "The gateway, which says when hosts may be asked, is out of reach: \(reason).",
            advice: "Start the gateway again on its data folder.",
            isTransient: true
        )
    }
}

extension GatewayRequestBudget: RobotsCache {
    func robots(of origin: String) async -> RobotsFile? {
        // A file that is not got from here is fetched, which costs the host one request.
        guard case .answer(200, let body) = await send(.GET, robotsPath(origin), nil) else { return nil }
        return try? JSONText.decode(RobotsFile.self, from: body)
    }

    func keep(_ robots: RobotsFile, of origin: String) async {
        guard robots.text.utf8.count <= KeptRobots.maximumText, let body = try? JSONText.encode(robots) else { return }
        if case .failed(let reason, _) = await send(.PUT, robotsPath(origin), body) {
            logger.debug("A robots.txt was not kept", metadata: ["origin": "\(origin)", "reason": "\(reason)"])
        }
    }

    private func robotsPath(_ origin: String) -> String { "robots?origin=\(PercentEncoding.encode(origin))" }
}
