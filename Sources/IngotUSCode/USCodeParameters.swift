import IngotCore

/// What a request for the Code may say.
struct USCodeParameters {
    /// The units asked for, in the Code's order; `nil` for all.
    var units: [USCodeUnit]?
    /// The release point asked for; `nil` for the newest.
    var release: ReleasePoint?

    /// - Throws: `JobFailure` `parameters_invalid` naming the field.
    init(_ parameters: JSONValue) throws {
        if let titles = parameters["titles"] {
            guard let names = titles.arrayValue, !names.isEmpty else {
                throw Self.invalid("titles", "is not a list of titles")
            }
            units = try Set(names.map(Self.unit)).sorted()
        }
        if let release = parameters["release"] {
            guard let point = release.stringValue.flatMap({ ReleasePoint($0) }) else {
                throw Self.invalid("release", "is not the label of a release point, such as 119-36")
            }
            self.release = point
        }
    }

    private static func unit(_ value: JSONValue) throws -> USCodeUnit {
        guard let unit = value.stringValue.flatMap({ USCodeUnit($0) }), USCodeUnit.all.contains(unit) else {
            throw invalid("titles", "holds \(value.canonicalText), which is not a title of the Code")
        }
        return unit
    }

    private static func invalid(_ field: String, _ reason: String) -> JobFailure {
        JobFailure(code: "parameters_invalid", message: "The parameter “\(field)” \(reason).")
    }

    static let schema: JSONValue = [
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": .bool(false),
        "properties": [
            "titles": [
                "description": "Titles and appendices to ingest; all of the Code when absent.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": .bool(true),
                "items": [
                    "type": "string",
                    "enum": .array(USCodeUnit.all.map { .string($0.id) }),
                ],
            ],
            "release": [
                "description": "Release point to ingest, for example 119-36; the newest when absent.",
                "type": "string",
                "pattern": .string(ReleasePoint.pattern),
            ],
        ],
    ]
}
