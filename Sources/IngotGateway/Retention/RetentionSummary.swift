/// What one retention sweep removed.
struct RetentionSummary: Sendable, Equatable {
    var jobs = 0
    /// Local logs; the archive has them still.
    var logs = 0
    /// Folders of attempts that a killed gateway left behind.
    var workFolders = 0
    var deliveries = 0
    var auditLines = 0
    /// API keys that had opened nothing for as long as the audit log is kept.
    var keys = 0
    /// Records of portals and registers whose source is not run any more.
    var records = 0

    var isEmpty: Bool { self == RetentionSummary() }
}

/// A sweep of which some parts failed.
struct RetentionFailure: Error {
    /// What was removed all the same.
    var removed: RetentionSummary
    /// Why the others were not, one for each part.
    var errors: [any Error]
}
