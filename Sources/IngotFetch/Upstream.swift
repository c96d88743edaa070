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
    private let fetcher: Fetcher

    /// - Parameters:
    ///   - isOperatorsOwn: whether the operator named the origin: then it may be in a private network, and everything
    ///     that it leads to must still be public.
    ///   - fetcher: makes the requests and keeps the captured files.
    public init(origin: Origin, isOperatorsOwn: Bool, fetcher: Fetcher) {
        self.origin = origin
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
    /// - Throws: `JobFailure` with `upstream_not_found`, `upstream_unreachable`, `upstream_status`,
    ///   `upstream_too_large`, `address_refused` or `redirect_refused`.
    public func page(_ path: String, limit: Int = 8 << 20) async throws -> [UInt8] {
        switch origin {
        case .site(let base): try await fetcher.page("\(base)/\(path)", limit: limit)
        case .folder(let folder): try fetcher.page(inFolder: folder, path: path, limit: limit)
        }
    }

    /// Where a file is, as its capture says it.
    public func url(of file: UpstreamFile) -> String {
        switch origin {
        case .site(let base): "\(base)/\(file.path)"
        case .folder: Fetcher.folderURL(file.name)
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
        switch origin {
        case .site: try await fetcher.capture(url(of: file), name: file.name, unless: known, limit: limit)
        case .folder(let folder): try await fetcher.capture(inFolder: folder, name: file.name, limit: limit)
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

    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// The bytes of a file as upstream served them, kept with where and when.
public struct Capture: Sendable, Equatable {
    /// Where it was read: an address, or `file:` and the file's name.
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
