/// What became of one node between two labels.
public struct NodeChange: Sendable, Decodable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, Codable {
        case added
        case removed
        /// Other content; its place may differ as well.
        case changed
        /// The same content below another parent or in another order.
        case moved
    }

    public var kind: Kind
    public var key: String
    public var unit: String
    public var level: String
    public var num: String
    public var heading: String
    public var status: String?
    public var citation: String?
    public var parent: String?
    /// The fields that differ, for a node that is in both states.
    public var fields: [String]

    enum CodingKeys: String, CodingKey {
        case kind = "change"
        case key, unit, level, num, heading, status, citation, parent, fields
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(Kind.self, forKey: .kind)
        key = try container.decode(String.self, forKey: .key)
        unit = try container.decode(String.self, forKey: .unit)
        level = try container.decode(String.self, forKey: .level)
        num = try container.decode(String.self, forKey: .num)
        heading = try container.decode(String.self, forKey: .heading)
        status = try container.decodeIfPresent(String.self, forKey: .status)
        citation = try container.decodeIfPresent(String.self, forKey: .citation)
        parent = try container.decodeIfPresent(String.self, forKey: .parent)
        fields = try container.decodeIfPresent([String].self, forKey: .fields) ?? []
    }
}

/// What changed between two labels of a source.
public struct Difference: Sendable, Decodable, Equatable {
    /// One of the two states.
    public struct State: Sendable, Decodable, Equatable {
        public var label: String
        public var revision: Int64
    }

    /// What changed, in numbers.
    public struct Summary: Sendable, Decodable, Equatable {
        public var added: Int
        public var removed: Int
        public var changed: Int
        public var moved: Int
        /// How many nodes differ in each field.
        public var fields: [String: Int]
    }

    public var source: String
    public var from: State
    public var to: State
    /// In document order.
    public var changes: [NodeChange]
    public var summary: Summary
}

/// What differs in one node between two labels, word by word.
public struct NodeDifference: Sendable, Decodable, Equatable {
    /// A piece of a text that is in both states, or in one of them.
    public struct Piece: Sendable, Decodable, Equatable {
        /// What became of it.
        public enum Operation: String, Sendable, Decodable {
            case equal, inserted, deleted
        }

        public var operation: Operation
        public var text: String
    }

    /// One text of the node.
    public struct Text: Sendable, Decodable, Equatable {
        /// For example `text` or `heading`.
        public var field: String
        /// In document order; equal and deleted pieces are the old text, equal and inserted ones the new.
        public var pieces: [Piece]
    }

    public var source: String
    public var from: Difference.State
    public var to: Difference.State
    public var key: String
    /// `nil` when the node is the same in both.
    public var change: NodeChange?
    /// The texts that differ.
    public var texts: [Text]
}
