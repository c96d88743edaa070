import IngotCore
import Testing

@Suite("JSON of any shape")
struct JSONValueTests {
    @Test(
        "A document comes back in canonical form: keys sorted, no white space, numbers as they were",
        arguments: [
            ("{ \"b\" : 1, \"a\" : [ true, null, \"x/y\" ] }", "{\"a\":[true,null,\"x/y\"],\"b\":1}"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1.5", "1.5"), ("\"\\u00e4\\n\"", "\"ä\\n\""), ("[]", "[]"), ("{}", "{}"), ("false", "false"),
        ]
    )
    func canonical(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text.utf8).canonicalText == expected)
    }

    @Test("Equal values give equal bytes, however they were written")
    func equality() throws {
        let left = try JSONValue(parsing: "{\"a\":1,\"b\":{\"c\":2,\"d\":3}}".utf8)
        let right = try JSONValue(parsing: "{ \"b\": {\"d\": 3, \"c\": 2}, \"a\": 1 }".utf8)
        #expect(left == right)
        #expect(left.canonicalBytes == right.canonicalBytes)
    }

    @Test("What is not JSON is refused", arguments: ["", "{", "[1 2]", "{'a':1}", "nul", "1 2", "\u{1}"])
    func malformed(text: String) {
        #expect(throws: DecodingError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test("Nesting has a limit, so that a body cannot exhaust the stack")
    func depth() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: DecodingError.self) { try JSONValue(parsing: deep.utf8) }
    }

    @Test("Values are read by kind")
    func reading() {
        let value: JSONValue = ["text": "a", "number": 3, "flag": true, "list": [1], "none": nil]
        #expect(value["text"]?.stringValue == "a")
        #expect(value["number"]?.integerValue == 3)
        #expect(JSONValue.number(2).integerValue == 2)
        #expect(JSONValue.number(2.5).integerValue == nil)
        #expect(value["flag"]?.boolValue == true)
        #expect(value["list"]?.arrayValue == [1])
        #expect(value["none"] == .null)
        #expect(value["absent"] == nil)
        #expect(value["text"]?.integerValue == nil)
        #expect(JSONValue.array([])["text"] == nil)
        #expect(value.objectValue?.count == 5)
    }
}
