import CSQLite
import IngotCore

/// Answers SQLite's questions while a statement is compiled.
final class Authorization {
    var isSuspended = false
    /// The statement that is being compiled sets something of the connection.
    var changesSettings = false
    /// Something was set since it was last put back.
    ///
    /// Most settings change while their statement is compiled, so also when it is never run.
    var hasChangedSettings = false
    var createsTrigger = false

    func answer(_ action: SQLitePolicy.Action) -> Int32 {
        if isSuspended { return SQLITE_OK }
        if action.code == SQLITE_CREATE_TRIGGER { createsTrigger = true }
        switch SQLitePolicy.verdict(on: action) {
        case .allowed: return SQLITE_OK
        case .allowedSetting:
            changesSettings = true
            hasChangedSettings = true
            return SQLITE_OK
        case .denied: return SQLITE_DENY
        }
    }
}

/// When the running call must end.
final class Deadline {
    private var end: ContinuousClock.Instant?
    private var interruption: OnceFlag?

    /// - Parameter interruption: ends the call early once it is set.
    func start(within limit: Duration, interruptedBy interruption: OnceFlag? = nil) {
        end = ContinuousClock.now + limit
        self.interruption = interruption
    }

    func stop() {
        end = nil
        interruption = nil
    }

    var isInterrupted: Bool { interruption?.isSet ?? false }

    var hasPassed: Bool { isInterrupted || end.map { ContinuousClock.now > $0 } ?? false }
}

/// Counts what SQLite tells of commits.
final class CommitCounter {
    var count = 0
}
