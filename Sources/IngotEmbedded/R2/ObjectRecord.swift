import IngotCore

/// What the index holds of one object.
struct ObjectRecord: Sendable, Equatable {
    var key: String
    /// Bytes.
    var size: Int64
    /// Lower-case hexadecimal MD5 of the body.
    var etag: String
    var modified: Timestamp
    /// The name of the file that holds the bytes.
    var body: String
    /// Headers that come back with the object: its content type, caching headers and `x-amz-meta-` ones, with
    /// lower-case names.
    var headers: [String: String]

    var info: ObjectInfo { ObjectInfo(key: key, size: size, etag: etag, lastModified: modified) }
}

/// When a body may take a key.
enum WriteCondition: Sendable, Equatable {
    case none
    /// `If-None-Match: *`
    case absent
    /// `If-Match: *`
    case present
    /// `If-Match` with entity tags, or `If-None-Match` when the object's tag may be none of them.
    case etag([String], isRequired: Bool)
}
