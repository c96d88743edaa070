import IngotCore

/// What the index holds of one object.
struct ObjectRecord: Sendable, Equatable {
    var key: String
    /// Bytes.
    var size: Int64
    /// Lower-case hexadecimal MD5 of the body; for an object made of parts the MD5 of theirs, `-`, and their number.
    var etag: String
    var modified: Timestamp
    /// The name of the file that holds the bytes.
    var body: String
    /// Headers that come back with the object: its content type, caching headers and `x-amz-meta-` ones, with
    /// lower-case names.
    var headers: [String: String]

    var info: ObjectInfo { ObjectInfo(key: key, size: size, etag: etag, lastModified: modified) }
}

/// What the key must have for a body to take it, as it was read before.
///
/// Conditions are decided on a record; this is how the index knows that nobody came between.
enum Expectation: Sendable, Equatable {
    case anything
    case nothing
    /// The object whose body is the file of this name.
    case body(String)
}
