/// What a caller may do; each role may also do what the ones before it may.
public enum Role: String, Sendable, Codable, CaseIterable, Comparable {
    /// Reads jobs, logs and the law.
    case viewer
    /// Starts and cancels jobs, and keeps a corpus.
    case `operator`
    /// Makes keys and webhooks, and reads the audit log.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}
