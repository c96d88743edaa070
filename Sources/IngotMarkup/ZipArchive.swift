import IngotCore
import SystemPackage

/// A zip archive in a file, read through its descriptor: the directory at once, entries as streams.
///
/// Whatever an archive says of itself is checked against limits and against its bytes. Entries are stored or deflated;
/// Zip64, encryption and archives in parts are refused.
public final class ZipArchive {
    public let entries: [ZipEntry]
    private let file: DescriptorFile
    private let limits: ZipLimits
    private let directoryOffset: Int64

    /// Opens the file and reads its directory.
    ///
    /// - Throws: `JobFailure` `upstream_html` when the file is a page, `zip_malformed` (cut files, too), `zip_encrypted`,
    ///   `zip_unsafe_name`, `zip_overlapping_entries`, `zip_unsupported`, `file_unreadable`.
    public init(path: String, limits: ZipLimits = ZipLimits()) throws {
        file = try DescriptorFile(path: path)
        self.limits = limits
        try Self.refusePage(file)
        let tail = try file.read(
            at: max(0, file.size - Int64(ZipDirectory.longestEnd)),
            count: min(ZipDirectory.longestEnd, Int(clamping: file.size))
        )
        let end = try ZipDirectory.end(in: tail, fileSize: file.size)
        guard end.size <= Int64(limits.directoryBytes) else {
            throw ZipDirectory.malformed("its directory has more than \(limits.directoryBytes) bytes")
        }
        directoryOffset = end.offset
        entries = try ZipDirectory.entries(
            in: try file.read(at: end.offset, count: Int(end.size)),
            end: end,
            limits: limits
        )
    }

    /// Opens an entry for reading.
    ///
    /// - Throws: `JobFailure` `zip_bomb` when it says that it is too large; `zip_malformed`; `zip_overlapping_entries`.
    public func open(_ entry: ZipEntry) throws -> ZipEntryReader {
        guard entry.size <= limits.entryBytes else {
            throw ZipEntryReader.bomb(entry, "it has \(entry.size) bytes, more than \(limits.entryBytes)")
        }
        let header = try file.read(at: entry.headerOffset, count: ZipDirectory.localHeaderSize)
        guard header.count == ZipDirectory.localHeaderSize,
            ZipDirectory.uint32(header, 0) == ZipDirectory.localSignature,
            ZipDirectory.uint16(header, 8) == Int(entry.method.rawValue),
            ZipDirectory.uint16(header, 6) & 1 == 0,
            ZipDirectory.uint16(header, 26) == entry.rawName.count,
            try file.read(at: entry.headerOffset + Int64(header.count), count: entry.rawName.count) == entry.rawName
        else {
            throw ZipDirectory.malformed("entry \(ZipDirectory.quoted(entry.name)) differs from the directory")
        }
        let start =
            entry.headerOffset + Int64(header.count) + Int64(entry.rawName.count)
            + Int64(ZipDirectory.uint16(header, 28))
        let room = entries.lazy.map(\.headerOffset).filter { $0 > entry.headerOffset }.min() ?? directoryOffset
        guard start + entry.packedSize <= room else { throw ZipDirectory.overlapping(entry.name) }
        return ZipEntryReader(entry: entry, file: file, start: start, limits: limits)
    }

    private static func refusePage(_ file: DescriptorFile) throws {
        let start = try file.read(at: 0, count: 1 << 10)
        guard !start.isEmpty else { throw ZipDirectory.malformed("it is empty") }
        let text = start.drop { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
        guard text.first != UInt8(ascii: "<"), !HTMLPageSign.isHTML(start.span) else {
            throw JobFailure(
                code: "upstream_html",
                message: "The file is a web page, not a zip.",
                advice: "The site may be under maintenance; look at it in a browser and try again later.",
                isTransient: true
            )
        }
    }
}
