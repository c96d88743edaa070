@testable import IngotMarkup

/// Writes zips that no decent program would write.
struct RawZip {
    struct Entry {
        var name: [UInt8]
        /// As they stand in the archive.
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var crc: UInt32?
        var size: UInt32?
        var packedSize: UInt32?
        var localName: [UInt8]?
        var offset: UInt32?

        init(_ name: String, _ bytes: [UInt8]) {
            self.name = Array(name.utf8)
            self.bytes = bytes
        }
    }

    static func deflated(_ name: String, _ plain: [UInt8]) -> Entry {
        var entry = Entry(name, Deflater(.none, level: 9).whole(plain.span))
        entry.method = 8
        entry.size = UInt32(plain.count)
        entry.crc = crc(plain)
        return entry
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var sum = CheckSum()
        sum.add(bytes.span)
        return sum.value
    }

    static func bytes(_ entries: [Entry], comment: String = "") -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = UInt32(file.count)
            let fields: [UInt8] =
                two(20) + two(entry.flags) + two(entry.method) + two(0) + two(0x21)
                + four(entry.crc ?? crc(entry.bytes))
                + four(entry.packedSize ?? UInt32(entry.bytes.count)) + four(entry.size ?? UInt32(entry.bytes.count))
            let localName = entry.localName ?? entry.name
            file += four(0x0403_4b50) + fields + two(UInt16(localName.count)) + two(0) + localName + entry.bytes
            directory += four(0x0201_4b50) + two(20) + fields + two(UInt16(entry.name.count))
            directory += [UInt8](repeating: 0, count: 12) + four(entry.offset ?? offset) + entry.name
        }
        let start = UInt32(file.count)
        let count = UInt16(entries.count)
        file += directory + four(0x0605_4b50) + two(0) + two(0) + two(count) + two(count)
        return file + four(UInt32(directory.count)) + four(start) + two(UInt16(comment.utf8.count)) + comment.utf8
    }

    private static func two(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }

    private static func four(_ number: UInt32) -> [UInt8] {
        two(UInt16(number & 0xFFFF)) + two(UInt16(number >> 16))
    }
}
