import AsyncHTTPClient
public import IngotCore
import IngotD1
import IngotEmbedded
import IngotS3
import Logging
import ServiceLifecycle
import SystemPackage

/// The two stores as the gateway uses them, and as runners are told to reach them.
public struct GatewayStores: Sendable {
    public let database: any Database
    public let objects: any ObjectStore
    public let settings: StorageSettings
    /// Serves this process's own stores to runners; `nil` when the stores are Cloudflare's.
    private let embedded: EmbeddedCloud?

    /// One for the life of the process, as several gateways in one process may share it.
    private static let sharedClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)

    /// Opens the stores: those of `settings`, or embedded ones in `folder`.
    ///
    /// - Throws: ``GatewayError``.
    init(settings: StorageSettings?, folder: FilePath, logger: Logger) async throws {
        if let settings {
            let client = GatewayStores.sharedClient
            self.settings = settings
            database = D1Client(settings: settings, httpClient: client, logger: logger)
            objects = S3Client(settings: settings, httpClient: client, logger: logger)
            embedded = nil
            return
        }
        do {
            let cloud = try await EmbeddedCloud(folder: folder.string, logger: logger)
            database = cloud.database
            objects = cloud.objects
            self.settings = cloud.settings
            embedded = cloud
        } catch {
            throw GatewayError(
                code: .storageUnusable,
                message: "The embedded stores in \(folder) cannot be opened: \(error).",
                advice: "Look at the folder's rights and the free space."
            )
        }
    }

    /// What serves the stores for as long as the gateway runs.
    var services: [any Service] { embedded.map { [EmbeddedStoresService(cloud: $0)] } ?? [] }

    /// Returns when runners can reach the stores.
    func ready() async throws { try await embedded?.ready() }
}

/// The embedded stores, which are served as long as runners live.
private struct EmbeddedStoresService: Service, CustomStringConvertible {
    let cloud: EmbeddedCloud
    var description: String { "EmbeddedStores" }

    func run() async throws { try await cloud.run() }
}
