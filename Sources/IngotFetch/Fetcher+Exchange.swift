import AsyncHTTPClient
import Glibc
import IngotCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// One request to one host: within the host's budget, to a checked address, in limited time.
extension Fetcher {
    /// Makes the request and takes its answer, body included.
    ///
    /// - Parameters:
    ///   - time: what is left for the file; the wait for the host's budget does not count.
    ///   - minimumInterval: the time that the site asks to leave between two requests.
    /// - Throws: `JobFailure`; `CancellationError`.
    func exchange<Value: Sendable>(
        _ request: HTTPClientRequest,
        to address: SiteAddress,
        within time: FetchTime,
        minimumInterval: Duration?,
        _ receive: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        guard time.left > .zero else { throw UpstreamFailure.ofFile(address.text, configuration) }
        let route: AddressGuard.Route
        do { route = try await addressGuard.route(to: address) } catch let error as HostNotResolved {
            throw UpstreamFailure.of(error, address.text, configuration: configuration)
        }
        let permit = try await budget.permit(toAsk: address.endpoint.host, minimumInterval: minimumInterval)
        let limit = min(configuration.deadline, time.left)
        let begin = ContinuousClock.now
        defer { time.use(ContinuousClock.now - begin) }
        do {
            let (value, answer) = try await withDeadline(limit) {
                try await ask(request, address, route, limit, receive)
            }
            await giveBack(permit, answer)
            return value
        } catch {
            // A request that nobody waits for any more says nothing of the host.
            guard !Task.isCancelled, !(error is CancellationError) else {
                await giveBack(permit, .unknown)
                throw CancellationError()
            }
            let isOfFile = limit < configuration.deadline && UpstreamFailure.isDeadline(error)
            let failure =
                isOfFile
                ? UpstreamFailure.ofFile(address.text, configuration)
                : UpstreamFailure.of(error, address.text, proxy: route.proxy, configuration: configuration)
            await giveBack(permit, Self.answer(of: failure))
            throw failure
        }
    }

    /// A task of its own: a permit is given back also when the one who had it is cancelled.
    private func giveBack(_ permit: RequestPermit, _ answer: HostAnswer) async {
        await Task { await budget.finish(permit, answer) }.value
    }

    /// Asks the host; when there is no connection to one of its addresses, the next one.
    ///
    /// A request that may have reached the host is not made again: that takes another permit.
    private func ask<Value: Sendable>(
        _ request: HTTPClientRequest,
        _ address: SiteAddress,
        _ route: AddressGuard.Route,
        _ limit: Duration,
        _ receive: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> (Value, HostAnswer) {
        let targets = route.targets(of: address.endpoint.host, configuration)
        let deadline = NIODeadline.now() + .nanoseconds(limit.milliseconds * 1_000_000)
        for (index, target) in targets.enumerated() {
            let client = connections.borrow(target)
            let outcome: Result<(Value, HostAnswer), any Error>
            do {
                let response: HTTPClientResponse
                do {
                    response = try await client.execute(request, deadline: deadline)
                } catch
                    where Self.wasNotConnected(error) && index + 1 < targets.count && !Task.isCancelled
                    && deadline > .now()
                {
                    await connections.giveBack(client, of: target)
                    continue
                } catch {
                    metrics.unanswered(address.endpoint.host)
                    throw error
                }
                metrics.answered(address.endpoint.host, status: response.status.code)
                let counted = metrics.counting(response, from: address.endpoint.host)
                outcome = .success((try await receive(counted), Self.answer(of: response)))
            } catch {
                outcome = .failure(error)
            }
            await connections.giveBack(client, of: target)
            return try outcome.get()
        }
        throw HostNotResolved(host: address.endpoint.host, reason: "no address")
    }

    /// Whether no connection came about, so that the host has seen no request.
    private static func wasNotConnected(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError, ChannelError.connectTimeout: true
        case let error as HTTPClientError: error == .connectTimeout || error == .getConnectionFromPoolTimeout
        case let error as IOError: [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
        default: false
        }
    }

    /// What a failure says of the host's load.
    private static func answer(of failure: JobFailure) -> HostAnswer {
        switch failure.code {
        case "upstream_unreachable": .failed
        // It answered, though with what is not taken.
        case "upstream_too_large", "upstream_compression", "redirect_refused": .served
        // A certificate, a proxy, the disk here.
        default: .unknown
        }
    }

    /// What a status says of the host's load.
    private static func answer(of response: HTTPClientResponse) -> HostAnswer {
        let pause = RetryAfter.pause(response.headers.first(name: "retry-after"))
        return switch response.status.code {
        case 429: .throttled(retryAfter: pause)
        case 503 where pause != nil: .throttled(retryAfter: pause)
        case 500...: .failed
        default: .served
        }
    }
}

extension AddressGuard.Route {
    /// The connections to try, the preferred one first.
    fileprivate func targets(of host: String, _ configuration: Fetcher.Configuration) -> [UpstreamConnections.Target] {
        func target(_ address: IPAddress?, _ proxy: ProxyAddress?) -> UpstreamConnections.Target {
            UpstreamConnections.Target(
                host: host,
                address: address,
                proxy: proxy,
                certificates: configuration.certificates,
                idleDeadline: configuration.idleDeadline
            )
        }
        return switch self {
        case .direct(let addresses): addresses.map { target($0, nil) }
        case .proxied(let proxy): [target(nil, proxy)]
        }
    }
}
