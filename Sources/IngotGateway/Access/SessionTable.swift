import Crypto
import IngotCore
import Synchronization

/// The sessions of browsers: each stands for the key that opened it, for as long as that key is good.
///
/// They are in memory only. A restart ends them, and so does a time without use, or their age.
final class SessionTable: Sendable {
    /// The longest time without use.
    static let idleTime = Duration.seconds(12 * 3600)
    /// The longest time altogether.
    static let lifetime = Duration.seconds(7 * 86_400)
    /// The most sessions of one key; its own that was used longest ago makes room.
    static let maximumPerKey = 20
    /// The most sessions at a time; the one that was used longest ago makes room.
    static let maximumCount = 1000

    private struct Session {
        /// The id of the key that opened it.
        var key: String
        let openedAt: ContinuousClock.Instant
        var usedAt: ContinuousClock.Instant

        func isOver(at now: ContinuousClock.Instant) -> Bool {
            now - usedAt >= SessionTable.idleTime || now - openedAt >= SessionTable.lifetime
        }
    }

    /// By the hash of the session's id: what is in memory opens nothing.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    private let cookieName: String

    /// - Parameter gateway: the gateway's name; a browser sends the cookies of a host to all its ports.
    init(gateway: String) { cookieName = "ingot_session_\(gateway.prefix(8))" }

    /// The name of the cookie; a browser takes one with `__Host-` from the host itself and over TLS only.
    func cookieName(isSecure: Bool) -> String { isSecure ? "__Host-\(cookieName)" : cookieName }

    var count: Int { sessions.withLock(\.count) }

    /// Opens a session.
    ///
    /// - Returns: its id, for the cookie.
    func open(key: String, at now: ContinuousClock.Instant) -> Secret {
        let id = base64URL(randomBytes(32))
        sessions.withLock { sessions in
            sessions = sessions.filter { !$0.value.isOver(at: now) }
            let own = sessions.filter { $0.value.key == key }
            let leaving = own.count >= Self.maximumPerKey ? own : sessions
            if own.count >= Self.maximumPerKey || sessions.count >= Self.maximumCount,
                let oldest = leaving.min(by: { $0.value.usedAt < $1.value.usedAt })?.key
            {
                sessions[oldest] = nil
            }
            sessions[Self.hash(of: id)] = Session(key: key, openedAt: now, usedAt: now)
        }
        return Secret(id)
    }

    /// The id of the key that a session stands for; `nil` when there is no such session.
    func key(of id: String, at now: ContinuousClock.Instant) -> String? {
        let hash = Self.hash(of: id)
        return sessions.withLock { sessions in
            guard let session = sessions[hash] else { return nil }
            guard !session.isOver(at: now) else {
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
