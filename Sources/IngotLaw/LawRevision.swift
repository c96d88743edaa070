public import IngotCore

/// What one successful job made of a corpus, as readers see it.
public struct LawRevision: Sendable, Codable, Equatable {
    public var source: String
    /// Counts from 1; failed jobs leave gaps.
    public var number: Int64
    /// Upstream's name for the state, for example `119-36`.
    public var label: String
    public var job: String
    /// `open` while its job runs, then `promoted` or `abandoned`; `reverted` when readers were sent back.
    public var status: String
    public var isLive: Bool
    public var counts: JSONValue?
    public var createdAt: String
    public var promotedAt: String?
    public var revertedAt: String?
    /// The revision that readers were sent back to.
    public var revertedTo: Int64?
    public var revertedReason: String?

    enum CodingKeys: String, CodingKey {
        case source, number, label, job, status, counts
        case isLive = "live"
        case createdAt = "created_at"
        case promotedAt = "promoted_at"
        case revertedAt = "reverted_at"
        case revertedTo = "reverted_to"
        case revertedReason = "reverted_reason"
    }
}

/// What a job did to one unit, or to all of them.
public struct LawCounts: Sendable, Codable, Equatable {
    /// Nodes that the document holds.
    public var nodes = 0
    public var sections = 0
    public var added = 0
    public var changed = 0
    public var moved = 0
    public var removed = 0
    public var unchanged = 0
    /// Rows of `nodes` inserted; a changed or moved node also ends its old row.
    public var rowsWritten = 0
    /// Characters that are not white space, in all nodes.
    public var characters = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case nodes, sections, added, changed, moved, removed, unchanged, characters
        case rowsWritten = "rows_written"
    }

    mutating func add(_ other: LawCounts) {
        nodes += other.nodes
        sections += other.sections
        added += other.added
        changed += other.changed
        moved += other.moved
        removed += other.removed
        unchanged += other.unchanged
        rowsWritten += other.rowsWritten
        characters += other.characters
    }

    /// The counts by name, as a unit's event carries them.
    var byName: [String: Int64] {
        [
            "nodes": Int64(nodes), "sections": Int64(sections), "added": Int64(added), "changed": Int64(changed),
            "moved": Int64(moved), "removed": Int64(removed), "unchanged": Int64(unchanged),
            "rows_written": Int64(rowsWritten), "characters": Int64(characters),
        ]
    }
}
