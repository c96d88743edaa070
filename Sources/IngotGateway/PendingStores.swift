import AsyncHTTPClient
import IngotCore
import IngotEmbedded
import ServiceLifecycle
import SystemPackage
import Logging

struct D1Client: Database {
    init(settings: StorageSettings, client: HTTPClient, logger: Logger) {}
    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        throw DatabaseError(kind: .unavailable, message: "not built yet")
    }
}

struct S3Client: ObjectStore {
    init(settings: StorageSettings, client: HTTPClient, logger: Logger) {}
    private let absent = ObjectStoreError(kind: .unavailable, message: "not built yet")
    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool { throw absent }
    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] { throw absent }
    func stream(_ key: String) async throws -> ByteStream { throw absent }
    func head(_ key: String) async throws -> ObjectInfo? { throw absent }
    func list(prefix: String, after token: String?) async throws -> ObjectPage { throw absent }
    func delete(_ keys: [String]) async throws { throw absent }
}

struct EmbeddedCloud: Sendable {
    let database: any Database
    let objects: any ObjectStore
    let settings: StorageSettings
    init(folder: FilePath, logger: Logger) async throws {
        settings = try StorageSettings(
            accountID: "local", databaseID: "local", databaseToken: Secret("pending-database-token"), databaseBaseURL: "http://127.0.0.1:9",
            accessKeyID: "local", secretAccessKey: Secret("pending-secret-access-key"), bucket: "local", objectEndpoint: "http://127.0.0.1:9"
        )
        database = try EmbeddedDatabase(path: folder.appending("d1.sqlite").string)
        objects = S3Client(settings: settings, client: .shared, logger: logger)
    }
    func run() async throws { try? await gracefulShutdown() }
}
