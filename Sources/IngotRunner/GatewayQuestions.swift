import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1

/// What a running attempt asks its gateway besides its reports: the way there, and how long that is tried.
struct GatewayQuestions: Sendable {
    /// How long it tries.
    struct Pace: Sendable {
        /// How long the gateway may be out of reach.
        var patience = Duration.seconds(15 * 60)
        var retries = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), maximumDelay: .seconds(5))
        /// How long one answer may take: longer than the gateway lets a request wait for its turn.
        var timeout = TimeAmount.seconds(30)
    }

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

    private let address: String
    private let token: Secret?
    private let client: @Sendable () -> HTTPClient
    let logger: Logger
    private let pace: Pace

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

    enum Reply {
        case answer(UInt, [UInt8])
        /// The gateway does not want this attempt, or does not understand it.
        case refused(UInt, ProblemText?)
        /// It may go through later.
        case failed(String, ProblemText?)
    }

    /// What the gateway says of why it does not answer as asked.
    struct ProblemText: Decodable {
        var type: String
        var title: String

        func isOf(_ kind: String) -> Bool { type == "/problems/\(kind)" }
    }

    /// Asks once.
    func send(_ method: HTTPMethod, _ path: String, _ body: [UInt8]?) async -> Reply {
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

    /// Posts a message until it is answered, composed anew for each try.
    ///
    /// - Parameters:
    ///   - refusal: what is thrown when the gateway does not want it.
    ///   - exhausted: what is thrown in the end when it had another reason than being out of reach; `nil`: that.
    /// - Throws: `CancellationError`; `JobFailure` `gateway_unreachable`.
    func post(
        _ path: String,
        _ compose: () throws -> [UInt8],
        refusal: (UInt, ProblemText?) -> any Error,
        exhausted: (ProblemText) -> JobFailure? = { _ in nil }
    ) async throws -> [UInt8] {
        let begin = ContinuousClock.now
        var generator = SystemRandomNumberGenerator()
        var tries = 0
        while true {
            switch await send(.POST, path, try compose()) {
            case .answer(_, let body): return body
            case .refused(let status, let problem): throw refusal(status, problem)
            case .failed(let reason, let problem):
                tries += 1
                try Task.checkCancellation()
                logger.debug("The gateway was not reached; trying again", metadata: ["reason": "\(reason)"])
                guard ContinuousClock.now - begin < pace.patience else {
                    throw problem.flatMap(exhausted) ?? Self.outOfReach(reason)
                }
                let delay = pace.retries.delay(afterAttempt: tries, using: &generator) ?? pace.retries.maximumDelay
                try await Task.sleep(for: delay)
            }
        }
    }

    /// What a refusal means for the attempt.
    ///
    /// - Parameter subject: what the runner asks for, for example `permits`.
    static func refusal(_ status: UInt, askingFor subject: String) -> JobFailure {
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
                message: "The gateway does not understand how this runner asks for \(subject) (status \(status)).",
                advice: "Use a runner and a gateway of one version."
            )
        }
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
