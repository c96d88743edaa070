public import IngotCore
import IngotEmbedded
public import ServiceLifecycle
public import SystemPackage

/// The embedded stores of a data folder, served without a gateway.
///
/// Whoever has the file ``environmentFile`` can use them as Cloudflare's: it names every setting that opens them.
public struct StoresServer: Service {
    public let settings: StorageSettings
    /// `NAME=VALUE` lines, for the owner's eyes only.
    public let environmentFile: FilePath
    private let cloud: EmbeddedCloud

    /// Opens the stores, and makes them when the folder is new.
    ///
    /// - Throws: ``GatewayError``.
    public init(configuration: GatewayConfiguration) async throws {
        let folder = DataFolder(configuration.dataFolder)
        cloud = try await GatewayStores.openEmbedded(
            in: folder.stores,
            faults: configuration.faults,
            logger: configuration.logger
        )
        settings = cloud.settings
        let environment = StoresEnvironment(folder: folder.stores)
        environmentFile = environment.file
        try environment.write(settings)
    }

    /// Serves until the task is cancelled or a graceful shutdown begins.
    public func run() async throws { try await cloud.run() }

    /// Returns when both stores accept connections.
    public func ready() async throws { try await cloud.ready() }
}
