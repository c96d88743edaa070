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
    /// Serves the embedded stores; `nil` when the stores are Cloudflare's.
    let embedded: EmbeddedCloud?

    /// Opens the stores: those of `settings`, or embedded ones in `folder`.
    ///
    /// - Throws: ``GatewayError``.
    init(settings: StorageSettings?, folder: FilePath, logger: Logger) async throws {
        if let settings {
            self.settings = settings
            database = D1Client(settings: settings, httpClient: .shared, logger: logger)
            objects = S3Client(settings: settings, httpClient: .shared, logger: logger)
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
}
