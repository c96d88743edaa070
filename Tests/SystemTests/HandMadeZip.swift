/// A zip archive put together byte by byte (APPNOTE.TXT 6.3.10), so that tests can make ones that no tool would.
struct HandMadeZip {
    private struct Entry {
        var name: [UInt8]
        var crc: UInt32
        var compressed: Int
        var uncompressed: Int
        var method: UInt16
        var offset: Int
    }

    private var body: [UInt8] = []
    private var entries: [Entry] = []

    /// Adds a stored file.
    mutating func add(_ name: String, _ content: [UInt8]) {
        addRaw(name, content, crc: crc32(content), uncompressed: content.count, method: 0)
    }

    /// Adds an entry whose compressed bytes, checksum and length are the caller's.
    mutating func addRaw(_ name: String, _ bytes: [UInt8], crc: UInt32, uncompressed: Int, method: UInt16) {
        let entry = Entry(
            name: Array(name.utf8),
            crc: crc,
            compressed: bytes.count,
            uncompressed: uncompressed,
            method: method,
            offset: body.count
        )
        body += field32(0x0403_4b50) + field16(20) + field16(0) + common(entry)
        body += field16(UInt16(entry.name.count)) + field16(0) + entry.name + bytes
        entries.append(entry)
    }

    /// The archive with its central directory.
    var bytes: [UInt8] {
        var directory: [UInt8] = []
        for entry in entries {
            directory += field32(0x0201_4b50) + field16(20) + field16(20) + field16(0) + common(entry)
            directory += field16(UInt16(entry.name.count)) + field16(0) + field16(0) + field16(0) + field16(0)
            directory += field32(0) + field32(UInt32(entry.offset)) + entry.name
        }
        let count = UInt16(entries.count)
        return body + directory + field32(0x0605_4b50) + field16(0) + field16(0) + field16(count) + field16(count)
            + field32(UInt32(directory.count)) + field32(UInt32(body.count)) + field16(0)
    }

    private func common(_ entry: Entry) -> [UInt8] {
        field16(entry.method) + field16(0) + field16(0x21) + field32(entry.crc)
            + field32(UInt32(entry.compressed)) + field32(UInt32(entry.uncompressed))
    }

    private func field16(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }

    private func field32(_ value: UInt32) -> [UInt8] {
        field16(UInt16(value & 0xFFFF)) + field16(UInt16(value >> 16))
    }
}

/// CRC-32 as zip uses it (ISO 3309), bit by bit.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
