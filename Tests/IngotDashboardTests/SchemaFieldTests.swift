import IngotCore
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("Forms made of schemas")
struct SchemaFieldTests {
    private static func fields(_ properties: JSONValue, required: JSONValue = [], values: JSONValue? = nil)
        -> [SchemaField]
    {
        SchemaField.fields(
            of: ["type": "object", "properties": properties, "required": required, "additionalProperties": false],
            values: values
        ) ?? []
    }

    @Test(
        "Each shape has its control, and unknown ones a text of JSON",
        arguments: [
            (["type": "string"], "text"), (["type": "integer"], "number"), (["type": "number"], "number"),
            (["type": "boolean"], "flag"), (["type": "string", "enum": ["a", "b"]], "choice"),
            (["type": "array", "items": ["type": "string"]], "lines"),
            (["type": "array", "items": ["type": "string", "enum": ["a"]]], "choices"),
            (["type": "array", "items": ["type": "integer"]], "json"), (["type": "object"], "json"),
            (["type": ["string", "null"]], "json"), (["enum": [1, 2]], "json"), ([:], "json"), (true, "json"),
        ] as [(JSONValue, String)]
    )
    func kinds(schema: JSONValue, kind: String) {
        #expect(Self.fields(["x": schema]).map(\.kind) == [kind])
    }

    @Test("Bounds, defaults and descriptions are told, required fields come first")
    func details() throws {
        let fields = Self.fields(
            [
                "a_count": [
                    "type": "integer", "minimum": 1, "maximum": 2000, "default": 5, "description": "How many",
                ],
                "z": ["type": "string", "maxLength": 9],
            ],
            required: ["z"]
        )
        #expect(fields.map(\.fieldName) == ["z", "a_count"])
        #expect(fields[0].isRequired)
        #expect(fields[0].maximumLength == "9")
        #expect(fields[1].label == "A count")
        #expect(fields[1].hint == "How many. From 1 to 2,000. 5 unless you say so.")
        #expect(fields[1].value == "5")
        #expect(fields[1].step == "1")
    }

    @Test("An earlier job's parameters are filled in")
    func values() {
        let fields = Self.fields(
            [
                "flag": ["type": "boolean"], "lines": ["type": "array", "items": ["type": "string"]],
                "some": ["type": "array", "items": ["type": "string", "enum": ["a", "b"]]], "text": ["type": "string"],
                "deep": ["type": "object"],
            ],
            values: ["flag": true, "lines": ["1", "2"], "some": ["b"], "text": "x", "deep": ["k": [1, 2]]]
        )
        let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.fieldName, $0) })
        #expect(byName["flag"]?.isOn == true)
        #expect(byName["lines"]?.value == "1\n2")
        #expect(byName["some"]?.choices.map(\.isChosen) == [false, true])
        #expect(byName["text"]?.value == "x")
        #expect(byName["deep"]?.value == "{\n  \"k\": [1, 2]\n}")
    }

    @Test("A schema of another shape is one text of JSON")
    func whole() {
        #expect(SchemaField.fields(of: ["type": "array"], values: nil) == nil)
        #expect(
            SchemaField.fields(of: ["type": "object", "properties": [:], "additionalProperties": true], values: nil)
                == nil
        )
        #expect(SchemaField.fields(of: true, values: nil) == nil)
    }

    @Test("The forms of all sources have a control for each parameter")
    func sources() async throws {
        try await DashboardFixture.with { fixture in
            let sources = try await fixture.send(.GET, "/api/sources").json()["sources"]?.arrayValue ?? []
            #expect(sources.count >= 3)
            for source in sources {
                let id = try #require(source["id"]?.stringValue)
                let page = try await fixture.page("/jobs/new?source=\(id)")
                for name in (source["parameters"]?["properties"]?.objectValue ?? [:]).keys {
                    #expect(page.contains("data-name=\"\(name)\""), "\(id) \(name)")
                }
                #expect(page.contains("data-option=\"memory_mib\""))
            }
            #expect(try await fixture.page("/jobs/new").contains("Choose what to ingest."))
            #expect(try await fixture.send(.GET, "/jobs/new?source=nonsense").status == 404)
        }
    }
}
