/// What changed between two states of a corpus, in numbers.
public struct LawChangeSummary: Sendable, Codable, Equatable {
    public var added = 0
    public var removed = 0
    /// Nodes with the same key and other content.
    public var changed = 0
    /// Nodes with the same content below another parent or in another order.
    public var moved = 0
    /// How many nodes differ in each field, by ``LawField``; a node can count in several.
    public var fields: [String: Int] = [:]

    public init() {}

    /// The numbers of one job, without its fields.
    init(_ counts: LawCounts) {
        added = counts.added
        removed = counts.removed
        changed = counts.changed
        moved = counts.moved
    }
}
