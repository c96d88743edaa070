import IngotCore
import Synchronization

/// Why a key that was presented opens nothing.
enum KeyRefusal: Error, Equatable {
    case unknown
    case expired(Timestamp)
    case revoked(Timestamp)
}

/// The keys in memory, so that asking who calls costs no call to the database.
///
/// Whatever changes keys writes the row first and this after it. Other gateways on the same database change rows too,
/// so ``APIKeySynchronizer`` takes over what they say.
final class APIKeyRing: Sendable {
    /// The most keys that open something at a time.
    static let maximumCount = 10_000

    private struct State {
        var keys: [String: APIKey] = [:]
        /// The keys whose last use is not in their rows yet.
        var unsavedUses: Set<String> = []

        /// A row may have been read before the key was used or revoked here; neither is ever taken back.
        mutating func take(_ key: APIKey) {
            var key = key
            if let here = keys[key.id] {
                key.revokedAt = key.revokedAt ?? here.revokedAt
                key.lastUsedAt = [key.lastUsedAt, here.lastUsedAt].compactMap { $0 }.max()
            }
            keys[key.id] = key
        }
    }

    private let local: APIKeySecret
    private let state = Mutex(State())

    /// - Parameter local: the key that lies in the data folder; it has no row and is there from the start.
    init(local: APIKeySecret) { self.local = local }

    /// What the audit log calls whoever holds the data folder's own key.
    static let localCaller = Caller(id: "local", role: .admin)

    /// Takes what the rows say.
    ///
    /// - Parameter known: the keys that were here before the rows were read; one of them that has no row is gone, while
    ///   one that came meanwhile stays.
    func load(_ keys: [APIKey], known: Set<String> = []) {
        state.withLock { state in
            let rows = Set(keys.map(\.id))
            for id in known where !rows.contains(id) { state.keys[id] = nil }
            for key in keys { state.take(key) }
        }
    }

    /// Takes one row.
    func take(_ key: APIKey) { state.withLock { $0.take(key) } }

    /// The ids of the keys that are here.
    var ids: Set<String> { state.withLock { Set($0.keys.keys) } }

    /// Whom a key belongs to.
    func caller(presenting text: String, at now: Timestamp) throws(KeyRefusal) -> Caller {
        guard let secret = APIKeySecret(text) else { throw .unknown }
        if isEqualInConstantTime(secret.hash, local.hash) { return Self.localCaller }
        guard let key = state.withLock({ $0.keys[secret.id] }), isEqualInConstantTime(key.hash, secret.hash) else {
            throw .unknown
        }
        return try caller(of: key, at: now)
    }

    /// Whom requests come from that a key of this id vouches for, as those of a session are.
    func caller(ofKey id: String, at now: Timestamp) throws(KeyRefusal) -> Caller {
        if id == Self.localCaller.id { return Self.localCaller }
        guard let key = state.withLock({ $0.keys[id] }) else { throw .unknown }
        return try caller(of: key, at: now)
    }

    private func caller(of key: APIKey, at now: Timestamp) throws(KeyRefusal) -> Caller {
        if let time = key.revokedAt { throw .revoked(time) }
        if let time = key.expiresAt, time <= now { throw .expired(time) }
        state.withLock { state in
            state.keys[key.id]?.lastUsedAt = now
            state.unsavedUses.insert(key.id)
        }
        return key.caller
    }

    /// A key by its id.
    func key(_ id: String) -> APIKey? { state.withLock { $0.keys[id] } }

    /// All keys, the newest first.
    var all: [APIKey] {
        state.withLock { Array($0.keys.values) }.sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
    }

    /// How many keys but the local one open something.
    func validCount(at now: Timestamp) -> Int {
        state.withLock { $0.keys.values.count { $0.isValid(at: now) } }
    }

    /// Whether a caller's key still opens something; that is no use of it.
    func isGood(_ id: String, at now: Timestamp) -> Bool {
        id == Self.localCaller.id || state.withLock { $0.keys[id]?.isValid(at: now) ?? false }
    }

    /// Whether any key but the local one opens something.
    func hasValidKey(at now: Timestamp) -> Bool {
        state.withLock { $0.keys.values.contains { $0.isValid(at: now) } }
    }

    func add(_ key: APIKey) { state.withLock { $0.keys[key.id] = key } }

    func revoke(_ id: String, at now: Timestamp) {
        state.withLock { state in
            guard state.keys[id]?.revokedAt == nil else { return }
            state.keys[id]?.revokedAt = now
        }
    }

    /// When keys were used last since this was asked before.
    func takeUnsavedUses() -> [String: Timestamp] {
        state.withLock { state in
            defer { state.unsavedUses = [] }
            return Dictionary(
                uniqueKeysWithValues: state.unsavedUses.compactMap { id in
                    state.keys[id]?.lastUsedAt.map { (id, $0) }
                }
            )
        }
    }
}
