import Crypto
public import IngotCore

/// One row of a public register or portal, as a source has read it.
public struct Record: Sendable, Equatable {
    /// Unique within its source and the same from run to run, at most ``maximumKeyBytes``.
    public var key: String
    /// For example `call` or `inmate`.
    public var kind: String
    /// What the site says of it, by the site's own names.
    public var content: JSONValue
    /// Members of the content that say where it stood in a list and not what it is: they do not count for its hash.
    public var positions: Set<String>
    /// When it happened by the site's clock, `2026-01-10T14:30:00`, with the offset where the site gives one.
    public var eventTime: String?
    /// Where it happened, for a geocoder.
    public var address: String?
    public var coordinates: Coordinates?

    public static let maximumKeyBytes = 200

    public init(
        key: String,
        kind: String,
        content: JSONValue,
        positions: Set<String> = [],
        eventTime: String? = nil,
        address: String? = nil,
        coordinates: Coordinates? = nil
    ) {
        self.key = key
        self.kind = kind
        self.content = content
        self.positions = positions
        self.eventTime = eventTime
        self.address = address
        self.coordinates = coordinates
    }

    /// SHA-256 of the canonical JSON of the content without its positions, in lower-case hexadecimal.
    public var contentHash: String {
        let members = content.objectValue?.filter { !positions.contains($0.key) }
        return Self.hash(of: (members.map(JSONValue.object) ?? content).canonicalBytes)
    }

    /// SHA-256 in lower-case hexadecimal.
    public static func hash(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
}

/// A place on the earth (WGS 84), in degrees.
public struct Coordinates: Sendable, Equatable {
    public var latitude: Double
    public var longitude: Double

    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}
