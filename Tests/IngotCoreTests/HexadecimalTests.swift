import IngotCore
import Testing

@Suite("Hexadecimal digits")
struct HexadecimalTests {
    @Test("Every byte comes back")
    func roundTrip() {
        let all = (UInt8.min...UInt8.max).map(\.self)
        #expect(hexadecimal([0x00, 0x09, 0x0A, 0x9F, 0xFF]) == "00090a9fff")
        #expect(bytes(ofHexadecimal: "00090a9fff") == [0x00, 0x09, 0x0A, 0x9F, 0xFF])
        #expect(bytes(ofHexadecimal: hexadecimal(all)) == all)
        #expect(bytes(ofHexadecimal: "") == [])
    }

    @Test(
        "What was not written so is refused",
        arguments: ["0", "0g", "AB", "0x", " 00", "00 ", "a\u{301}", "٠٠", "+1"]
    )
    func refused(_ text: String) { #expect(bytes(ofHexadecimal: text) == nil) }
}
