import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Calls a cluster's API server, and repeats what may pass.
final class KubernetesAPI: Sendable {
    /// What an answer may have at most, in bytes; lists come in pieces of 200 objects.
    static let maximumAnswer = 32 << 20
    /// How long a stream may be silent before it is opened anew; a connection that has died says nothing.
    static let streamSilence: Duration = .seconds(90)

    struct Timing: Sendable {
        /// For one attempt of a call.
        var deadline: Duration = .seconds(15)
        /// For all attempts with their waits.
        var totalDeadline: Duration = .seconds(60)
        var retry = RetryPolicy(maximumAttempts: 8, firstDelay: .milliseconds(100), maximumDelay: .seconds(5))
        /// How long a call is made again that is refused with 403.
        var forbiddenPatience: Duration = .seconds(30)
        /// The shortest wait after a 403.
        var forbiddenDelay: Duration = .seconds(1)
        /// How long a token from a file is used before the file is read again.
        var tokenLife: Duration = .seconds(60)
    }

    private struct ReadToken {
        var value: String
        var at: ContinuousClock.Instant
    }

    let access: ClusterAccess
    private let timing: Timing
    private let client: HTTPClient
    private let logger: Logger
    private let token = Mutex<ReadToken?>(nil)

    /// - Throws: `JobFailure` when the certificates cannot be read.
    init(_ access: ClusterAccess, timing: Timing = Timing(), logger: Logger) throws {
        self.access = access
        self.timing = timing
        self.logger = logger
        var configuration = HTTPClient.Configuration(tlsConfiguration: try Self.tls(access))
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .nanoseconds(Self.streamSilence.nanoseconds))
        // Each attempt holds one for its log.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        // What the connection is held against is the name in the certificate.
        if let name = access.serverName, let host = access.serverHost {
            configuration.dnsOverride = [name: host]
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        let client = client
        // A client must be shut down before it goes; nobody waits for it.
        Task { try? await client.shutdown() }
    }

