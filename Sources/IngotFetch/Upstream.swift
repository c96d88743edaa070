public import IngotCore

/// Where a source's files come from: a site, or a folder that holds files as the site names them.
public struct Upstream: Sendable {
    /// The two kinds of origin.
    public enum Origin: Sendable, Equatable {
        /// An `http(s)` address without a trailing slash.
        case site(String)
        /// A folder.
        case folder(String)

        /// Takes `http(s)://…` as a site and anything else as a folder's path.
        public init(_ text: String) {
            var text = text
            while text.count > 1, text.hasSuffix("/") { text.removeLast() }
            self = text.hasPrefix("http://") || text.hasPrefix("https://") ? .site(text) : .folder(text)
        }
    }

    public let origin: Origin
    let fetcher: Fetcher
    private let history: (any CaptureHistory)?
    private let planned = PlannedCaptures()

    /// Files that are asked for at a time.
    public static let parallelRequests = 4

    /// - Parameters:
    ///   - isOperatorsOwn: whether the operator named the origin: then it may be in a private network, and everything
    ///     that it leads to must still be public.
    ///   - fetcher: makes the requests and keeps the captured files.
    ///   - history: knows what was captured before; `nil`: nothing is known.
    public init(
        origin: Origin,
        isOperatorsOwn: Bool,
        fetcher: Fetcher,
        history: (any CaptureHistory)? = nil
    ) {
        self.origin = origin
        self.history = history
        switch origin {
        case .site(let address) where isOperatorsOwn: self.fetcher = fetcher.trusting(address)
        default: self.fetcher = fetcher
        }
    }

    /// The names of the plain files in a folder origin, sorted; empty for a site.
    ///
    /// - Throws: `JobFailure` `origin_unreadable`.
    public func fileNames() throws -> [String] {
        switch origin {
        case .site: []
        case .folder(let path): try fetcher.fileNames(inFolder: path)
        }
    }

    /// Reads a small page whole.
    ///
    /// - Parameters:
    ///   - path: below the origin, without a leading slash.
    ///   - limit: the most bytes that are taken.
    /// - Throws: `CancellationError`; `JobFailure`: of a site `address_refused`, `redirect_refused`, `robots_disallowed`,
    ///   `upstream_not_found`, `upstream_status`, `upstream_unreachable`, `upstream_certificate`, `upstream_compression`,
    ///   `upstream_too_large`, `proxy_unreachable`, `proxy_refused`, or what the budget of requests throws; of a folder
    ///   `upstream_unsafe_name`, `upstream_not_found`, `origin_unreadable` or `upstream_too_large`.
    public func page(_ path: String, limit: Int = 8 << 20) async throws -> [UInt8] {
        switch origin {
        case .site(let base): try await fetcher.page("\(base)/\(path)", limit: limit)
        case .folder(let folder): try fetcher.page(inFolder: folder, path: path, limit: limit)
        }
    }

    /// Reads pages that lead to others, each only if it has changed since it was captured: what has not comes from the
    /// store.
    ///
    /// A page that is a unit's file as well is not asked for again when the unit is captured.
    ///
    /// - Parameter limit: the most bytes that are taken of each.
    /// - Returns: the pages in the order of the files.
    /// - Throws: `JobFailure`, as ``page(_:limit:)`` does; of several failed pages one that lists them all.
    public func pages(_ files: [UpstreamFile], limit: Int = 8 << 20) async throws -> [[UInt8]] {
        let known = try await history?.newestCaptures(of: files.map(url)) ?? [:]
        let outcomes = try await mapConcurrently(files, atOnce: Self.parallelRequests) { file in
            try await outcome(of: file, known: known[url(of: file)], limit: limit)
        }
        var pages: [[UInt8]] = []
        var failures: [JobFailure] = []
        for outcome in outcomes {
            switch outcome {
            case .success(let page): pages.append(page)
            case .failure(let failure): failures.append(failure)
            }
        }
        if let failure = JobFailure.joining(failures) { throw failure }
        return pages
    }

    private func outcome(
        of file: UpstreamFile,
        known: KnownCapture?,
        limit: Int
    ) async throws -> Result<[UInt8], JobFailure> {
        do {
            return .success(try await contents(of: file, known: known, limit: limit))
        } catch let failure as JobFailure {
            return .failure(failure)
        }
    }

