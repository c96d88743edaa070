import IngotCore

/// What upstream has published, and what of it has been ingested.
public struct Release: Sendable, Decodable, Equatable {
    /// Upstream's name for it, for example `119-36`.
    public var label: String
    /// The day that upstream gives it, `YYYY-MM-DD`.
    public var date: String?
    /// The units that changed with it, as far as upstream says.
    public var units: [String]
    /// Whether it is upstream's newest.
    public var isCurrent: Bool
    /// What upstream says of it.
    public var description: String?
    public var isIngested: Bool
    /// Whether it is what readers see.
    public var isLive: Bool

    enum CodingKeys: String, CodingKey {
        case label, date, units, description
        case isCurrent = "current"
        case isIngested = "ingested"
        case isLive = "live"
    }
}

/// What one job made of a source.
public struct Revision: Sendable, Decodable, Equatable {
    public var source: String
    /// Counts from 1; failed jobs leave gaps.
    public var number: Int64
    /// Upstream's name for the state.
    public var label: String
    public var job: String
    /// `open` while its job runs, then `promoted` or `abandoned`; `reverted` when readers were sent back.
    public var status: String
    /// Whether it is what readers see.
    public var isLive: Bool
    /// What it did, by name, for example `added`.
    public var counts: [String: Int64]?
    public var createdAt: Timestamp
    public var promotedAt: Timestamp?
    public var revertedAt: Timestamp?
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

/// Which revision readers were sent back from and to.
public struct Reversion: Sendable, Decodable, Equatable {
    /// A revision with upstream's name for it.
    public struct State: Sendable, Decodable, Equatable {
        public var revision: Int64
        public var label: String
    }

    public var source: String
    /// What was live.
    public var from: State
    /// What is live now.
    public var to: State
    public var reason: String?
}

/// What a sweep has removed.
public struct SweepOutcome: Sendable, Decodable, Equatable {
    public var source: String
    /// Dead revisions that were taken back.
    public var revisions: Int
    public var rows: Int
    public var packs: Int
    /// Of the removed packs.
    public var bytes: Int64
    /// Packs left because a job runs whose they may be.
    public var packsLeft: Int

    enum CodingKeys: String, CodingKey {
        case source
        case revisions = "revisions_swept"
        case rows = "rows_removed"
        case packs = "packs_removed"
        case bytes = "bytes_freed"
        case packsLeft = "packs_left"
    }
}

/// A line of a verification: one thing that is damaged, or the numbers at the end.
public enum VerificationFinding: Sendable, Equatable {
    /// A node or capture that is missing or damaged.
    case damaged(key: String, problem: String)
    /// The last line.
    case summary(nodes: Int, captures: Int, problems: Int)
}
