import AsyncHTTPClient
import IngotCore
public import Logging
import NIOCore
import NIOHTTP1

/// Makes requests to upstream sites and keeps the captured files in the attempt's folder.
///
/// Failures that can pass (no connection, 429, 5xx, a body that breaks off) are tried again a few times; what
/// remains is a `JobFailure` that says which address, what happened and whether trying again later makes sense.
public struct Fetcher: Sendable {
    /// Bounds of one fetch.
    public struct Configuration: Sendable {
        /// How often one file is tried in all, and the waits between.
        public var retry = RetryPolicy(
            maximumAttempts: 4,
            firstDelay: .milliseconds(500),
            maximumDelay: .seconds(15)
        )
        /// The longest that one try may take, body included.
        public var deadline: Duration = .seconds(900)
        /// The longest `Retry-After` that is waited for; a longer one ends the fetch.
        public var longestRetryAfter: Duration = .seconds(120)
        /// Sent as `User-Agent`.
        public var userAgent = "ingot/0.1 (public records ingestion)"

        public init() {}
    }

    let connections: UpstreamConnections
    private(set) var addressGuard: AddressGuard
    private let captureFolder: String
    private let configuration: Configuration
    private let logger: Logger

    /// - Parameters:
    ///   - connections: shared by the fetchers of a process.
    ///   - captureFolder: an existing folder for captured files.
    public init(
        connections: UpstreamConnections,
        captureFolder: String,
        configuration: Configuration = Configuration(),
        logger: Logger
    ) {
        self.connections = connections
        addressGuard = AddressGuard(resolver: connections.resolver)
        self.captureFolder = captureFolder
        self.configuration = configuration
        self.logger = logger
    }

    /// The same fetcher, which also fetches from this site's own host and port, wherever they are.
    func trusting(_ site: String) -> Fetcher {
        var fetcher = self
        fetcher.addressGuard.trusted = SiteAddress(site)?.endpoint
        return fetcher
    }

    func page(_ url: String, limit: Int) async throws -> [UInt8] {
        try await retrying(request(url)) { response in
            var bytes: [UInt8] = []
            for try await piece in response.body {
                guard bytes.count + piece.readableBytes <= limit else { throw tooLarge(url, limit: Int64(limit)) }
                bytes.append(contentsOf: piece.readableBytesView)
            }
            try checkLength(response, received: Int64(bytes.count))
            return bytes
        }
    }

    /// - Returns: `nil` when the site says that the file is the known one.
    func capture(_ url: String, name: String, unless known: CaptureValidators?, limit: Int64) async throws -> Capture? {
        let path = try captureFolder + "/" + plainFileName(name)
        var request = request(url)
        if let etag = known?.etag { request.headers.add(name: "if-none-match", value: etag) }
        if let date = known?.lastModified { request.headers.add(name: "if-modified-since", value: date) }
        return try await retrying(request, accepts304: known != nil) { response in
            guard response.status != .notModified else { return nil }
            var file = try HashingFile(creating: path)
            for try await piece in response.body {
                guard file.size + Int64(piece.readableBytes) <= limit else { throw tooLarge(url, limit: limit) }
                try piece.withUnsafeReadableBytes { try file.append($0) }
            }
            try checkLength(response, received: file.size)
            return Capture(
                url: url,
                fetchedAt: .now(),
                etag: response.headers.first(name: "etag"),
                lastModified: response.headers.first(name: "last-modified"),
                sha256: file.hash.sha256,
                md5: file.hash.md5,
                size: file.size,
                path: path
            )
        }
    }

    // MARK: - Trying again

    /// - Parameter accepts304: whether “not modified” is an answer, which it is only to a question.
    private func retrying<Value>(
        _ request: HTTPClientRequest,
        accepts304: Bool = false,
        _ receive: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        // For messages, whatever the origin holds.
        let url = AddressUserInfo.removed(from: request.url)
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        while true {
            attempt += 1
            let failure: JobFailure
            var pause: Duration?
            do {
                let answer = try await follow(
                    request,
                    deadline: .now() + .nanoseconds(configuration.deadline.milliseconds * 1_000_000)
                ) { response -> Answer<Value> in
                    if response.status == .ok || accepts304 && response.status == .notModified {
                        return .wanted(try await receive(response))
                    }
                    let pause = response.headers.first(name: "retry-after").flatMap(Int64.init)
                    return .refused(statusFailure(response, url), pause: pause.map { .seconds($0) })
                }
                switch answer {
                case .wanted(let value): return value
                case .refused(let refusal, let announced):
                    failure = refusal
                    pause = announced
                }
            } catch let error as JobFailure {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                failure = JobFailure(
                    code: "upstream_unreachable",
                    message: "\(url) could not be read: \(reason(error)).",
                    advice: "Check the network and the origin setting, then run the job again.",
                    isTransient: true
                )
            }
            guard failure.isTransient,
                let delay = configuration.retry.delay(afterAttempt: attempt, using: &generator)
            else { throw failure }
            if let pause {
                guard pause <= configuration.longestRetryAfter else { throw failure }
            }
            logger.notice("trying again", metadata: ["url": "\(url)", "attempt": "\(attempt)", "why": "\(failure)"])
            try await Task.sleep(for: max(pause ?? .zero, delay))
        }
    }

    private enum Answer<Value> {
        case wanted(Value)
        /// With how long the site asks to wait.
        case refused(JobFailure, pause: Duration?)
    }

    private func request(_ url: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "user-agent", value: configuration.userAgent)
        request.headers.add(name: "accept", value: "*/*")
        return request
    }

    private func statusFailure(_ response: HTTPClientResponse, _ url: String) -> JobFailure {
        let status = response.status.code
        if status == 404 || status == 410 {
            return JobFailure(
                code: "upstream_not_found",
                message: "\(url) is not there (status \(status)).",
                advice: "Check that upstream still publishes it, or ask for another release."
            )
        }
        return JobFailure(
            code: "upstream_status",
            message: "\(url) answered \(status).",
            advice: "Look at the address in a browser; the site may be down or refuse automated requests.",
            isTransient: status == 408 || status == 429 || status >= 500
        )
    }

    /// A connection that closes early can look like the end of the body: the announced length tells.
    private func checkLength(_ response: HTTPClientResponse, received: Int64) throws {
        guard let announced = response.headers.first(name: "content-length").flatMap(Int64.init) else { return }
        guard announced == received else { throw BrokenOff(announced: announced, received: received) }
    }

    private func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as HostNotResolved: "the name \(error.host) cannot be resolved (\(error.reason))"
        case let error as BrokenOff: "the body broke off after \(error.received) of \(error.announced) bytes"
        default: "\(error)"
        }
    }
}

/// A body ended before its announced length.
private struct BrokenOff: Error {
    let announced: Int64
    let received: Int64
}

func tooLarge(_ place: String, limit: Int64) -> JobFailure {
    JobFailure(
        code: "upstream_too_large",
        message: "\(place) is larger than \(limit) bytes.",
        advice: "If the file really is that large, raise the limit in the source."
    )
}

/// A file's name comes from upstream's pages: it must not lead out of the folder.
func plainFileName(_ name: String) throws -> String {
    guard !name.isEmpty, name.utf8.count <= 200, !name.hasPrefix("."), !name.utf8.contains(0),
        !name.contains("/"), !name.contains("\\")
    else {
        throw JobFailure(code: "upstream_unsafe_name", message: "'\(name)' is not a plain file name.")
    }
    return name
}
