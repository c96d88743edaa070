import IngotCore
import Testing

@testable import IngotGateway

@Suite("Checking parameters against a JSON Schema")
struct JSONSchemaTests {
    private func violations(_ schema: JSONValue, _ value: JSONValue) throws -> [SchemaViolation] {
        try JSONSchema(schema).violations(of: value)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var schema: JSONValue
        var value: JSONValue
        /// Empty: the value fits.
        var pointers: [String]
        var testDescription: String { "\(value.canonicalText) against \(schema.canonicalText)" }
    }

    @Test(
        "Each keyword accepts what it should and points at what it should not",
        arguments: [
            Case(schema: ["type": "string"], value: "a", pointers: []),
            Case(schema: ["type": "string"], value: 1, pointers: [""]),
            Case(schema: ["type": ["string", "null"]], value: nil, pointers: []),
            Case(schema: ["type": "integer"], value: .number(2), pointers: []),
            Case(schema: ["type": "integer"], value: .number(2.5), pointers: [""]),
            Case(schema: ["type": "number"], value: 2, pointers: []),
            Case(schema: ["type": "boolean"], value: 0, pointers: [""]),
            Case(schema: ["enum": ["a", 1]], value: 1, pointers: []),
            Case(schema: ["enum": ["a", 1]], value: "b", pointers: [""]),
            Case(schema: ["pattern": "^[0-9]+a?$"], value: "5a", pointers: []),
            Case(schema: ["pattern": "^[0-9]+a?$"], value: "5b", pointers: [""]),
            Case(schema: ["pattern": "b"], value: "abc", pointers: []),
            Case(schema: ["minimum": 1, "maximum": 3], value: 1, pointers: []),
            Case(schema: ["minimum": 1, "maximum": 3], value: 0, pointers: [""]),
            Case(schema: ["minimum": 1, "maximum": 3], value: 4, pointers: [""]),
            Case(schema: ["minLength": 2, "maxLength": 3], value: "äö", pointers: []),
            Case(schema: ["minLength": 2, "maxLength": 3], value: "ä", pointers: [""]),
            Case(schema: ["minLength": 2, "maxLength": 3], value: "abcd", pointers: [""]),
            Case(schema: ["minItems": 1, "maxItems": 2], value: [], pointers: [""]),
            Case(schema: ["minItems": 1, "maxItems": 2], value: [1, 2, 3], pointers: [""]),
            Case(schema: ["uniqueItems": true], value: [1, 2], pointers: []),
            Case(schema: ["uniqueItems": true], value: [1, 1], pointers: [""]),
            Case(schema: ["items": ["type": "string"]], value: ["a", 1, "b", 2], pointers: ["/1", "/3"]),
            Case(schema: ["required": ["a", "b"]], value: ["a": 1], pointers: ["/b"]),
            Case(
                schema: ["properties": ["a": ["type": "string"]], "additionalProperties": false],
                value: ["a": 1, "c/d~e": 2],
                pointers: ["/a", "/c~1d~0e"]
            ),
            Case(schema: ["additionalProperties": ["type": "integer"]], value: ["x": "y"], pointers: ["/x"]),
            Case(
                schema: ["properties": ["titles": ["items": ["properties": ["n": ["maximum": 54]]]]]],
                value: ["titles": [["n": 1], ["n": 99]]],
                pointers: ["/titles/1/n"]
            ),
            Case(schema: true, value: [1], pointers: []),
        ]
    )
    func keywords(_ testCase: Case) throws {
        #expect(try violations(testCase.schema, testCase.value).map(\.pointer) == testCase.pointers)
    }

    @Test(
        "A schema with an unknown keyword or a wrong value is refused",
        arguments: [
            (["oneOf": []], "/oneOf"),
            (["properties": ["a": ["format": "date"]]], "/properties/a/format"),
            (["type": "text"], "/type"),
            (["pattern": "("], "/pattern"),
            (["minimum": "1"], "/minimum"),
            (["maxItems": -1], "/maxItems"),
            (["required": [1]], "/required"),
            ([1], ""),
        ] as [(JSONValue, String)]
    )
    func refused(schema: JSONValue, pointer: String) {
        #expect {
            try JSONSchema(schema)
        } throws: { error in
            (error as? JSONSchema.Malformed)?.pointer == pointer
        }
    }

    @Test("The list of violations is bounded")
    func bounded() throws {
        let value = JSONValue.array(Array(repeating: "x", count: 1000))
        #expect(try violations(["items": ["type": "integer"]], value).count == JSONSchema.maximumViolations)
    }
}
