public import IngotCore

/// A record as it is stored, and as the API shows it.
public struct StoredRecord: Sendable, Encodable {
    public var source: String
    public var key: String
    public var kind: String
    /// Which part of the source it is of: the host, and the search where there is one.
    public var scope: String
    /// SHA-256 in lower-case hexadecimal.
    public var contentHash: String
    public var content: JSONValue
    public var eventTime: String?
    public var address: String?
    public var latitude: Double?
    public var longitude: Double?
    /// `source`, `geocoder`, or `nobody`: a geocoder knows no such place.
    public var locatedBy: String?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// When it was found not to be there any more: of an inmate the release.
    public var goneAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case source, key, kind, scope, content, address, latitude, longitude
        case contentHash = "content_hash"
        case eventTime = "event_time"
        case locatedBy = "located_by"
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
        case goneAt = "gone_at"
    }

    init(_ row: Row) throws {
        source = try row.string("source")
        key = try row.string("key")
        kind = try row.string("kind")
        scope = try row.string("scope")
        contentHash = try row.string("content_hash")
        content = try JSONValue(parsing: row.string("content_json").utf8)
        eventTime = try row.optionalString("event_time")
        address = try row.optionalString("address")
        latitude = try row.optionalReal("latitude")
        longitude = try row.optionalReal("longitude")
        locatedBy = try row.optionalString("located_by")
        firstSeen = try row.moment("first_seen")
        lastSeen = try row.moment("last_seen")
        goneAt = try row.optionalString("gone_at").flatMap { Timestamp($0) }
    }
}

/// A content that a record has had.
public struct RecordContent: Sendable, Encodable {
    /// SHA-256 in lower-case hexadecimal.
    public var contentHash: String
    public var content: JSONValue
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp

    enum CodingKeys: String, CodingKey {
        case content
        case contentHash = "content_hash"
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    init(_ row: Row) throws {
        contentHash = try row.string("content_hash")
        content = try JSONValue(parsing: row.string("content_json").utf8)
        firstSeen = try row.moment("first_seen")
        lastSeen = try row.moment("last_seen")
    }
}

extension Row {
    fileprivate func moment(_ column: String) throws -> Timestamp {
        let text = try string(column)
        guard let moment = Timestamp(text) else {
            throw RowError(column: column, expected: "a time", found: "other text", row: index)
        }
        return moment
    }
}
