/// How much a zip archive may demand.
public struct ZipLimits: Sendable {
    /// Entries in the archive.
    public var entries = 10_000
    /// Bytes of the central directory.
    public var directoryBytes = 8 << 20
    /// Plain bytes of one entry.
    public var entryBytes: Int64 = 1 << 30
    /// Plain bytes for each packed one, once an entry has given ``freeBytes``.
    public var ratio: Int64 = 200
    /// Plain bytes that are given whatever the ratio is.
    public var freeBytes: Int64 = 4 << 20

    public init() {}
}
