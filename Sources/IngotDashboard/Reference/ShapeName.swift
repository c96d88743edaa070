import IngotCore
import IngotYAML

/// What a value is, in a few words, with the shape that the words name.
struct ShapeName: Sendable, Equatable {
    /// The words before the name of the shape, such as `array of`; all of them where there is no shape.
    var words: String
    /// The name of one of the document's schemas.
    var linkedShape: String?

    init(_ schema: YAMLValue?) {
        if let reference = schema?["$ref"]?.text {
            words = ""
            linkedShape = reference.split(separator: "/").last.map(String.init)
            return
        }
        if let items = schema?["items"] {
            let item = ShapeName(items)
            words = ["array of", item.words].filter { !$0.isEmpty }.joined(separator: " ")
            linkedShape = item.linkedShape
            return
        }
        if let choices = schema?["oneOf"]?.elements {
            words = choices.map { ShapeName($0).linkedShape ?? ShapeName($0).words }.joined(separator: " or ")
            return
        }
        words = ([Self.type(schema)] + Self.rules(schema)).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func type(_ schema: YAMLValue?) -> String {
        if let choices = schema?["enum"]?.elements {
            return (choices.count > 1 ? "one of " : "") + choices.map(\.json.plain).joined(separator: ", ")
        }
        if schema?["allOf"] != nil { return "object" }
        let type = schema?["type"]
        let types = type?.text.map { [$0] } ?? (type?.elements ?? []).compactMap(\.text)
        return types.isEmpty ? "any value" : types.joined(separator: " or ")
    }

    private static func rules(_ schema: YAMLValue?) -> [String] {
        var rules: [String] = []
        if let format = schema?["format"]?.text { rules.append(format) }
        switch (schema?["minimum"]?.json.plain, schema?["maximum"]?.json.plain) {
        case (let least?, let most?): rules.append("\(least) to \(most)")
        case (let least?, nil): rules.append("at least \(least)")
        case (nil, let most?): rules.append("at most \(most)")
        case (nil, nil): break
        }
        if let most = schema?["maxLength"]?.json.plain { rules.append("at most \(most) characters") }
        if let standard = schema?["default"]?.json.plain { rules.append("default \(standard)") }
        return rules
    }
}

extension JSONValue {
    /// The value without quotation marks.
    fileprivate var plain: String { stringValue ?? canonicalText }
}
