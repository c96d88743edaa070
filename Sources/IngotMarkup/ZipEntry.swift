/// One file of a zip archive, as the central directory describes it.
public struct ZipEntry: Sendable, Equatable {
    /// The path inside the archive; relative, with `/` between its parts, none of them `..`.
    public let name: String
    /// Bytes in the archive.
    public let packedSize: Int64
    /// Bytes after unpacking.
    public let size: Int64
    let crc32: UInt32
    let method: ZipMethod
    /// Where its local header starts.
    let headerOffset: Int64
    /// The name's bytes, for the comparison with the local header.
    let rawName: [UInt8]

    public var isFolder: Bool { name.hasSuffix("/") }
    /// The last part of ``name``.
    public var fileName: String { name.split(separator: "/").last.map(String.init) ?? "" }
}

/// How an entry is packed.
enum ZipMethod: UInt16, Sendable {
    case stored = 0
    case deflated = 8
}
