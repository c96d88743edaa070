import IngotCore

/// Reads the end record and the central directory of a zip archive from bytes.
///
/// Format: PKWARE APPNOTE.TXT (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), sections 4.3.7 to 4.3.16.
enum ZipDirectory {
    /// Where the central directory is.
    struct End: Equatable {
        var entries: Int
        var size: Int64
        var offset: Int64
    }

    static let localSignature: UInt32 = 0x0403_4b50
    static let centralSignature: UInt32 = 0x0201_4b50
    static let endSignature: UInt32 = 0x0605_4b50
    static let localHeaderSize = 30
    static let centralHeaderSize = 46
    static let endRecordSize = 22
    /// The end record and the longest comment that it can have.
    static let longestEnd = endRecordSize + 0xFFFF

    /// Finds the end record in the last bytes of a file.
    ///
    /// - Parameters:
    ///   - tail: the file's last bytes, at least ``longestEnd`` of them where it has as many.
    ///   - fileSize: bytes of the whole file.
    static func end(in tail: [UInt8], fileSize: Int64) throws -> End {
        var start = tail.count - endRecordSize
        while start >= 0 {
            if uint32(tail, start) == endSignature, start + endRecordSize + uint16(tail, start + 20) == tail.count {
                break
            }
            start -= 1
        }
        guard start >= 0 else { throw malformed("it has no end record; it may be cut short") }
        let end = End(
            entries: uint16(tail, start + 10),
            size: Int64(uint32(tail, start + 12)),
            offset: Int64(uint32(tail, start + 16))
        )
        guard end.entries != 0xFFFF, end.size != 0xFFFF_FFFF, end.offset != 0xFFFF_FFFF else {
            throw unsupported("it is in the Zip64 format")
        }
        guard uint16(tail, start + 4) == 0, uint16(tail, start + 6) == 0, uint16(tail, start + 8) == end.entries else {
            throw unsupported("it is one part of several")
        }
        let endOffset = fileSize - Int64(tail.count - start)
        guard end.offset + end.size == endOffset else {
            throw malformed("its directory is not where the end record says; it may be cut short")
        }
        return end
    }

    /// Reads the central directory.
    static func entries(in directory: [UInt8], end: End, limits: ZipLimits) throws -> [ZipEntry] {
        guard end.entries <= limits.entries else { throw malformed("it has more than \(limits.entries) entries") }
        var entries: [ZipEntry] = []
        var names: Set<String> = []
        var start = 0
        for _ in 0..<end.entries {
            guard start + centralHeaderSize <= directory.count, uint32(directory, start) == centralSignature else {
                throw malformed("its directory is damaged")
            }
            let nameStart = start + centralHeaderSize
            let nameEnd = nameStart + uint16(directory, start + 28)
            let next = nameEnd + uint16(directory, start + 30) + uint16(directory, start + 32)
            guard next <= directory.count else { throw malformed("its directory is damaged") }
            let entry = try entry(directory, start, rawName: Array(directory[nameStart..<nameEnd]))
            guard names.insert(entry.name).inserted else {
                throw malformed("it holds two entries named \(quoted(entry.name))")
            }
            entries.append(entry)
            start = next
        }
        guard start == directory.count else { throw malformed("its directory is damaged") }
        try refuseOverlaps(entries, directoryOffset: end.offset)
        return entries
    }

    private static func entry(_ directory: [UInt8], _ start: Int, rawName: [UInt8]) throws -> ZipEntry {
        let name = try safeName(rawName)
        guard uint16(directory, start + 8) & 1 == 0 else {
            throw JobFailure(code: "zip_encrypted", message: "The zip's entry \(quoted(name)) is encrypted.")
        }
        guard let method = ZipMethod(rawValue: UInt16(uint16(directory, start + 10))) else {
            throw unsupported("its entry \(quoted(name)) is packed with method \(uint16(directory, start + 10))")
        }
        let entry = ZipEntry(
            name: name,
            packedSize: Int64(uint32(directory, start + 20)),
            size: Int64(uint32(directory, start + 24)),
            crc32: uint32(directory, start + 16),
            method: method,
            headerOffset: Int64(uint32(directory, start + 42)),
            rawName: rawName
        )
        guard entry.packedSize != 0xFFFF_FFFF, entry.size != 0xFFFF_FFFF, entry.headerOffset != 0xFFFF_FFFF else {
            throw unsupported("it is in the Zip64 format")
        }
        return entry
    }

    /// Refuses names that would lead out of a folder or that tools read differently.
    private static func safeName(_ bytes: [UInt8]) throws -> String {
        let name = String(decoding: bytes, as: UTF8.self)
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSafe =
            !bytes.isEmpty && bytes.first != UInt8(ascii: "/") && !bytes.contains(UInt8(ascii: "\\"))
            && !bytes.contains { $0 < 0x20 || $0 == 0x7F } && !bytes.contains(UInt8(ascii: ":"))
            && !parts.contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }
        guard isSafe else {
            throw JobFailure(
                code: "zip_unsafe_name",
                message: "The zip holds an entry with an unsafe name, \(quoted(name)).",
                advice: "Do not use this file; fetch it again from its publisher."
            )
        }
        return name
    }

    /// Entries that share bytes are how a small zip unpacks to an endless one.
    private static func refuseOverlaps(_ entries: [ZipEntry], directoryOffset: Int64) throws {
        var end: Int64 = 0
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset >= end else { throw overlapping(entry.name) }
            end = entry.headerOffset + Int64(localHeaderSize + entry.rawName.count) + entry.packedSize
        }
        guard end <= directoryOffset else { throw malformed("its entries run into its directory") }
    }

    // MARK: - Errors and numbers

    static func malformed(_ reason: String) -> JobFailure {
        JobFailure(
            code: "zip_malformed",
            message: "The file is not a good zip: \(reason).",
            advice: "Fetch the file again."
        )
    }

    static func unsupported(_ reason: String) -> JobFailure {
        JobFailure(code: "zip_unsupported", message: "The zip cannot be read: \(reason).")
    }

    static func overlapping(_ name: String) -> JobFailure {
        JobFailure(
            code: "zip_overlapping_entries",
            message: "The zip's entry \(quoted(name)) shares bytes with another one."
        )
    }

    /// A name from outside, short and on one line.
    static func quoted(_ name: String) -> String {
        let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(80).filter { $0.value >= 0x20 }))
        return "“\(shown)”"
    }

    static func uint16(_ bytes: [UInt8], _ at: Int) -> Int {
        Int(bytes[at]) | Int(bytes[at + 1]) << 8
    }

    static func uint32(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(uint16(bytes, at)) | UInt32(uint16(bytes, at + 2)) << 16
    }
}
