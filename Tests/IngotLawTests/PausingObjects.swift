import IngotCore

/// An object store that waits at its first chosen call until it is told to go on: after a pack was stored, or before
/// objects are deleted.
final class PausingObjects: ObjectStore {
    private let objects: any ObjectStore
    private let isBeforeDeleting: Bool
    private let isFirst = OnceFlag()
    private let reached = AsyncStream<Void>.makeStream()
    private let released = AsyncStream<Void>.makeStream()

    init(_ objects: any ObjectStore, beforeDeleting: Bool = false) {
        self.objects = objects
        isBeforeDeleting = beforeDeleting
    }

    /// Returns when the call has come.
    func waitUntilReached() async throws {
        for await _ in reached.stream { return }
        throw CancellationError()
    }

    func goOn() { released.continuation.finish() }

    private func pause() async {
        guard isFirst.set() else { return }
        reached.continuation.yield()
        for await _ in released.stream {}
    }

    @discardableResult
    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        let isNew = try await objects.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
        if !isBeforeDeleting, key.hasPrefix("packs/") { await pause() }
        return isNew
    }

    func delete(_ keys: [String]) async throws {
        if isBeforeDeleting { await pause() }
        try await objects.delete(keys)
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try await objects.get(key, range: range, limit: limit)
    }

    func stream(_ key: String) async throws -> ByteStream { try await objects.stream(key) }

    func head(_ key: String) async throws -> ObjectInfo? { try await objects.head(key) }

    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await objects.list(prefix: prefix, after: token)
    }
}
