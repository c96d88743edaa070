import Crypto
import IngotCore
import Synchronization

/// The sessions of browsers: each stands for the key that opened it, for as long as that key is good.
///
/// They are in memory only. A restart ends them, and so does a time without use.
final class SessionTable: Sendable {
    static let cookieName = "ingot_session"
    /// The longest time without use.
    static let idleTime = Duration.seconds(12 * 3600)
    /// The most sessions at a time; the one that was used longest ago makes room.
    static let maximumCount = 1000

    private struct Session {
        /// The id of the key that opened it.
        var key: String
        var usedAt: ContinuousClock.Instant
    }

    /// By the hash of the session's id: what is in memory opens nothing.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    var count: Int { sessions.withLock(\.count) }

    /// Opens a session.
    ///
    /// - Returns: its id, for the cookie.
    func open(key: String, at now: ContinuousClock.Instant) -> Secret {
        let id = base64URL(randomBytes(32))
        sessions.withLock { sessions in
            sessions = sessions.filter { now - $0.value.usedAt < Self.idleTime }
            if sessions.count >= Self.maximumCount,
                let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt })?.key
            {
                sessions[oldest] = nil
            }
            sessions[Self.hash(of: id)] = Session(key: key, usedAt: now)
        }
        return Secret(id)
    }

    /// The id of the key that a session stands for; `nil` when there is no such session.
    func key(of id: String, at now: ContinuousClock.Instant) -> String? {
        let hash = Self.hash(of: id)
        return sessions.withLock { sessions in
            guard let session = sessions[hash] else { return nil }
            guard now - session.usedAt < Self.idleTime else {
                sessions[hash] = nil
                return nil
            }
            sessions[hash]?.usedAt = now
            return session.key
        }
    }

    /// Ends a session.
    func close(_ id: String) {
        let hash = Self.hash(of: id)
        sessions.withLock { $0[hash] = nil }
    }

    /// Ends the sessions of a key.
    func closeAll(ofKey key: String) {
        sessions.withLock { sessions in sessions = sessions.filter { $0.value.key != key } }
    }

    private static func hash(of id: String) -> [UInt8] { Array(SHA256.hash(data: Array(id.utf8))) }
}
