import IngotCore

@testable import IngotGateway

/// Holds values against the document's schemas, more strictly than JSON Schema does: a member that no schema names is
/// wrong, unless `additionalProperties` says otherwise, and so is a keyword that this does not know.
struct StrictSchema {
    let api: DescribedAPI
    /// The properties of the components that values had, as `Job.status`.
    private(set) var seen: Set<String> = []

    init(_ api: DescribedAPI) { self.api = api }

    /// Everything that is wrong with a value.
    mutating func problems(of value: JSONValue, with schema: JSONValue, at pointer: String = "") -> [String] {
        let parts = flattened(schema, name: nil)
        var problems: [String] = []
        for part in parts { problems += own(part.schema, value, pointer) }
        switch value {
        case .object(let members): problems += objects(parts, members, pointer)
        case .array(let elements):
            guard let items = parts.lazy.compactMap({ $0.schema["items"] }).first else { break }
            for (index, element) in elements.enumerated() {
                problems += self.problems(of: element, with: items, at: "\(pointer)/\(index)")
            }
        default: break
        }
        return problems
    }

    /// The properties that a component has, those of its parts included.
    func properties(of component: String) -> Set<String> {
        let parts = flattened(["$ref": .string("#/components/schemas/\(component)")], name: nil)
        return Set(parts.flatMap { ($0.schema["properties"]?.objectValue ?? [:]).keys })
    }

    // MARK: - Parts

    private struct Part {
        var schema: JSONValue
        /// The component that it is of.
        var name: String?
    }

    /// The schemas that all hold for a value of `schema`.
    private func flattened(_ schema: JSONValue, name: String?) -> [Part] {
        if let reference = schema["$ref"]?.stringValue {
            let name = reference.split(separator: "/").last.map { String($0) }
            return flattened(api.resolved(schema), name: name)
        }
        guard let all = schema["allOf"]?.arrayValue else { return [Part(schema: schema, name: name)] }
        return all.flatMap { flattened($0, name: name) }
    }

    private static let known: Set = [
        "additionalProperties", "default", "description", "enum", "examples", "format", "items", "maxItems",
        "maxLength",
        "maximum", "minItems", "minLength", "minimum", "oneOf", "pattern", "properties", "required", "type",
    ]

    /// What a schema says without looking into the value.
    private mutating func own(_ schema: JSONValue, _ value: JSONValue, _ pointer: String) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(pointer): the schema is missing"] }
        var problems = Set(keywords.keys).subtracting(Self.known).map { "\(pointer): the schema has \($0)" }
        if let choices = schema["oneOf"]?.arrayValue {
            let fitting = choices.filter { choice in
                var attempt = self
                let isFitting = attempt.problems(of: value, with: choice, at: pointer).isEmpty
                if isFitting { self = attempt }
                return isFitting
            }
            if fitting.count != 1 { problems.append("\(pointer): \(fitting.count) of the choices fit") }
            return problems
        }
        let plain = keywords.filter { !["examples", "format", "oneOf"].contains($0.key) }
        // Members and elements are looked at one by one.
        let shallow = plain.filter { !["additionalProperties", "items", "properties"].contains($0.key) }
        do {
            for violation in try JSONSchema(.object(shallow)).violations(of: value) {
                problems.append("\(pointer)\(violation.pointer): \(violation.detail)")
            }
        } catch {
            problems.append("\(pointer): \(error)")
        }
        if let format = schema["format"]?.stringValue, let text = value.stringValue, !Self.fits(text, format) {
            problems.append("\(pointer): '\(text)' is no \(format)")
        }
        return problems
    }

    private static func fits(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
        case "uuid": text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
        default: false
        }
    }

    private mutating func objects(_ parts: [Part], _ members: [String: JSONValue], _ pointer: String) -> [String] {
        // A choice looks at the members itself; a schema without a keyword lets everything through.
        if parts.contains(where: { $0.schema["oneOf"] != nil || $0.schema == .object([:]) }) { return [] }
        var problems: [String] = []
        for (name, member) in members {
            var isNamed = false
            for part in parts {
                guard let schema = part.schema["properties"]?[name] else { continue }
                isNamed = true
                if let component = part.name { seen.insert("\(component).\(name)") }
                problems += self.problems(of: member, with: schema, at: "\(pointer)/\(name)")
            }
            if isNamed { continue }
            switch parts.lazy.compactMap({ $0.schema["additionalProperties"] }).first {
            case .bool(true): break
            case nil, .bool: problems.append("\(pointer)/\(name): is not described")
            case let schema?: problems += self.problems(of: member, with: schema, at: "\(pointer)/\(name)")
            }
        }
        return problems
    }
}
