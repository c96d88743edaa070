/// What became of one node from one state of a corpus to another.
public struct LawChange: Sendable, Encodable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, Codable, CaseIterable {
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
    /// As it is after the change; before it for a removed node.
    public var caption: Caption
    /// The fields that differ, for a node that is in both states.
    public var fields: [LawField]
    /// The node as it was, for one that is in both states and whose caption or parent differs.
    public var before: Caption?

    /// What a list shows of a node.
    public struct Caption: Sendable, Encodable, Equatable {
        public var level: String
        public var num: String
        public var heading: String
        public var status: String?
        public var citation: String?
        public var parent: String?
    }

    enum CodingKeys: String, CodingKey {
        case kind = "change"
        case key, unit, level, num, heading, status, citation, parent, fields, before
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(key, forKey: .key)
        try container.encode(unit, forKey: .unit)
        try container.encode(caption.level, forKey: .level)
        try container.encode(caption.num, forKey: .num)
        try container.encode(caption.heading, forKey: .heading)
        try container.encode(caption.status, forKey: .status)
        try container.encode(caption.citation, forKey: .citation)
        try container.encode(caption.parent, forKey: .parent)
        if !fields.isEmpty { try container.encode(fields, forKey: .fields) }
        try container.encodeIfPresent(before, forKey: .before)
    }
}

extension LawChangeSummary {
    /// Counts a change in.
    public mutating func add(_ change: LawChange) {
        switch change.kind {
        case .added: added += 1
        case .removed: removed += 1
        case .changed: changed += 1
        case .moved: moved += 1
        }
        for field in change.fields { fields[field.rawValue, default: 0] += 1 }
    }
}
