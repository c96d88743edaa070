import IngotCore
import IngotMarkup

/// Reads records out of packs. Neighbours are read together: each get brings a window of a pack, and the last few
/// windows are kept, because an export walks packs almost in order.
actor RecordReader {
    private struct Window {
        var pack: String
        var range: Range<Int64>
        var bytes: [UInt8]
    }

    /// The size of a window; a larger record gets one of its own size.
    private let windowBytes: Int64
    private static let windowCount = 4
    private let objects: any ObjectStore
    private var windows: [Window] = []

    /// - Parameter windowBytes: 0 reads each record by itself.
    init(objects: any ObjectStore, windowBytes: Int64 = 0) {
        self.objects = objects
        self.windowBytes = windowBytes
    }

    /// The record of a row, checked against its hash, without the line's end.
    ///
    /// No checksum covers a part of an object on its way here, so bytes that are wrong are asked for once more before
    /// the store is blamed.
    ///
    /// - Throws: ``LawReadingError`` when the stored record is damaged; `CancellationError`; what the object store throws.
    func record(of entry: LawEntry) async throws -> [UInt8] {
        do {
            return try await recordAtOnce(of: entry)
        } catch is LawReadingError {
            windows.removeAll { $0.pack == entry.pack }
            return try await recordAtOnce(of: entry)
        }
    }

    private func recordAtOnce(of entry: LawEntry) async throws -> [UInt8] {
        let member = try await bytes(pack: entry.pack, range: entry.offset..<entry.offset + entry.length)
        var record: [UInt8]
        do {
            record = try GzipMember.decompress(member, limit: PackWriter.maximumRecordBytes + 1)
        } catch {
            throw LawReadingError.corruptedRecord(key: entry.key, pack: entry.pack)
        }
        if record.last == UInt8(ascii: "\n") { record.removeLast() }
        guard ContentHash(of: record).hexadecimal == entry.contentHash else {
            throw LawReadingError.corruptedRecord(key: entry.key, pack: entry.pack)
        }
        return record
    }

    private func bytes(pack: String, range: Range<Int64>) async throws -> [UInt8] {
        if let index = windows.firstIndex(where: {
            $0.pack == pack && $0.range.lowerBound <= range.lowerBound && range.upperBound <= $0.range.upperBound
        }) {
            let window = windows.remove(at: index)
            windows.append(window)
            return slice(window, range)
        }
        let wanted = range.lowerBound..<max(range.upperBound, range.lowerBound + windowBytes)
        let bytes = try await objects.get(pack, range: wanted, limit: wanted.count)
        guard bytes.count >= range.count else {
            // The stream of a cancelled task just ends, which is no fault of the pack.
            try Task.checkCancellation()
            throw ObjectStoreError(
                kind: .corrupted,
                key: pack,
                message: "The pack ends before byte \(range.upperBound)."
            )
        }
        let window = Window(
            pack: pack,
            range: range.lowerBound..<range.lowerBound + Int64(bytes.count),
            bytes: bytes
        )
        if windows.count == Self.windowCount { windows.removeFirst() }
        windows.append(window)
        return slice(window, range)
    }

    private func slice(_ window: Window, _ range: Range<Int64>) -> [UInt8] {
        let start = Int(range.lowerBound - window.range.lowerBound)
        return Array(window.bytes[start..<start + range.count])
    }
}
