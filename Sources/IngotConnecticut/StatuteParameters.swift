import IngotCore

/// What a request for the statutes may say.
struct StatuteParameters {
    /// Numbers of titles, in lower case; `nil` for all.
    var titles: Set<String>?
    /// Chapters and articles; `nil` for all.
    var chapters: [StatuteDivision]?
    /// Whether the newest Supplement is laid over the statutes.
    var supplement = false

    /// - Throws: `JobFailure` `parameters_invalid` naming the field.
    init(_ parameters: JSONValue) throws {
        if let names = try Self.names(parameters, "titles") { titles = Set(names.map { $0.lowercased() }) }
        if let names = try Self.names(parameters, "chapters") {
            chapters = try names.map { name in
                guard let division = StatuteDivision(name: name) else {
                    throw Self.invalid("chapters", "holds “\(name)”, which is not a chapter such as 952 or art2a")
                }
                return division
            }
        }
        if let value = parameters["supplement"] {
            guard let flag = value.boolValue else { throw Self.invalid("supplement", "is neither true nor false") }
            supplement = flag
        }
    }

    private static func names(_ parameters: JSONValue, _ field: String) throws -> [String]? {
        guard let value = parameters[field] else { return nil }
        guard let names = value.arrayValue?.map(\.stringValue), !names.isEmpty, !names.contains(nil) else {
            throw invalid(field, "is not a list of names")
        }
        return names.compactMap(\.self)
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
                "description": "Titles to ingest, for example 53a; all when absent.",
                "type": "array",
                "minItems": 1,
                "maxItems": 200,
                "uniqueItems": .bool(true),
                "items": ["type": "string", "pattern": "^[0-9]{1,3}[A-Za-z]?$"],
            ],
            "chapters": [
                "description": """
                Chapters to ingest, for example 952, and articles of title 42a, for example art2a; all when absent.
                """,
                "type": "array",
                "minItems": 1,
                "maxItems": 2000,
                "uniqueItems": .bool(true),
                "items": ["type": "string", "pattern": "^(ch|art)?[0-9]{1,3}[A-Za-z]{0,2}$"],
            ],
            "supplement": [
                "description": """
                Lays the newest Supplement over the statutes: just the sections that it prints are replaced or added.
                """,
                "type": "boolean",
                "default": .bool(false),
            ],
        ],
    ]
}
