import IngotCore

/// One control of a form that is made of a JSON Schema, for one parameter.
struct SchemaField {
    /// What the control is; the page's module reads its value accordingly.
    enum Kind: String {
        case text, number, flag, choice, choices, lines
        /// A shape that has no control of its own.
        case json
    }

    struct Choice {
        var choice: String
        var isChosen: Bool
        var choiceID: String
    }

    var fieldID: String
    var fieldName: String
    var label: String
    var hint: String
    var kind: String
    var isRequired: Bool
    var value: String
    var minimum: String?
    var maximum: String?
    var step: String?
    var maximumLength: String?
    var choices: [Choice]
    var isText: Bool
    var isNumber: Bool
    var isFlag: Bool
    /// Whether a flag is set.
    var isOn: Bool
    var isOnByDefault: Bool
    var isChoice: Bool
    var isChoices: Bool
    var isLines: Bool
    var isJSON: Bool

    /// The controls of all parameters of a source, the required ones first; `nil` when the schema is of another shape,
    /// so that all of it must be written as JSON.
    static func fields(of schema: JSONValue, values: JSONValue?) -> [SchemaField]? {
        guard schema["type"]?.stringValue == "object", let properties = schema["properties"]?.objectValue else {
            return nil
        }
        // Names that the schema does not know are parameters as well, and have no control.
        if let additional = schema["additionalProperties"], additional != .bool(false) { return nil }
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        return properties.sorted { left, right in
            let places = [left.key, right.key].map { required.contains($0) ? 0 : 1 }
            return places[0] == places[1] ? left.key < right.key : places[0] < places[1]
        }.map { name, schema in
            SchemaField(name, schema, isRequired: required.contains(name), value: values?[name] ?? schema["default"])
        }
    }

    init(_ name: String, _ schema: JSONValue, isRequired: Bool, value: JSONValue?) {
        let kind = Self.kind(of: schema)
        fieldName = name
        fieldID = "field-" + PercentEncoding.encode(name)
        label = schema["title"]?.stringValue ?? Self.words(name)
        self.isRequired = isRequired
        self.kind = kind.rawValue
        isText = kind == .text
        isNumber = kind == .number
        isFlag = kind == .flag
        isOn = kind == .flag && value?.boolValue == true
        isOnByDefault = kind == .flag && schema["default"] == .bool(true)
        isChoice = kind == .choice
        isChoices = kind == .choices
        isLines = kind == .lines
        isJSON = kind == .json
        minimum = schema["minimum"].map(\.canonicalText)
        maximum = schema["maximum"].map(\.canonicalText)
        step = kind == .number ? schema["type"]?.stringValue == "integer" ? "1" : "any" : nil
        maximumLength = kind == .text ? schema["maxLength"]?.integerValue.map { String($0) } : nil
        let chosen = value?.arrayValue?.compactMap(\.stringValue) ?? value.map { [Self.text($0)] } ?? []
        let id = fieldID
        let known = (kind == .choices ? schema["items"]?["enum"] : schema["enum"])?.arrayValue ?? []
        choices = known.enumerated().map { index, choice in
            let text = Self.text(choice)
            return Choice(choice: text, isChosen: chosen.contains(text), choiceID: "\(id)-\(index)")
        }
        switch kind {
        case .lines: self.value = chosen.joined(separator: "\n")
        case .json: self.value = value?.indentedText ?? ""
        default: self.value = value.map(Self.text) ?? ""
        }
        hint = Self.hint(schema, kind)
    }

    private static func kind(of schema: JSONValue) -> Kind {
        if let choices = schema["enum"]?.arrayValue {
            return choices.allSatisfy { $0.stringValue != nil } ? .choice : .json
        }
        switch schema["type"]?.stringValue {
        case "string": return .text
        case "integer", "number": return .number
        case "boolean": return .flag
        case "array":
            guard schema["items"]?["type"]?.stringValue == "string" else { return .json }
            return schema["items"]?["enum"] == nil ? .lines : .choices
        default: return .json
        }
    }

    private static func hint(_ schema: JSONValue, _ kind: Kind) -> String {
        var sentences: [String] = []
        if let text = schema["description"]?.stringValue, !text.isEmpty {
            sentences.append(text.hasSuffix(".") ? text : text + ".")
        }
        if kind == .lines { sentences.append("One a line.") }
        if kind == .json { sentences.append("As JSON.") }
        let bounds = [schema["minimum"], schema["maximum"]].map {
            $0?.doubleValue.map { Figures.number($0, digits: 3) }
        }
        switch (bounds[0], bounds[1]) {
        case (let low?, let high?): sentences.append("From \(low) to \(high).")
        case (let low?, nil): sentences.append("At least \(low).")
        case (nil, let high?): sentences.append("At most \(high).")
        case (nil, nil): break
        }
        if let value = schema["default"], kind != .flag {
            sentences.append("\(value.canonicalText) unless you say so.")
        }
        return sentences.joined(separator: " ")
    }

    private static func text(_ value: JSONValue) -> String { value.stringValue ?? value.canonicalText }

    /// `interval_ms` as `Interval ms`.
    private static func words(_ name: String) -> String {
        let text = name.replacing("_", with: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