    private func contents(of file: UpstreamFile, known: KnownCapture?, limit: Int) async throws -> [UInt8] {
        let url = url(of: file)
        var stored: [UInt8]?
        if let known, let validators = known.validators, let history {
            let found = try await capture(file, unless: validators, limit: Int64(limit))
            if let found { return try await keep(found, of: url, limit: limit) }
            do {
                stored = try await history.bytes(of: known, limit: limit)
                await planned.keep(.notModified(validators), of: url)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // What was kept of it is gone or broken: the site still has it.
            }
        }
        if let stored { return stored }
        guard let found = try await capture(file, limit: Int64(limit)) else {
            throw JobFailure(code: "upstream_status", message: "\(url) answered “not modified” without a question.")
        }
        return try await keep(found, of: url, limit: limit)
    }

    private func keep(_ capture: Capture, of url: String, limit: Int) async throws -> [UInt8] {
        let bytes = try capture.contents(limit: limit)
        await planned.keep(.captured(capture), of: url)
        return bytes
    }

    /// Where a file is, as its capture says it.
    public func url(of file: UpstreamFile) -> String {
        switch origin {
        case .site(let base): "\(base)/\(file.path)"
        case .folder(let folder): Fetcher.folderURL(Fetcher.place(of: file, inFolder: folder))
        }
    }

    /// Brings a file to the attempt's folder, byte for byte, and hashes it on the way.
    ///
    /// - Parameter known: what upstream said of the file when it was captured last; a site is then asked to send it
    ///   only if it has changed since.
    /// - Returns: `nil` when upstream says that the file is still the known one.
    /// - Throws: `JobFailure`, as ``page(_:limit:)`` does.
    public func capture(
        _ file: UpstreamFile,
        unless known: CaptureValidators? = nil,
        limit: Int64
    ) async throws -> Capture? {
        switch await planned.take(url(of: file)) {
        case .captured(let capture)?: return capture
        case .notModified(let validators)? where validators == known: return nil
        case .notModified, nil: break
        }
        switch origin {
        case .site: return try await captureFromSite(file, unless: known, limit: limit)
        case .folder(let folder): return try await fetcher.capture(inFolder: folder, file: file, limit: limit)
        }
    }
}

/// What a site said of a file so that it can be asked later whether the file has changed (RFC 9110, section 8.8).
public struct CaptureValidators: Sendable, Equatable {
    public var etag: String?
    /// As the site wrote it.
    public var lastModified: String?

    /// - Returns: `nil` when there is nothing to ask with.
    public init?(etag: String?, lastModified: String?) {
        guard etag != nil || lastModified != nil else { return nil }
        self.etag = etag
        self.lastModified = lastModified
    }
}

/// A file as upstream names it.
public struct UpstreamFile: Sendable, Equatable {
    /// The file's own name, for example `xml_usc01@119-36.zip`.
    public var name: String
    /// Its path below a site's address, for example `download/releasepoints/us/pl/119/36/xml_usc01@119-36.zip`.
    public var path: String
    /// By which the file is told from what a site serves in its place when it is not well; `nil`: anything will do.
    public var sign: Sign?

    /// What a file of a kind has in it.
    public enum Sign: Sendable, Equatable {
        /// The signature of a zip at its start.
        case zip
        /// Each of these words, in ASCII, somewhere.
        case words([String])
    }

    public init(name: String, path: String, sign: Sign? = nil) {
        self.name = name
        self.path = path
        self.sign = sign
    }
}

/// The bytes of a file as upstream served them, kept with where and when.
public struct Capture: Sendable, Equatable {
    /// Where it was read: an address, or `file:` and the file's place below the folder.
    public var url: String
    public var fetchedAt: Timestamp
    public var etag: String?
    /// As the site wrote it.
    public var lastModified: String?
    /// Lower-case hexadecimal.
    public var sha256: String
    /// Lower-case hexadecimal, where it was taken; the object store checks the upload by it.
    public var md5: String?
    /// Bytes.
    public var size: Int64
    /// The local file that holds the bytes.
    public var path: String

    public init(
        url: String,
        fetchedAt: Timestamp,
        etag: String?,
        lastModified: String? = nil,
        sha256: String,
        md5: String? = nil,
        size: Int64,
        path: String
    ) {
        self.url = url
        self.fetchedAt = fetchedAt
        self.etag = etag
        self.lastModified = lastModified
        self.sha256 = sha256
        self.md5 = md5
        self.size = size
        self.path = path
    }
}
