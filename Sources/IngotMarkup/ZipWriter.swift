import IngotCore
import SystemPackage

/// Writes a zip archive to a file in a stream: deflated entries, no times, so equal contents give equal bytes.
public final class ZipWriter {
    private let descriptor: FileDescriptor
    private let deflater: Deflater
    private var offset: Int64 = 0
    private var directory: [UInt8] = []
    private var count = 0
    private var open: OpenEntry?
    private var isClosed = false

    private struct OpenEntry {
        var name: [UInt8]
        var headerOffset: Int64
        var checkSum = CheckSum()
        var size: Int64 = 0
        var packedSize: Int64 = 0
    }

    /// 1980-01-01, the first day that the format knows, as DOS wrote dates.
    private static let date: UInt16 = 0x0021

    /// Makes the file, or empties it.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    /// - Throws: `JobFailure` `file_unwritable`.
    public init(path: String, level: Int = 6) throws {
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
        } catch {
            throw Self.unwritable(error)
        }
        deflater = Deflater(.none, level: level)
    }

    deinit {
        if !isClosed { try? descriptor.close() }
    }

    /// Begins an entry; the one before it must have been ended.
    public func begin(_ name: String) throws {
        precondition(open == nil, "the entry before has not been ended")
        let entry = OpenEntry(name: Array(name.utf8), headerOffset: offset)
        try append(localHeader(entry))
        open = entry
    }

    /// Adds bytes to the open entry.
    public func write(_ bytes: [UInt8]) throws {
        try pack(bytes, isLast: false)
    }

    /// Ends the open entry.
    public func end() throws {
        try pack([], isLast: true)
        deflater.reset()
        guard let entry = open else { return }
        open = nil
        guard entry.size < 0xFFFF_FFFF, entry.packedSize < 0xFFFF_FFFF, offset < 0xFFFF_FFFF, count < 0xFFFE else {
            throw JobFailure(code: "zip_too_large", message: "The zip would need the Zip64 format.")
        }
        // The sizes are known now: write the header once more, over the first one.
        try write(localHeader(entry), at: entry.headerOffset)
        directory += centralHeader(entry)
        count += 1
    }

    /// Writes the directory and closes the file.
    public func finish() throws {
        precondition(open == nil, "the last entry has not been ended")
        let start = offset
        try append(directory)
        var record: [UInt8] = []
        Self.put(ZipDirectory.endSignature, into: &record)
        Self.put(UInt32(0), into: &record)
        Self.put(UInt16(count), into: &record)
        Self.put(UInt16(count), into: &record)
        Self.put(UInt32(directory.count), into: &record)
        Self.put(UInt32(start), into: &record)
        Self.put(UInt16(0), into: &record)
        try append(record)
        isClosed = true
        do { try descriptor.close() } catch { throw Self.unwritable(error) }
    }

    private func pack(_ bytes: [UInt8], isLast: Bool) throws {
        precondition(open != nil, "no entry is open")
        open?.checkSum.add(bytes.span)
        open?.size += Int64(bytes.count)
        let start = offset
        try deflater.write(bytes.span, isLast: isLast) { piece in
            try piece.withUnsafeBytes { try append($0) }
        }
        open?.packedSize += offset - start
    }

    // MARK: - Records

    private func localHeader(_ entry: OpenEntry) -> [UInt8] {
        var header: [UInt8] = []
        Self.put(ZipDirectory.localSignature, into: &header)
        putCommonFields(entry, into: &header)
        Self.put(UInt16(entry.name.count), into: &header)
        Self.put(UInt16(0), into: &header)
        return header + entry.name
    }

    private func centralHeader(_ entry: OpenEntry) -> [UInt8] {
        var header: [UInt8] = []
        Self.put(ZipDirectory.centralSignature, into: &header)
        Self.put(UInt16(20), into: &header)
        putCommonFields(entry, into: &header)
        Self.put(UInt16(entry.name.count), into: &header)
        // No extra field, no comment, first part, no attributes.
        header += [UInt8](repeating: 0, count: 12)
        Self.put(UInt32(truncatingIfNeeded: entry.headerOffset), into: &header)
        return header + entry.name
    }

    private func putCommonFields(_ entry: OpenEntry, into header: inout [UInt8]) {
        Self.put(UInt16(20), into: &header)
        // Bit 11: the name is UTF-8.
        Self.put(UInt16(1 << 11), into: &header)
        Self.put(ZipMethod.deflated.rawValue, into: &header)
        Self.put(UInt16(0), into: &header)
        Self.put(Self.date, into: &header)
        Self.put(entry.checkSum.value, into: &header)
        Self.put(UInt32(truncatingIfNeeded: entry.packedSize), into: &header)
        Self.put(UInt32(truncatingIfNeeded: entry.size), into: &header)
    }

    private static func put(_ number: some FixedWidthInteger, into bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    // MARK: - File

    private func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            offset += Int64(try descriptor.writeAll(toAbsoluteOffset: offset, bytes))
        } catch {
            throw Self.unwritable(error)
        }
    }

    private func write(_ bytes: [UInt8], at place: Int64) throws {
        do { _ = try descriptor.writeAll(toAbsoluteOffset: place, bytes) } catch { throw Self.unwritable(error) }
    }

    private static func unwritable(_ error: any Error) -> JobFailure {
        JobFailure(code: "file_unwritable", message: "The zip cannot be written: \(error).")
    }
}
