import IngotCore

/// An object store that tells of each call before it is made, and fails it when the listener throws.
final class WatchedObjects: ObjectStore {
    enum Call: Equatable {
        case put
        case read
        case head
        case list
        case delete
    }

    private let objects: any ObjectStore
    private let look: @Sendable (_ call: Call, _ key: String) async throws -> Void

    init(_ objects: any ObjectStore, look: @escaping @Sendable (_ call: Call, _ key: String) async throws -> Void) {
        self.objects = objects
        self.look = look
    }

    @discardableResult
    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try await look(.put, key)
        return try await objects.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try await look(.read, key)
        return try await objects.get(key, range: range, limit: limit)
    }

    func stream(_ key: String) async throws -> ByteStream {
        try await look(.read, key)
        return try await objects.stream(key)
    }

    func head(_ key: String) async throws -> ObjectInfo? {
        try await look(.head, key)
        return try await objects.head(key)
    }

    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await look(.list, prefix)
        return try await objects.list(prefix: prefix, after: token)
    }

    func delete(_ keys: [String]) async throws {
        for key in keys { try await look(.delete, key) }
        try await objects.delete(keys)
    }
}
