import GRDBSQLite

/// Answers SQLite's questions while a statement is compiled.
final class Authorization {
    var isSuspended = false
    var changesSettings = false

    func answer(_ action: SQLitePolicy.Action) -> Int32 {
        if isSuspended { return SQLITE_OK }
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
