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
        environmentFile = folder.stores.appending("environment")
        do {
            let file = try FileDescriptor.open(
                environmentFile,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            )
            let lines = settings.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
            try file.closeAfter { _ = try file.writeAll(Array(lines.utf8)) }
        } catch {
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "\(environmentFile) cannot be written: \(error).",
                advice: "Look at the folder's rights and the free space."
            )
        }
    }

    /// Serves until the task is cancelled or a graceful shutdown begins.
    public func run() async throws { try await cloud.run() }

    /// Returns when both stores accept connections.
    public func ready() async throws { try await cloud.ready() }
}
