import AsyncHTTPClient
public import CoreMetrics
public import IngotCore
public import Logging
import NIOCore
import NIOHTTP1

/// Makes requests to upstream sites and keeps the captured files in the attempt's folder.
///
/// Each request waits for the host's budget and keeps to its `robots.txt`. Failures that can pass (no connection, 429,
/// 5xx, a body that breaks off) are tried again a few times; what remains is a `JobFailure` that says which address,
/// what happened and whether trying again later makes sense.
public struct Fetcher: Sendable {
    let connections: UpstreamConnections
    private(set) var addressGuard: AddressGuard
    private(set) var budget: any RequestBudget
    private(set) var robots: any RobotsCache
    let robotsFiles = RobotsFiles()
    private let captureFolder: String
    private(set) var configuration: Configuration
    /// The least time between two requests that the host's published terms leave, whatever its `robots.txt` says.
    private(set) var termsInterval: Duration?
    let logger: Logger
    let metrics: FetchMetrics
    private(set) var notices: @Sendable (String) -> Void

    /// - Parameters:
    ///   - connections: shared by the fetchers of a process.
    ///   - captureFolder: an existing folder for captured files.
    ///   - budget: says when a request may be made.
    ///   - robots: keeps `robots.txt` files beyond this fetcher.
    ///   - metrics: counts what hosts are asked and what they send.
    public init(
        connections: UpstreamConnections,
        captureFolder: String,
        budget: any RequestBudget,
        robots: any RobotsCache,
        configuration: Configuration = Configuration(),
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.metrics = FetchMetrics(factory: metrics)
        self.connections = connections
        addressGuard = AddressGuard(resolver: connections.resolver, proxies: configuration.proxies)
        self.captureFolder = captureFolder
        self.budget = budget
        self.robots = robots
        self.configuration = configuration
        self.logger = logger
        notices = { logger.notice("\($0)") }
    }

    /// The same fetcher, which shares a budget and the kept `robots.txt` files with others.
    public func sharing(_ budget: any RequestBudget, _ robots: any RobotsCache) -> Fetcher {
        var fetcher = self
        fetcher.budget = budget
        fetcher.robots = robots
        return fetcher
    }

    /// The same fetcher, which tells what whoever reads the job's log should know in this way.
    public func noting(_ notices: @escaping @Sendable (String) -> Void) -> Fetcher {
        var fetcher = self
        fetcher.notices = notices
        return fetcher
    }

    /// The same fetcher, which keeps to a host's terms, asks through a proxy that was lent, and tries once where all
    /// further trying is somebody else's.
    ///
    /// - Parameters:
    ///   - proxy: through which every host is asked; `nil`: as the configuration says.
    ///   - retries: whether what can pass is tried again.
    func keeping(to terms: HostTerms?, through proxy: ProxyAddress?, retries: Bool) -> Fetcher {
        var fetcher = self
        fetcher.termsInterval = terms?.minimumInterval
        fetcher.addressGuard.lent = proxy
        if !retries {
            fetcher.configuration.retry = RetryPolicy(maximumAttempts: 1, firstDelay: .zero, maximumDelay: .zero)
        }
        return fetcher
    }

    /// The longer one of the time that a site's `robots.txt` asks for and the one of its terms.
    func interval(_ robots: Duration?) -> Duration? {
        [robots, termsInterval].compactMap(\.self).max()
    }

    /// The same fetcher, which also fetches from this site's own host and port, wherever they are.
    func trusting(_ site: String) -> Fetcher {
        var fetcher = self
        fetcher.addressGuard.trusted = SiteAddress(site)?.endpoint
        return fetcher
    }

    func page(_ url: String, limit: Int) async throws -> [UInt8] {
        try await retrying(request(url, compressed: true), accepts: { $0 == .ok }) { response in
            try checkEncoding(response, url)
            var bytes: [UInt8] = []
            for try await piece in response.body {
                guard bytes.count + piece.readableBytes <= limit else { throw tooLarge(url, limit: Int64(limit)) }
                bytes.append(contentsOf: piece.readableBytesView)
            }
            // The body of a cancelled request just ends.
            try Task.checkCancellation()
            try Self.checkLength(response, received: Int64(bytes.count))
            return bytes
        }
    }

    /// - Returns: `nil` when the site says that the file is the known one.
    func capture(_ url: String, name: String, unless known: CaptureValidators?, limit: Int64) async throws -> Capture? {
        let path = try captureFolder + "/" + plainFileName(name)
        var request = request(url, compressed: !Self.isCompressed(name))
        if let etag = known?.etag { request.headers.add(name: "if-none-match", value: etag) }
        if let date = known?.lastModified { request.headers.add(name: "if-modified-since", value: date) }
        // “Not modified” is an answer only to a question.
        let isQuestion = known != nil
        return try await retrying(request, accepts: { $0 == .ok || isQuestion && $0 == .notModified }) { response in
            guard response.status != .notModified else { return nil }
            try checkEncoding(response, url)
            var file = try HashingFile(creating: path)
            for try await piece in response.body {
                guard file.size + Int64(piece.readableBytes) <= limit else { throw tooLarge(url, limit: limit) }
                try piece.withUnsafeReadableBytes { try file.append($0) }
            }
            try Task.checkCancellation()
            try Self.checkLength(response, received: file.size)
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

    func request(_ url: String, compressed: Bool) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "user-agent", value: configuration.userAgent)
        request.headers.add(name: "accept", value: "*/*")
        request.headers.add(name: "accept-encoding", value: compressed ? "gzip" : "identity")
        return request
    }

    /// Whether compressing a file once more would save nothing.
    private static func isCompressed(_ name: String) -> Bool {
        [".zip", ".gz", ".pdf", ".png", ".jpg", ".gif"].contains { name.lowercased().hasSuffix($0) }
    }
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
