/// A part of a node that can differ between two states.
public enum LawField: String, Sendable, Codable, CaseIterable {
    case level
    case num
    case heading
    case status
    case citation
    /// The node above.
    case parent
    /// The text as published.
    case text
    /// How an unchanged text is laid out: pieces, tables, links.
    case layout
    case credit
    case notes
    case footnotes
    case references

    /// The SQL condition that two rows of `nodes` differ in the field.
    func differs(_ old: String, _ new: String) -> String {
        switch self {
        case .level, .num, .heading: "\(old).\(rawValue) <> \(new).\(rawValue)"
        case .status, .citation: "\(old).\(rawValue) IS NOT \(new).\(rawValue)"
        case .parent: "\(old).parent_key IS NOT \(new).parent_key"
        case .text: Self.differs(.text, old, new)
        case .layout: "(\(Self.differs(.layout, old, new)) AND NOT \(Self.differs(.text, old, new)))"
        case .credit: Self.differs(.credit, old, new)
        case .notes: Self.differs(.notes, old, new)
        case .footnotes: Self.differs(.footnotes, old, new)
        case .references: Self.differs(.references, old, new)
        }
    }

    private static func differs(_ part: NodeFingerprints.Part, _ old: String, _ new: String) -> String {
        "(\(NodeFingerprints.sql(part, of: old)) <> \(NodeFingerprints.sql(part, of: new)))"
    }
}
