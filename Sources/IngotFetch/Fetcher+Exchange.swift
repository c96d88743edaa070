import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// One request to one host: within the host's budget, to a checked address, in limited time.
extension Fetcher {
    /// Makes the request and takes its answer, body included.
    ///
    /// - Parameter minimumInterval: the time that the site asks to leave between two requests.
    /// - Throws: `JobFailure`; `CancellationError`.
    func exchange<Value: Sendable>(
        _ request: HTTPClientRequest,
        to address: SiteAddress,
        minimumInterval: Duration?,
        _ receive: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let route: AddressGuard.Route
        do { route = try await addressGuard.route(to: address) } catch let error as HostNotResolved {
            throw UpstreamFailure.of(error, address.text, configuration: configuration)
        }
        let permit = try await budget.permit(toAsk: address.endpoint.host, minimumInterval: minimumInterval)
        do {
            let (value, answer) = try await withDeadline(configuration.deadline) {
                try await ask(request, address, route, receive)
            }
            await giveBack(permit, answer)
            return value
        } catch {
            // A request that nobody waits for any more says nothing of the host.
            guard !Task.isCancelled, !(error is CancellationError) else {
                await giveBack(permit, .served)
                throw CancellationError()
            }
            let failure = UpstreamFailure.of(error, address.text, proxy: route.proxy, configuration: configuration)
            // What is wrong with a certificate, a proxy, the disk here or a file's size is no matter of load.
            await giveBack(permit, failure.code == "upstream_unreachable" ? .failed : .served)
            throw failure
        }
    }

    /// A task of its own: a permit is given back also when the one who had it is cancelled.
    private func giveBack(_ permit: RequestPermit, _ answer: HostAnswer) async {
        await Task { await budget.finish(permit, answer) }.value
    }

    /// Asks the host; when one of its addresses cannot be reached, the next one.
    private func ask<Value: Sendable>(
        _ request: HTTPClientRequest,
        _ address: SiteAddress,
        _ route: AddressGuard.Route,
        _ receive: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> (Value, HostAnswer) {
        let targets = route.targets(of: address.endpoint.host, configuration)
        let deadline = NIODeadline.now() + .nanoseconds(configuration.deadline.milliseconds * 1_000_000)
        for (index, target) in targets.enumerated() {
            let client = connections.borrow(target)
            let outcome: Result<(Value, HostAnswer), any Error>
            do {
                let response: HTTPClientResponse
                do {
                    response = try await client.execute(request, deadline: deadline)
                } catch  where index + 1 < targets.count && !Task.isCancelled && deadline > .now() {
                    await connections.giveBack(client, of: target)
                    continue
                }
                outcome = .success((try await receive(response), Self.answer(of: response)))
            } catch {
                outcome = .failure(error)
            }
            await connections.giveBack(client, of: target)
            return try outcome.get()
        }
        throw HostNotResolved(host: address.endpoint.host, reason: "no address")
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
