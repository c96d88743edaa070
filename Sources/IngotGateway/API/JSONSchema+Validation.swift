import IngotCore

/// One place where a value breaks its schema.
struct SchemaViolation: Sendable, Encodable, Equatable {
    /// A JSON Pointer (RFC 6901) to the value; empty for the whole document.
    var pointer: String
    /// What is wrong with it, in words.
    var detail: String
}

extension JSONSchema {
    /// The most violations that are listed.
    static let maximumViolations = 50

    /// Everything that is wrong with the value, in the order of its members' names.
    func violations(of value: JSONValue) -> [SchemaViolation] {
        var violations: [SchemaViolation] = []
        check(value, at: "", into: &violations)
        return violations
    }

    private func check(_ value: JSONValue, at pointer: String, into violations: inout [SchemaViolation]) {
        guard violations.count < JSONSchema.maximumViolations else { return }
        func violate(_ detail: String) { violations.append(SchemaViolation(pointer: pointer, detail: detail)) }
        if !types.isEmpty, !types.contains(where: { value.isOfType($0) }) {
            violate("must be \(types.map(JSONSchema.article).joined(separator: " or "))")
            return
        }
        if let allowed, !allowed.contains(value) {
            violate("must be one of \(allowed.map(\.canonicalText).joined(separator: ", "))")
        }
        switch value {
        case .string(let text): check(text, violate)
        case .integer(let number): check(Double(number), violate)
        case .number(let number): check(number, violate)
        case .array(let elements):
            check(elements, violate)
            guard let items = items.first else { return }
            for (index, element) in elements.enumerated() {
                items.check(element, at: "\(pointer)/\(index)", into: &violations)
            }
        case .object(let members): check(members, at: pointer, into: &violations)
        case .null, .bool: break
        }
    }

    private func check(_ text: String, _ violate: (String) -> Void) {
        let length = text.unicodeScalars.count
        if let minLength, length < minLength { violate("must have at least \(minLength) characters") }
        if let maxLength, length > maxLength {
            violate("must have at most \(maxLength) characters")
            return
        }
        if let pattern, let expression = try? Regex(pattern), text.firstMatch(of: expression) == nil {
            violate("must match the pattern \(pattern)" + (purpose.map { " (\($0))" } ?? ""))
        }
    }

    private func check(_ number: Double, _ violate: (String) -> Void) {
        if let minimum, number < minimum { violate("must be at least \(JSONSchema.plain(minimum))") }
        if let maximum, number > maximum { violate("must be at most \(JSONSchema.plain(maximum))") }
    }

    private func check(_ elements: [JSONValue], _ violate: (String) -> Void) {
        if let minItems, elements.count < minItems { violate("must have at least \(minItems) elements") }
        if let maxItems, elements.count > maxItems { violate("must have at most \(maxItems) elements") }
        if uniqueItems, Set(elements).count < elements.count { violate("must not hold the same element twice") }
    }

    private func check(
        _ members: [String: JSONValue],
        at pointer: String,
        into violations: inout [SchemaViolation]
    ) {
        for name in required.sorted() where members[name] == nil {
            violations.append(SchemaViolation(pointer: pointer + JSONSchema.step(name), detail: "is required"))
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            let place = pointer + JSONSchema.step(name)
            if let schema = properties[name] {
                schema.check(member, at: place, into: &violations)
                continue
            }
            switch additional {
            case .allowed: break
            case .forbidden:
                guard violations.count < JSONSchema.maximumViolations else { return }
                violations.append(SchemaViolation(pointer: place, detail: "is not a known parameter"))
            case .matching(let schema): schema.check(member, at: place, into: &violations)
            }
        }
    }

    private static func step(_ name: String) -> String {
        var step = "/"
        for character in name {
            switch character {
            case "~": step += "~0"
            case "/": step += "~1"
            default: step.append(character)
            }
        }
        return step
    }

    private static func article(_ type: String) -> String {
        switch type {
        case "null": "null"
        case "integer", "array", "object": "an \(type)"
        default: "a \(type)"
        }
    }

    private static func plain(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? String(number)
    }
}

extension JSONValue {
    /// Whether the value is of a type as JSON Schema names them; 2.0 is an integer there.
    fileprivate func isOfType(_ type: String) -> Bool {
        switch (self, type) {
        case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.array, "array"), (.object, "object"): true
        case (.integer, "integer"), (.integer, "number"), (.number, "number"): true
        case (.number, "integer"): integerValue != nil
        default: false
        }
    }
}
