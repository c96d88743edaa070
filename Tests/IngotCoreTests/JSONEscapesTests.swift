import Testing

@testable import IngotCore

@Suite("Escapes in JSON strings")
struct JSONEscapesTests {
    /// Every byte at every place around the eight that are looked at together.
    @Test("What must be escaped is found wherever it stands")
    func finding() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                var text = [UInt8](repeating: 0x61, count: 20)
                text[place] = byte
                let isEscaped = byte < 0x20 || byte == 0x22 || byte == 0x5C
                let found = text.withUnsafeBufferPointer { JSONEscapes.next(in: $0, from: 0) }
                #expect(found == (isEscaped ? place : 20))
                let after = text.withUnsafeBufferPointer { JSONEscapes.next(in: $0, from: place + 1) }
                #expect(after == 20)
            }
        }
    }

    @Test("Texts come back from the parser")
    func roundTrip() throws {
        for text in [
            "", "plain", "a \"quoted\" word\\", "line\nand\u{1}\u{1F}", "§ 1—“x”", String(repeating: "\"", count: 70),
        ] {
            var writer = JSONWriter()
            writer.string(text)
            #expect(try JSONParser.parse(writer.bytes) == .string(text))
        }
    }
}
