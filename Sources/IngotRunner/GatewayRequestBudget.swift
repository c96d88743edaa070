import AsyncHTTPClient
import IngotCore
import Logging
import NIOHTTP1
import Synchronization

/// Asks the gateway when requests to hosts may be made, because it knows of all who ask them.
final class GatewayRequestBudget: RequestBudget {
    typealias Pace = GatewayQuestions.Pace

    /// The most requests that one message tells of.
    static let maximumItems = 256
    /// Requests that are given back and not told yet; the gateway itself forgets what it is never told.
    static let maximumEnded = 10_000
    private struct State {
        var lastNumber = 0
        /// In the order in which they were granted.
        var holding: [RequestPermit] = []
        /// Oldest first.
        var ended: [EndedRequest] = []
        var isDelivering = false
    }

    private let questions: GatewayQuestions
    private let state = Mutex(State())

    /// - Parameter questions: of the attempt.
    init(_ questions: GatewayQuestions) { self.questions = questions }

    /// - Parameter gateway: its address, for example `http://127.0.0.1:8080`.
    convenience init(
        gateway: String,
        job: JobID,
        token: Secret?,
        client: HTTPClient? = nil,
        logger: Logger,
        pace: Pace = Pace()
    ) {
        self.init(
            GatewayQuestions(gateway: gateway, job: job, token: token, client: client, logger: logger, pace: pace)
        )
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
                questions.logger.debug("Permits were not given back", metadata: ["error": "\(error)"])
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
        var ended: [EndedRequest] = []
        let answer = try await questions.post("permits") {
            let ask = self.state.withLock { state in
                PermitAsk(
                    request: request,
                    minimumInterval: interval,
                    holding: state.holding.suffix(Self.maximumItems),
                    ended: Array(state.ended.prefix(Self.maximumItems))
                )
            }
            ended = ask.ended
            return try JSONText.encode(ask)
        } refusal: { status, problem in
            if problem?.isOf(PermitProblem.requestEnded) == true { return RequestEnded() }
            return GatewayQuestions.refusal(status, askingFor: "permits")
        } exhausted: {
            Self.noRoom($0)
        }
        state.withLock { [ended] state in state.ended.removeAll { ended.contains($0) } }
        return try JSONText.decode(PermitAnswer.self, from: answer)
    }

    /// The gateway knows the request as one that has ended.
    private struct RequestEnded: Error {}

    /// - Returns: `nil` when the problem is another one.
    private static func noRoom(_ problem: GatewayQuestions.ProblemText) -> JobFailure? {
        guard problem.isOf(PermitProblem.tooManyHosts) || problem.isOf(PermitProblem.tooManyWaiting) else { return nil }
        return JobFailure(
            code: "permits_exhausted",
            message: "The gateway has had no room for a further request to a host for a long time: \(problem.title)",
            advice: "Run fewer jobs at the same time, or jobs that ask fewer hosts, then start this one again.",
            isTransient: true
        )
    }
}

extension GatewayRequestBudget: RobotsCache {
    func robots(of origin: String) async -> RobotsFile? {
        // A file that is not got from here is fetched, which costs the host one request.
        guard case .answer(200, let body) = await questions.send(.GET, robotsPath(origin), nil) else { return nil }
        return try? JSONText.decode(RobotsFile.self, from: body)
    }

    func keep(_ robots: RobotsFile, of origin: String) async {
        guard robots.text.utf8.count <= KeptRobots.maximumText, let body = try? JSONText.encode(robots) else { return }
        if case .failed(let reason, _) = await questions.send(.PUT, robotsPath(origin), body) {
            questions.logger.debug(
                "A robots.txt was not kept",
                metadata: ["origin": "\(origin)", "reason": "\(reason)"]
            )
        }
    }

    private func robotsPath(_ origin: String) -> String { "robots?origin=\(PercentEncoding.encode(origin))" }
}
