/// What a store knows of an object without reading it.
public struct ObjectInfo: Sendable, Equatable {
    public var key: String
    /// Bytes.
    public var size: Int64
    /// Without quotes.
    public var etag: String
    /// When it got these bytes, by the store's own clock; `nil` where the store does not say.
    ///
    /// A listing knows milliseconds, other answers may know only seconds.
    public var lastModified: Timestamp?

    public init(key: String, size: Int64, etag: String, lastModified: Timestamp? = nil) {
        self.key = key
        self.size = size
        self.etag = etag
        self.lastModified = lastModified
    }
}

/// A stream of a body's bytes, in pieces of bounded size.
public typealias ByteStream = AsyncThrowingStream<[UInt8], any Error>

/// A body whose length and hash are known before it is sent, read from its start as often as a retry needs.
public struct ObjectBody: Sendable {
    /// Bytes.
    public let size: Int64
    /// Lower-case hexadecimal SHA-256 of the whole body.
    public let sha256: String
    /// Lower-case hexadecimal MD5 of the whole body, where whoever hashed it took that as well.
    ///
    /// A store that is told it refuses a body that changed on its way.
    public let md5: String?
    /// The body itself, when it is in memory.
    public let bytes: [UInt8]?
    /// Opens the body at its start.
    ///
    /// The stream must be pull-driven: the next piece is read when it is asked for.
    public let open: @Sendable () throws -> ByteStream

    public init(
        size: Int64,
        sha256: String,
        md5: String? = nil,
        open: @escaping @Sendable () throws -> ByteStream
    ) {
        self.size = size
        self.sha256 = sha256
        self.md5 = md5
        bytes = nil
        self.open = open
    }

    /// A body that is in memory.
    public init(bytes: [UInt8], sha256: String) {
        size = Int64(bytes.count)
        self.sha256 = sha256
        md5 = nil
        self.bytes = bytes
        open = {
            let taken = OnceFlag()
            return ByteStream { taken.set() ? bytes : nil }
        }
    }
}

/// Objects by key: R2, or a folder that speaks the same protocol.
///
/// Every operation is retried where that is safe; what remains is thrown as ``ObjectStoreError``.
public protocol ObjectStore: Sendable {
    /// Stores the body under the key.
    ///
    /// - Parameter onlyIfAbsent: leaves an object that is there as it is (`If-None-Match: *`).
    /// - Returns: false when `onlyIfAbsent` found an object.
    @discardableResult
    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool

    /// Reads a whole object, or the bytes of `range`; an object larger than `limit` bytes is refused.
    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8]

    /// Reads an object piece by piece.
    func stream(_ key: String) async throws -> ByteStream

    /// What the store knows of the object; `nil` when there is none.
    func head(_ key: String) async throws -> ObjectInfo?

    /// One page of the objects whose keys start with `prefix`, in order of UTF-8 bytes, after `token`.
    func list(prefix: String, after token: String?) async throws -> ObjectPage

    /// Removes the objects; a key that is not there is no error.
    ///
    /// - Throws: ``ObjectStoreError`` that names the objects that are still there; all others are removed.
    func delete(_ keys: [String]) async throws
}

/// One page of a listing.
public struct ObjectPage: Sendable, Equatable {
    public var objects: [ObjectInfo]
    /// Where the next page starts; `nil` on the last one.
    public var next: String?

    public init(objects: [ObjectInfo], next: String?) {
        self.objects = objects
        self.next = next
    }
}

/// Why a call to an object store failed.
public struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Sendable, Equatable {
        case notFound
        case access
        case invalidRequest
        case invalidRange
        /// The stored bytes or the answer do not have the announced length or hash.
        case corrupted
        /// More bytes than the caller allows, or than the store takes.
        case tooLarge
        case overloaded
        case unavailable
        case full
    }

    public let kind: Kind
    /// The store's own word, for example `SignatureDoesNotMatch`.
    public let code: String?
    public let key: String?
    public let message: String

    public init(kind: Kind, code: String? = nil, key: String? = nil, message: String) {
        self.kind = kind
        self.code = code
        self.key = key
        self.message = message
    }

    public var isTransient: Bool { kind == .overloaded || kind == .unavailable }

    public var description: String {
        "object store: \(message)" + (code.map { " (\($0))" } ?? "") + (key.map { ", key \($0)" } ?? "")
    }
}
