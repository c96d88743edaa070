import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotFetch
import NIOCore
import NIOHTTP1

/// The requests that the pool makes: for lists, and for checks through proxies.
///
/// Redirects are not followed: what a list or an answer is has to be at the address that is set.
struct ProxyConnections: Sendable {
    /// What stands between the gateway and the lists.
    var proxies = ProxySettings()
    /// Sent as `User-Agent`.
    var userAgent = FetchSettings().userAgent

    /// Why a list or page cannot be had, in words for people.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Fetches a list.
    ///
    /// A list of the public Internet cannot name proxies of this machine or its networks; an operator's own can.
    ///
    /// - Throws: ``Failure``.
    func list(at url: String, timeout: Duration) async throws -> [ProxyEndpoint] {
        let endpoints = ProxyList(parsing: try await page(url, timeout: timeout, limit: ProxyList.maximumBytes))
            .endpoints
        guard !endpoints.isEmpty else { throw Failure(description: "The answer holds no proxy.") }
        let allowed = Self.allowed(endpoints, fromPublicList: await PublicAddress.isPublic(hostOf: url))
        guard !allowed.isEmpty else {
            throw Failure(description: "The list names only proxies of private networks, which a public list cannot.")
        }
        return allowed
    }

    /// What a list may name.
    static func allowed(_ endpoints: [ProxyEndpoint], fromPublicList isPublic: Bool) -> [ProxyEndpoint] {
        isPublic ? endpoints.filter { $0.ipAddress.map(PublicAddress.isPublic) ?? false } : endpoints
    }

    /// A page as the gateway itself is answered.
    ///
    /// - Throws: ``Failure``.
    func page(_ url: String, timeout: Duration, limit: Int = ProxyCheck.maximumBody) async throws -> [UInt8] {
        do {
            let site = URL(string: url)
            let isEncrypted = site?.scheme?.lowercased() == "https"
            let proxy = proxies.proxy(
                toAsk: site?.host()?.lowercased() ?? "",
                port: site?.port ?? (isEncrypted ? 443 : 80),
                isEncrypted: isEncrypted
            )
            let (status, body) = try await get(url, through: proxy, timeout: timeout, limit: limit)
            guard status == 200 else { throw Failure(description: "The answer has the status \(status).") }
            guard let body else { throw Failure(description: "The answer is larger than \(limit) bytes.") }
            return body
        } catch let failure as Failure {
            throw failure
        } catch is DeadlineExceeded {
            throw Failure(description: "There was no answer within \(timeout).")
        } catch let error as HTTPClientError {
            throw Failure(description: "The address cannot be reached: \(error.shortDescription).")
        } catch {
            throw Failure(description: "The address cannot be reached: \(error).")
        }
    }

    /// Asks through a proxy whether it brings back what it should.
    func check(_ endpoint: ProxyEndpoint, _ check: ProxyCheck, timeout: Duration) async -> ProxyCheck.Outcome {
        guard let proxy = try? ProxyAddress(endpoint.description) else { return .unreachable }
        do {
            let (status, body) = try await get(
                check.url,
                through: proxy,
                timeout: timeout,
                limit: ProxyCheck.maximumBody
            )
            guard status == 200 else { return .wrongStatus }
            return body.map(check.expectation.isMet) == true ? .passed : .wrongBody
        } catch is DeadlineExceeded {
            return .timeout
        } catch let error as HTTPClientError where error == .connectTimeout || error == .readTimeout {
            return .timeout
        } catch {
            return .unreachable
        }
    }

    /// - Returns: the status, and the body unless it is too large.
    private func get(
        _ url: String,
        through proxy: ProxyAddress?,
        timeout: Duration,
        limit: Int
    ) async throws -> (status: Int, body: [UInt8]?) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: .nanoseconds(timeout.nanoseconds),
            read: .nanoseconds(timeout.nanoseconds)
        )
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if let proxy {
            configuration.proxy =
                switch proxy.kind {
                case .socks5: .socksServer(host: proxy.host, port: proxy.port)
                case .http:
                    .server(
                        host: proxy.host,
                        port: proxy.port,
                        authorization: proxy.credentials.map {
                            .basic(username: $0.name.revealed, password: $0.password.revealed)
                        }
                    )
                }
        }
        // One a request, as a client has one proxy; it has no threads of its own.
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<(Int, [UInt8]?), any Error>
        do {
            result = .success(
                try await withDeadline(timeout) { [userAgent] in
                    var request = HTTPClientRequest(url: url)
                    request.headers.add(name: "user-agent", value: userAgent)
                    request.headers.add(name: "accept", value: "*/*")
                    request.headers.add(name: "connection", value: "close")
                    let response = try await client.execute(request, deadline: .distantFuture)
                    guard response.status == .ok else { return (Int(response.status.code), nil) }
                    var body: [UInt8] = []
                    for try await piece in response.body {
                        guard body.count + piece.readableBytes <= limit else { return (200, nil) }
                        body += piece.readableBytesView
                    }
                    // The body of a cancelled request just ends.
                    try Task.checkCancellation()
                    return (200, body)
                }
            )
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        let (status, body) = try result.get()
        return (status, body)
    }
}
