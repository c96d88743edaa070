import IngotCore
import IngotTesting
import Testing

@testable import IngotMarkup

@Suite("Zip archives")
struct ZipArchiveTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func archive(_ bytes: [UInt8], limits: ZipLimits = ZipLimits()) throws -> ZipArchive {
        try ZipArchive(path: try folder.write("test.zip", bytes), limits: limits)
    }

    /// Opens the archive, reads all entries, and gives the code of what goes wrong.
    private func code(_ bytes: [UInt8], limits: ZipLimits = ZipLimits()) throws -> String? {
        do {
            let archive = try archive(bytes, limits: limits)
            for entry in archive.entries { _ = try Self.contents(archive, entry) }
            return nil
        } catch let failure as JobFailure {
            return failure.code
        }
    }

    private static func contents(_ archive: ZipArchive, _ entry: ZipEntry) throws -> [UInt8] {
        let reader = try archive.open(entry)
        var bytes: [UInt8] = []
        while let piece = try reader.next() {
            #expect(piece.count <= 64 << 10)
            bytes += piece
        }
        #expect(reader.position == entry.size)
        return bytes
    }

    private static let text = (0..<200_000).map { UInt8(truncatingIfNeeded: ($0 &* 7_919) >> 5) }

    @Test("Stored and deflated entries are read in small pieces")
    func read() throws {
        let bytes = RawZip.bytes(
            [
                RawZip.Entry("a/stored.bin", Self.text), RawZip.deflated("deflated.bin", Self.text),
                RawZip.Entry("a/", []), RawZip.Entry("empty", []), RawZip.deflated("empty too", []),
            ],
            comment: "PK\u{5}\u{6} is no end record here"
        )
        let archive = try archive(bytes)
        #expect(archive.entries.map(\.name) == ["a/stored.bin", "deflated.bin", "a/", "empty", "empty too"])
        #expect(archive.entries.map(\.isFolder) == [false, false, true, false, false])
        #expect(try Self.contents(archive, archive.entries[0]) == Self.text)
        #expect(try Self.contents(archive, archive.entries[1]) == Self.text)
        #expect(try Self.contents(archive, archive.entries[3]) == [])
        #expect(try Self.contents(archive, archive.entries[4]) == [])
    }

    @Test("What the writer writes is read back, and equal contents give equal files")
    func write() throws {
        func write(_ name: String) throws -> String {
            let path = "\(folder.path)/\(name)"
            let writer = try ZipWriter(path: path)
            try writer.begin("one.txt")
            for start in stride(from: 0, to: Self.text.count, by: 30_000) {
                try writer.write(Array(Self.text[start..<min(start + 30_000, Self.text.count)]))
            }
            try writer.end()
            try writer.begin("grüße/leer")
            try writer.end()
            try writer.finish()
            return path
        }
        let path = try write("first.zip")
        let archive = try ZipArchive(path: path)
        #expect(archive.entries.map(\.name) == ["one.txt", "grüße/leer"])
        #expect(try Self.contents(archive, archive.entries[0]) == Self.text)
        #expect(try Self.contents(archive, archive.entries[1]) == [])
        #expect(try WholeFile.bytes(path) == WholeFile.bytes(try write("second.zip")))
    }

    @Test("A file cut anywhere is refused", arguments: [0, 1, 3, 20, 100, 150_000])
    func cut(count: Int) throws {
        let whole = RawZip.bytes([RawZip.Entry("a", Self.text)])
        #expect(try code(Array(whole.prefix(count))) == "zip_malformed")
        #expect(try code(whole.dropLast()) == "zip_malformed")
    }

    @Test("What is no zip is refused, and a page is called a page")
    func noZip() throws {
        #expect(try code(Array("just a line of text".utf8)) == "zip_malformed")
        #expect(try code(Array("\n<!DOCTYPE html><html><body>Site is under maintenance".utf8)) == "upstream_html")
        #expect(try code(Array("<html>".utf8)) == "upstream_html")
        #expect(throws: JobFailure.self) { try ZipArchive(path: "\(folder.path)/absent.zip") }
    }

    @Test(
        "Unsafe names are refused",
        arguments: ["/etc/passwd", "../up.xml", "a/../../b", "a\\b", "C:evil", "a\0b", "", "a/..", "./a", "a\nb"]
    )
    func unsafeName(name: String) throws {
        #expect(try code(RawZip.bytes([RawZip.Entry(name, [1])])) == "zip_unsafe_name")
    }

    @Test("Names that only look unsafe are taken")
    func safeNames() throws {
        let names = ["a..b", "..a", "a/b..", "...", "usc05A.xml"]
        #expect(try code(RawZip.bytes(names.map { RawZip.Entry($0, [1]) })) == nil)
    }

    @Test("Encrypted entries and unknown methods are refused")
    func unsupported() throws {
        var encrypted = RawZip.Entry("a", [1])
        encrypted.flags = 1
        #expect(try code(RawZip.bytes([encrypted])) == "zip_encrypted")
        var packed = RawZip.Entry("a", [1])
        packed.method = 14
        #expect(try code(RawZip.bytes([packed])) == "zip_unsupported")
        var large = RawZip.Entry("a", [1])
        large.packedSize = 0xFFFF_FFFF
        #expect(try code(RawZip.bytes([large])) == "zip_unsupported")
    }

    @Test("A wrong check sum or length is found at the end")
    func corrupted() throws {
        var entry = RawZip.deflated("a", Self.text)
        entry.crc = 1
        #expect(try code(RawZip.bytes([entry])) == "zip_corrupted")
        for difference in [-1, 1] {
            var entry = RawZip.deflated("a", Self.text)
            entry.size = UInt32(Self.text.count + difference)
            #expect(try code(RawZip.bytes([entry])) == "zip_corrupted")
        }
        var damaged = RawZip.deflated("a", Self.text)
        damaged.bytes[damaged.bytes.count / 2] ^= 0xFF
        #expect(try code(RawZip.bytes([damaged])) == "zip_corrupted")
        var short = RawZip.deflated("a", Self.text)
        short.bytes.removeLast(10)
        #expect(try code(RawZip.bytes([short])) == "zip_corrupted")
        var long = RawZip.deflated("a", Self.text)
        long.bytes += [0, 0]
        #expect(try code(RawZip.bytes([long])) == "zip_corrupted")
    }

    @Test("Entries that share bytes, differ from the directory or stand twice are refused")
    func structure() throws {
        var second = RawZip.deflated("b", Self.text)
        second.offset = 0
        #expect(try code(RawZip.bytes([RawZip.deflated("a", Self.text), second])) == "zip_overlapping_entries")
        var renamed = RawZip.Entry("a", [1])
        renamed.localName = [UInt8(ascii: "z")]
        #expect(try code(RawZip.bytes([renamed])) == "zip_malformed")
        #expect(try code(RawZip.bytes([RawZip.Entry("a", [1]), RawZip.Entry("a", [2])])) == "zip_malformed")
        var outside = RawZip.Entry("a", [1])
        outside.offset = 1 << 20
        #expect(try code(RawZip.bytes([outside])) == "zip_malformed")
    }

    @Test("A bomb is refused by what it says, and by what it does")
    func bomb() throws {
        let zeros = [UInt8](repeating: 0, count: 8 << 20)
        #expect(try code(RawZip.bytes([RawZip.deflated("a", zeros)])) == "zip_bomb")
        var limits = ZipLimits()
        limits.entryBytes = 100_000
        #expect(try code(RawZip.bytes([RawZip.deflated("a", Self.text)]), limits: limits) == "zip_bomb")
        // One that lies about its size gives no more than it said.
        var liar = RawZip.deflated("a", zeros)
        liar.size = 1_000
        let archive = try archive(RawZip.bytes([liar]))
        let reader = try archive.open(archive.entries[0])
        let failure = #expect(throws: JobFailure.self) { try reader.next() }
        #expect(failure?.code == "zip_corrupted")
        // A few repeated bytes in a small file are no bomb.
        #expect(try code(RawZip.bytes([RawZip.deflated("a", Array(zeros.prefix(1 << 20)))])) == nil)
    }

    @Test("Too many entries are refused")
    func entryLimit() throws {
        var limits = ZipLimits()
        limits.entries = 2
        let entries = ["a", "b", "c"].map { RawZip.Entry($0, []) }
        #expect(try code(RawZip.bytes(Array(entries.prefix(2))), limits: limits) == nil)
        #expect(try code(RawZip.bytes(entries), limits: limits) == "zip_malformed")
    }

    @Test("No damage to a byte crashes the reader", arguments: 0..<8)
    func anyDamage(bit: Int) throws {
        let whole = RawZip.bytes([RawZip.deflated("a.xml", Array(Self.text.prefix(300))), RawZip.Entry("b", [1, 2])])
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 1 << bit
            // Some bytes say nothing (times, versions); whatever is wrong must be thrown as a failure of ours.
            _ = try code(damaged)
        }
    }
}
