import IngotCore

/// What a JSON Schema asks for, in a few words.
enum SchemaWords {
    /// For example `number from 1 to 50`, `list of text, at most 60`.
    static func type(_ schema: JSONValue) -> String {
        if let values = schema["enum"]?.arrayValue {
            return "one of " + values.map { $0.stringValue ?? $0.canonicalText }.joined(separator: ", ")
        }
        let name = schema["type"]?.stringValue
        switch name {
        case "string":
            return joined("text", bounds(schema, "minLength", "maxLength", "characters"))
        case "integer": return joined("whole number", range(schema))
        case "number": return joined("number", range(schema))
        case "boolean": return "yes or no"
        case "array":
            let elements = schema["items"].map { "list of " + type($0) } ?? "list"
            return joined(elements, bounds(schema, "minItems", "maxItems", "elements"))
        case "object": return "JSON object"
        default: return "JSON"
        }
    }

    private static func range(_ schema: JSONValue) -> String? {
        switch (schema["minimum"].map(text), schema["maximum"].map(text)) {
        case (let least?, let most?): "from \(least) to \(most)"
        case (let least?, nil): "from \(least) on"
        case (nil, let most?): "up to \(most)"
        default: nil
        }
    }

    private static func bounds(_ schema: JSONValue, _ least: String, _ most: String, _ unit: String) -> String? {
        let least = schema[least]?.integerValue.flatMap { $0 > 1 ? "at least \(Figures.number($0))" : nil }
        let most = schema[most]?.integerValue.map { "at most \(Figures.number($0))" }
        let both = [least, most].compactMap { $0 }
        return both.isEmpty ? nil : both.joined(separator: " and ") + " " + unit
    }

    private static func text(_ value: JSONValue) -> String {
        value.integerValue.map { Figures.number($0) } ?? value.canonicalText
    }

    private static func joined(_ name: String, _ rest: String?) -> String { rest.map { "\(name), \($0)" } ?? name }
}
