import IngotCore
import Testing

@Suite("The strict reader of JSON")
struct JSONParserTests {
    @Test("Values of every kind read")
    func values() throws {
        let text = #" {"a":[1,-2.5,1e3,true,false,null,""],"b":{"c":"\u00fc\n\"\\\/\ud83d\ude00"},"d":[],"e":{}} "#
        #expect(
            try JSONParser.parse(Array(text.utf8)) == [
                "a": [1, .number(-2.5), .number(1000), true, false, nil, ""], "b": ["c": "ü\n\"\\/😀"], "d": [],
                "e": [:],
            ]
        )
        #expect(try JSONParser.parse(Array("9223372036854775807".utf8)) == .integer(.max))
        #expect(try JSONParser.parse(Array("9223372036854775808".utf8)) == .number(9_223_372_036_854_775_808))
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":}", "{a:1}", "01", "1.", ".5", "1e", "+1", "-", "NaN", "nul", "'a'", "\"a",
            "\"\u{1}\"", #""\x""#, #""\ud83d""#, #""\ude00""#, #""\u12g4""#, "1 2", "[1 2]", "{\"a\" 1}", "1e999",
            "tru",
        ]
    )
    func refusals(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test("Nesting is bounded")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONParser.parse(nested(33))
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(34)) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(1_000_000)) }
    }

    @Test("What the writer writes the reader reads")
    func roundTrip() throws {
        let text = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) })) + "😀\u{2028}"
        var writer = JSONWriter()
        writer.raw("[")
        writer.string(text)
        writer.raw(",")
        writer.number(0.1)
        writer.raw(",")
        writer.number(3)
        writer.raw(",")
        writer.number(.infinity)
        writer.raw("]")
        #expect(try JSONParser.parse(writer.bytes) == [.string(text), .number(0.1), 3, nil])
    }
}
