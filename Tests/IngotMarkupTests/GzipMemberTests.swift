import IngotCore
import IngotMarkup
import Testing

@Suite("Gzip members")
struct GzipMemberTests {
    private static let text = Array(String(repeating: "The keeper shall count each lantern. ", count: 500).utf8)

    @Test("What is compressed comes back", arguments: [0, 1, 2, 1_000, 70_000, 300_000])
    func roundTrip(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let member = GzipMember.compress(bytes)
        #expect(try GzipMember.decompress(member, limit: count) == bytes)
    }

    @Test("Equal bytes give equal members, with one compressor or with several")
    func deterministic() {
        let compressor = GzipCompressor()
        let first = compressor.compress(Self.text)
        _ = compressor.compress([1, 2, 3])
        #expect(compressor.compress(Self.text) == first)
        #expect(GzipMember.compress(Self.text) == first)
        // No name, no time (RFC 1952, section 2.3).
        #expect(Array(first[3..<8]) == [0, 0, 0, 0, 0])
        #expect(first.count < Self.text.count / 10)
    }

    @Test("Members one after another are one file, of which each part can be read alone")
    func members() throws {
        let members = [GzipMember.compress([1, 2]), GzipMember.compress(Self.text, level: 9)]
        #expect(try GzipMember.decompress(members[1], limit: 1 << 20) == Self.text)
        let failure = #expect(throws: JobFailure.self) {
            try GzipMember.decompress(members[0] + members[1], limit: 1 << 20)
        }
        #expect(failure?.code == "gzip_corrupted")
    }

    @Test("A member that holds more than is allowed is refused")
    func limit() throws {
        let member = GzipMember.compress(Self.text)
        #expect(try GzipMember.decompress(member, limit: Self.text.count).count == Self.text.count)
        let failure = #expect(throws: JobFailure.self) {
            try GzipMember.decompress(member, limit: Self.text.count - 1)
        }
        #expect(failure?.code == "gzip_too_large")
    }

    @Test("Any damage is found: each byte that is flipped, each length that is cut")
    func damage() throws {
        let member = GzipMember.compress(Array("damage".utf8))
        // The operating system and the extra flags in the header say nothing about the contents.
        for index in member.indices where ![4, 5, 6, 7, 8, 9].contains(index) {
            var damaged = member
            damaged[index] ^= 0xFF
            #expect(throws: JobFailure.self, "byte \(index)") { try GzipMember.decompress(damaged, limit: 1 << 20) }
        }
        for count in 0..<member.count {
            #expect(throws: JobFailure.self, "first \(count)") {
                try GzipMember.decompress(Array(member.prefix(count)), limit: 1 << 20)
            }
        }
    }
}
