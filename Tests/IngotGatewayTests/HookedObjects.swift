import IngotCore
import Synchronization

/// An object store in which something else happens in the middle of a call.
final class HookedObjects: ObjectStore {
    private let base: any ObjectStore
    private let afterPut: @Sendable () async throws -> Void
    private let afterDelete: @Sendable (_ keys: [String]) async throws -> Void
    private let putCount = Atomic<Int>(0)

    init(
        _ base: any ObjectStore,
        afterPut: @escaping @Sendable () async throws -> Void = {},
        afterDelete: @escaping @Sendable (_ keys: [String]) async throws -> Void = { _ in }
    ) {
        self.base = base
        self.afterPut = afterPut
        self.afterDelete = afterDelete
    }

    var puts: Int { putCount.load(ordering: .relaxed) }

    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        let result = try await base.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
        putCount.add(1, ordering: .relaxed)
        try await afterPut()
        return result
    }

    func delete(_ keys: [String]) async throws {
        try await base.delete(keys)
        try await afterDelete(keys)
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try await base.get(key, range: range, limit: limit)
    }

    func stream(_ key: String) async throws -> ByteStream { try await base.stream(key) }
    func head(_ key: String) async throws -> ObjectInfo? { try await base.head(key) }
    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await base.list(prefix: prefix, after: token)
    }
}
