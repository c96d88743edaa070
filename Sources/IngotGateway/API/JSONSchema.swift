import IngotCore

/// A JSON Schema (2020-12), in the subset that sources use for their parameters.
///
/// A schema with a keyword that is not understood is refused when it is read, so that no rule is silently ignored.
struct JSONSchema: Sendable {
    /// The types that a value may have; empty: any.
    var types: [String] = []
    var properties: [String: JSONSchema] = [:]
    var required: [String] = []
    var additional = Additional.allowed
    var items: [JSONSchema] = []
    var allowed: [JSONValue]?
    var pattern: String?
    var minimum: Double?
    var maximum: Double?
    var minItems: Int?
    var maxItems: Int?
    var uniqueItems = false
    var minLength: Int?
    var maxLength: Int?
    /// What the schema's description says, for people whose value does not fit.
    var purpose: String?

    /// What becomes of members that `properties` does not name.
    indirect enum Additional: Sendable {
        case allowed
        case forbidden
        case matching(JSONSchema)
    }

    /// Why a schema cannot be used.
    struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        /// A JSON Pointer into the schema.
        var pointer: String
        var problem: String

        var description: String { "the schema at '\(pointer)' \(problem)" }
    }

    /// Reads a schema.
    ///
    /// - Throws: ``Malformed`` for a keyword that is unknown or has a value that it cannot have.
    init(_ value: JSONValue, at pointer: String = "") throws {
        switch value {
        case .bool(true): return
        case .object(let members):
            for (keyword, value) in members {
                try read(keyword, value, at: "\(pointer)/\(keyword)")
            }
        default: throw Malformed(pointer: pointer, problem: "is not an object")
        }
    }

    private static let annotations: Set = ["$schema", "$id", "$comment", "title", "default", "examples"]
    private static let knownTypes: Set = ["null", "boolean", "integer", "number", "string", "array", "object"]

    private mutating func read(_ keyword: String, _ value: JSONValue, at pointer: String) throws {
        func number() throws -> Double {
            switch value {
            case .integer(let value): return Double(value)
            case .number(let value): return value
            default: throw Malformed(pointer: pointer, problem: "is not a number")
            }
        }
        func count() throws -> Int {
            guard let count = value.integerValue, count >= 0 else {
                throw Malformed(pointer: pointer, problem: "is not a count")
            }
            return Int(count)
        }
        func strings() throws -> [String] {
            let strings = value.arrayValue?.compactMap(\.stringValue)
            guard let strings, strings.count == value.arrayValue?.count else {
                throw Malformed(pointer: pointer, problem: "is not a list of strings")
            }
            return strings
        }
        switch keyword {
        case "type":
            types = try value.stringValue.map { [$0] } ?? strings()
            for type in types where !JSONSchema.knownTypes.contains(type) {
                throw Malformed(pointer: pointer, problem: "names the unknown type '\(type)'")
            }
        case "properties":
            guard let members = value.objectValue else {
                throw Malformed(pointer: pointer, problem: "is not an object")
            }
            for (name, schema) in members { properties[name] = try JSONSchema(schema, at: "\(pointer)/\(name)") }
        case "required": required = try strings()
        case "additionalProperties":
            switch value {
            case .bool(let isAllowed): additional = isAllowed ? .allowed : .forbidden
            default: additional = .matching(try JSONSchema(value, at: pointer))
            }
        case "items": items = [try JSONSchema(value, at: pointer)]
        case "enum":
            guard let values = value.arrayValue else { throw Malformed(pointer: pointer, problem: "is not a list") }
            allowed = values
        case "pattern":
            guard let text = value.stringValue, (try? Regex(text)) != nil else {
                throw Malformed(pointer: pointer, problem: "is not a regular expression")
            }
            pattern = text
        case "minimum": minimum = try number()
        case "maximum": maximum = try number()
        case "minItems": minItems = try count()
        case "maxItems": maxItems = try count()
        case "minLength": minLength = try count()
        case "maxLength": maxLength = try count()
        case "description":
            guard let text = value.stringValue else { throw Malformed(pointer: pointer, problem: "is not a string") }
            purpose = text.hasSuffix(".") ? String(text.dropLast()) : text
        case "uniqueItems":
            guard let isUnique = value.boolValue else { throw Malformed(pointer: pointer, problem: "is not a boolean") }
            uniqueItems = isUnique
        default:
            guard JSONSchema.annotations.contains(keyword) else {
                throw Malformed(pointer: pointer, problem: "is a keyword that is not supported")
            }
        }
    }
}
