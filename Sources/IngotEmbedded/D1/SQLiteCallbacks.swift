import CSQLite

/// Answers SQLite's questions while a statement is compiled.
final class Authorization {
    var isSuspended = false
    var changesSettings = false
    var createsTrigger = false

    func answer(_ action: SQLitePolicy.Action) -> Int32 {
        if isSuspended { return SQLITE_OK }
        if action.code == SQLITE_CREATE_TRIGGER { createsTrigger = true }
        switch SQLitePolicy.verdict(on: action) {
        case .allowed: return SQLITE_OK
        case .allowedSetting:
            changesSettings = true
            return SQLITE_OK
        case .denied: return SQLITE_DENY
        }
    }
}

/// When the running call must end.
final class Deadline {
    private var end: ContinuousClock.Instant?

    func start(within limit: Duration) { end = ContinuousClock.now + limit }

    func stop() { end = nil }

    var hasPassed: Bool { end.map { ContinuousClock.now > $0 } ?? false }
}

/// Counts what SQLite tells of commits.
final class CommitCounter {
    var count = 0
}
