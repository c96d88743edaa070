public import IngotCore

/// What a request for records may say; members that nobody here knows are passed on as they are.
public struct RecordParameters: Sendable {
    public let values: JSONValue

    /// - Throws: `JobFailure` `parameters_invalid` when it is no object.
    public init(_ values: JSONValue) throws {
        guard values.objectValue != nil else {
            throw JobFailure(code: "parameters_invalid", message: "The parameters are not a JSON object.")
        }
        self.values = values
    }

    /// - Throws: `JobFailure` `parameters_invalid` naming the parameter.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = values[name], value != .null else { return nil }
        guard let number = value.integerValue, range.contains(Int(clamping: number)) else {
            throw Self.invalid(name, "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    /// - Parameter standard: what it is when it is not given.
    /// - Throws: `JobFailure` `parameters_invalid` naming the parameter.
    public func flag(_ name: String, otherwise standard: Bool = false) throws -> Bool {
        guard let value = values[name], value != .null else { return standard }
        guard let flag = value.boolValue else { throw Self.invalid(name, "is neither true nor false") }
        return flag
    }

    /// - Parameter allowed: `nil`: any text of at most 1,000 bytes.
    /// - Throws: `JobFailure` `parameters_invalid` naming the parameter.
    public func text(_ name: String, allowed: [String]? = nil) throws -> String? {
        guard let value = values[name], value != .null else { return nil }
        guard let text = value.stringValue, text.utf8.count <= 1000 else { throw Self.invalid(name, "is not a text") }
        if let allowed, !allowed.contains(text) {
            throw Self.invalid(name, "is none of \(allowed.joined(separator: ", "))")
        }
        return text
    }

    /// The names of the parameters that a schema does not know, in order.
    public func names(unknownTo schema: JSONValue) -> [String] {
        let known = schema["properties"]?.objectValue ?? [:]
        return (values.objectValue ?? [:]).keys.filter { known[$0] == nil }.sorted()
    }

    public static func invalid(_ name: String, _ reason: String) -> JobFailure {
        JobFailure(code: "parameters_invalid", message: "The parameter “\(name)” \(reason).")
    }

    /// A JSON Schema with the parameters that every source of records has besides its own; others are allowed.
    ///
    /// - Parameters:
    ///   - own: by name.
    ///   - required: what a request has to say; a run by hand is not held against the schema, so `collect` looks too.
    ///   - longestRetention: of `retention_days`.
    public static func schema(
        _ own: [String: JSONValue],
        required: [String] = [],
        longestRetention: Int64 = 3650
    ) -> JSONValue {
        let shared: [String: JSONValue] = [
            "site": [
                "type": "string", "maxLength": 1000, "pattern": "^https?://",
                "description": "The site's address, in the place of the operator's origin.",
            ],
            "workers": integer("The most requests at once, within what the host is asked by all together.", 1...64),
            "max_workers": integer("Another name of `workers`, which goes before it.", 1...64),
            "allow_empty": [
                "type": "boolean",
                "description": "Takes it for the truth when a list is empty although many of its records are known.",
            ],
            "allow_shape": [
                "type": "boolean", "description": "Takes rows that have other members than the ones that are known.",
            ],
            "retention_days": integer(
                "For how many days a record is kept that is not seen any more.",
                1...longestRetention
            ),
            "log_level": ["type": "string", "maxLength": 20, "description": "Taken, and without effect here."],
        ]
        var schema: [String: JSONValue] = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": .object(
                shared.merging(ProxyParameters.schemaProperties) { $1 }.merging(own) { $1 }
            ),
        ]
        if !required.isEmpty { schema["required"] = .array(required.map(JSONValue.string)) }
        return .object(schema)
    }

    public static func integer(_ description: String, _ range: ClosedRange<Int64>) -> JSONValue {
        [
            "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
            "description": .string(description),
        ]
    }
}
