public import IngotCore

/// A value of a YAML document; unlike in JSON, the members of a mapping stay in the order of the document.
public indirect enum YAMLValue: Sendable, Equatable {
    /// Nothing, a truth value, a number or a text.
    case scalar(JSONValue)
    case sequence([YAMLValue])
    case mapping([Member])

    /// A name and its value.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: YAMLValue
    }

    /// The members of a mapping; none of anything else.
    public var members: [Member] {
        if case .mapping(let members) = self { members } else { [] }
    }

    /// The elements of a sequence; none of anything else.
    public var elements: [YAMLValue] {
        if case .sequence(let elements) = self { elements } else { [] }
    }

    /// The text of a scalar that is one.
    public var text: String? {
        if case .scalar(let value) = self { value.stringValue } else { nil }
    }

    /// The member of this name.
    public subscript(name: String) -> YAMLValue? {
        members.first { $0.name == name }?.value
    }

    /// The same without the order.
    public var json: JSONValue {
        switch self {
        case .scalar(let value): value
        case .sequence(let elements): .array(elements.map(\.json))
        // The parser has refused names that are there twice.
        case .mapping(let members): .object(Dictionary(members.map { ($0.name, $0.value.json) }) { $1 })
        }
    }
}
