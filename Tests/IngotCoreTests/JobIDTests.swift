import IngotCore
import Testing

@Suite("Job ids")
struct JobIDTests {
    /// A generator that gives the same bits again and again.
    struct Constant: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    @Test("An id holds its time, version and variant where RFC 9562 has them")
    func layout() {
        var zeros = Constant(value: 0)
        // The time of the example in RFC 9562, appendix A.6.
        let id = JobID(at: Timestamp(millisecondsSinceEpoch: 0x017F_22E2_79B0), using: &zeros)
        #expect(id.rawValue == "017f22e2-79b0-7000-8000-000000000000")
        var ones = Constant(value: .max)
        let last = JobID(at: Timestamp(millisecondsSinceEpoch: 0), using: &ones)
        #expect(last.rawValue == "00000000-0000-7fff-bfff-ffffffffffff")
    }

    @Test("Ids sort as their times do")
    func order() {
        var generator = SystemRandomNumberGenerator()
        let times: [Int64] = [0, 1, 255, 65_536, 1_700_000_000_000, 1_700_000_000_001]
        let ids = times.map { JobID(at: Timestamp(millisecondsSinceEpoch: $0), using: &generator).rawValue }
        #expect(ids == ids.sorted())
    }

    @Test("New ids are valid and differ")
    func fresh() {
        let ids = (0..<1000).map { _ in JobID.make() }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { JobID($0.rawValue) == $0 })
    }

    @Test(
        "Anything but a lower-case UUID of version 7 is refused",
        arguments: [
            "", "x", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
            "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "../../../../../../../7/../etc/passwd-",
        ]
    )
    func refused(text: String) {
        #expect(JobID(text) == nil)
        #expect(throws: DecodingError.self) { try JSONText.decode([JobID].self, from: "[\"\(text)\"]".utf8) }
    }

    @Test("An id is plain text in JSON")
    func coding() throws {
        let id = try #require(JobID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
        #expect(try JSONText.string([id]) == "[\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"]")
        #expect(try JSONText.decode([JobID].self, from: try JSONText.encode([id])) == [id])
    }
}
