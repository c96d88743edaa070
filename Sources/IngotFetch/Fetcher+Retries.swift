import AsyncHTTPClient
import IngotCore
import Logging
import NIOHTTP1

/// Trying again what can pass.
extension Fetcher {
    /// Makes a request until it is answered as wanted, at most as often as the configuration says.
    ///
    /// - Parameters:
    ///   - isRobots: whether it asks for a `robots.txt`, which no `robots.txt` is asked about.
    ///   - accepts: whether a status is an answer; `receive` gets only such ones.
    func retrying<Value: Sendable>(
        _ request: HTTPClientRequest,
        isRobots: Bool = false,
        accepts: @escaping @Sendable (HTTPResponseStatus) -> Bool,
        _ receive: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        // For messages, whatever the origin holds.
        let url = AddressUserInfo.removed(from: request.url)
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        let time = FetchTime(limit: configuration.fileDeadline)
        while true {
            attempt += 1
            let failure: JobFailure
            var announced: Duration?
            do {
                let answer = try await follow(request, within: time, isRobots: isRobots) { response -> Answer<Value> in
                    if accepts(response.status) { return .wanted(try await receive(response)) }
                    return .refused(
                        UpstreamFailure.of(status: response.status.code, url),
                        pause: RetryAfter.pause(response.headers.first(name: "retry-after"))
                    )
                }
                switch answer {
                case .wanted(let value): return value
                case .refused(let refusal, let pause):
                    failure = refusal
                    announced = pause
                }
            } catch let error as RobotsUnreadable {
                throw error.failure
            } catch let error as JobFailure {
                failure = error
            }
            guard failure.isTransient,
                let delay = configuration.retry.delay(afterAttempt: attempt, using: &generator)
            else { throw failure }
            guard time.left > .zero else { throw UpstreamFailure.ofFile(url, configuration) }
            if let announced {
                guard announced <= configuration.longestRetryAfter else { throw failure }
            }
            metrics.retried(SiteAddress(request.url)?.endpoint.host ?? "")
            logger.notice("trying again", metadata: ["url": "\(url)", "attempt": "\(attempt)", "why": "\(failure)"])
            // Those who were told the same time must not all come at it.
            try await Task.sleep(for: (announced ?? .zero) + delay)
        }
    }

    private enum Answer<Value: Sendable>: Sendable {
        case wanted(Value)
        /// With how long the site asks to wait.
        case refused(JobFailure, pause: Duration?)
    }
}