    private static func tls(_ access: ClusterAccess) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        do {
            if let authority = access.certificateAuthority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            }
            if let certificate = access.clientCertificate, let key = access.clientKey {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map {
                    .certificate($0)
                }
                configuration.privateKey = .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(key.revealed.utf8), format: .pem)
                )
            }
        } catch {
            throw JobFailure(
                code: "kubernetes_settings",
                message: "The cluster's certificate authority, or the client's certificate or key, is no PEM.",
                advice: "Correct the kubeconfig file."
            )
        }
        return configuration
    }

    /// Makes a call and reads its answer.
    ///
    /// - Throws: ``KubernetesError``; `CancellationError`.
    func call(_ call: KubernetesCall) async throws -> JSONValue {
        let begin = ContinuousClock.now
        let end = begin + timing.totalDeadline
        var attempt = 1
        var hasReadToken = false
        while true {
            let failure: KubernetesError
            do { return try await once(call) } catch let error as KubernetesError { failure = error }
            try Task.checkCancellation()
            if failure.kind == .unauthenticated, !hasReadToken, case .tokenFile = access.credential {
                // The token has been replaced since.
                hasReadToken = true
                token.withLock { $0 = nil }
                continue
            }
            var generator = SystemRandomNumberGenerator()
            let delay: Duration
            if failure.kind == .forbidden {
                // A server that has just begun refuses for a while what it allows: it does not know its roles yet.
                guard ContinuousClock.now - begin < timing.forbiddenPatience else { throw failure }
                let policy = RetryPolicy(maximumAttempts: .max, firstDelay: .seconds(1), maximumDelay: .seconds(5))
                delay = max(
                    policy.delay(afterAttempt: attempt, using: &generator) ?? .zero,
                    timing.forbiddenDelay
                )
            } else {
                guard failure.isTransient,
                    let next = timing.retry.delay(afterAttempt: attempt, using: &generator)
                else { throw failure }
                delay = next
            }
            let wait = max(delay, min(failure.retryAfter ?? .zero, .seconds(30)))
            guard ContinuousClock.now + wait < end else { throw failure }
            logger.debug("A call to the API server is made again", metadata: ["reason": "\(failure)"])
            try await Task.sleep(for: wait)
            attempt += 1
        }
    }

    /// Opens a stream.
    ///
    /// - Throws: ``KubernetesError`` when the server does not begin it; `CancellationError`.
    func stream(_ call: KubernetesCall) async throws -> HTTPClientResponse.Body {
        let response = try await opened(call)
        guard (200..<300).contains(Int(response.status.code)) else {
            // The next try reads a token's file again.
            if response.status == .unauthorized { token.withLock { $0 = nil } }
            throw try await refusal(response, call)
        }
        return response.body
    }

    private func once(_ call: KubernetesCall) async throws -> JSONValue {
        do {
            return try await withDeadline(timing.deadline) { [self] in
                let response = try await opened(call)
                guard (200..<300).contains(Int(response.status.code)) else { throw try await refusal(response, call) }
                let bytes: ByteBuffer
                do { bytes = try await response.body.collect(upTo: Self.maximumAnswer) } catch is NIOTooManyBytesError {
                    throw KubernetesError(.malformedAnswer, operation: call.operation, message: "more than 32 MiB")
                }
                guard let value = try? JSONValue(parsing: bytes.readableBytesView), value.objectValue != nil else {
                    throw KubernetesError(.malformedAnswer, operation: call.operation, message: "no JSON object")
                }
                return value
            }
        } catch let error as KubernetesError {
            throw error
        } catch is DeadlineExceeded {
            throw KubernetesError(.unavailable, operation: call.operation, message: "no answer in time")
        } catch {
            try Task.checkCancellation()
            throw KubernetesError(.unavailable, operation: call.operation, message: Self.words(error))
        }
    }

    private func opened(_ call: KubernetesCall) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address(call.path))
        request.method = call.method
        request.headers.add(name: "accept", value: call.resource == "pods/log" ? "*/*" : "application/json")
        request.headers.add(name: "user-agent", value: "ingot/\(IngotVersion.current)")
        if let token = try currentToken() { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body = call.body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.canonicalBytes))
        }
        do {
            return try await client.execute(request, deadline: .now() + .nanoseconds(timing.deadline.nanoseconds))
        } catch {
            try Task.checkCancellation()
            throw KubernetesError(.unavailable, operation: call.operation, message: Self.words(error))
        }
    }

    private func address(_ path: String) -> String {
        guard let name = access.serverName, let host = access.serverHost,
            let range = access.server.firstRange(of: host)
        else { return access.server + path }
        return access.server.replacingCharacters(range, name) + path
    }

    private func refusal(_ response: HTTPClientResponse, _ call: KubernetesCall) async throws -> KubernetesError {
        let body = try? await response.body.collect(upTo: 256 << 10)
        let seconds = response.headers.first(name: "retry-after").flatMap { Int($0) }
        return KubernetesError(
            status: Int(response.status.code),
            body: body.flatMap { try? JSONValue(parsing: $0.readableBytesView) },
            operation: call.operation,
            retryAfter: seconds.map { .seconds(min(max($0, 0), 3600)) }
        )
    }

    private func currentToken() throws -> String? {
        switch access.credential {
        case .none: return nil
        case .token(let secret): return secret.revealed
        case .tokenFile(let path):
            if let kept = token.withLock({ $0 }), ContinuousClock.now < kept.at + timing.tokenLife { return kept.value }
            let bytes: [UInt8]
            do { bytes = try ClusterAccess.read(path, what: "the token") } catch {
                throw KubernetesError(.unauthenticated, operation: "read the token", message: "\(path) is unreadable")
            }
            let value = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            token.withLock { $0 = ReadToken(value: value, at: .now) }
            return value
        }
    }

    /// What happened to a connection; addresses are left out, as they are in the configuration.
    private static func words(_ error: any Error) -> String { String("\(error)".prefix(300)) }
}

extension ClusterAccess {
    /// The host in the server's address.
    fileprivate var serverHost: String? {
        guard let start = server.firstRange(of: "://")?.upperBound else { return nil }
        let authority = server[start...].prefix { $0 != "/" }
        if authority.hasPrefix("[") {
            return authority.dropFirst().firstIndex(of: "]").map { String(authority[...$0]) }
        }
        return String(authority.prefix { $0 != ":" })
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, _ text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
