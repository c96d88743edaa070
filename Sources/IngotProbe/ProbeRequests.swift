import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import NIOCore
import NIOHTTP1

/// Requests that a probe makes as a source does that asks through proxies: each of a session of its own, within the
/// host's budget, through the proxy that the session is lent.
struct ProbeRequests: Sendable {
    let url: String
    let count: Int

    /// Makes the requests, one after the other.
    ///
    /// - Throws: `JobFailure` `upstream_unreachable`, `upstream_status`; what lending and the budget throw.
    func run(_ attempt: AttemptContext) async throws {
        let host = URL(string: url)?.host()?.lowercased() ?? ""
        for number in 0..<count {
            try Task.checkCancellation()
            let lease = try await attempt.proxies.lease(forSession: "probe-\(number)", toAsk: host)
            let permit = try await attempt.requestBudget.permit(toAsk: host, minimumInterval: nil)
            let result: Result<UInt, any Error>
            do { result = .success(try await status(through: lease.address)) } catch { result = .failure(error) }
            // A proxy's fault says nothing of the host.
            await attempt.requestBudget.finish(permit, lease.address == nil ? .failed : .unknown, result)
            switch result {
            case .success(let status):
                await attempt.proxies.report(.served, of: lease)
                attempt.progress.log(
                    "request \(number + 1) \(lease.address.map { "through \($0)" } ?? "direct"): \(status)"
                )
                guard status == 200 else {
                    throw JobFailure(
                        code: "upstream_status",
                        message: "\(url) answers with the status \(status).",
                        isTransient: status >= 500
                    )
                }
            case .failure(let error):
                await attempt.proxies.report(.failed, of: lease)
                throw JobFailure(
                    code: "upstream_unreachable",
                    message: "\(url) cannot be reached: \(error).",
                    isTransient: true
                )
            }
        }
    }

    private func status(through proxy: ProxyAddress?) async throws -> UInt {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(10))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = proxy.map {
            switch $0.kind {
            case .http: .server(host: $0.host, port: $0.port)
            case .socks5: .socksServer(host: $0.host, port: $0.port)
            }
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<UInt, any Error>
        do {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
            _ = try await response.body.collect(upTo: 1 << 20)
            result = .success(response.status.code)
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }
}

extension RequestBudget {
    fileprivate func finish(_ permit: RequestPermit, _ failed: HostAnswer, _ result: Result<UInt, any Error>) async {
        if case .success = result { await finish(permit, .served) } else { await finish(permit, failed) }
    }
}
