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
    static let sharedClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)

    /// Opens the stores: those of `settings`, or embedded ones in `folder`.
    ///
    /// - Parameter faults: what the embedded ones do wrong on purpose, over HTTP; the gateway itself uses them in
    ///   process and meets none.
    /// - Throws: ``GatewayError``.
    init(settings: StorageSettings?, folder: FilePath, faults: FaultPlan?, metrics: GatewayMetrics, logger: Logger)
        async throws
    {
        if let settings {
            guard faults == nil else {
                throw GatewayError(
                    code: .storageUnusable,
                    message: "Only embedded stores can fail on purpose, and the settings name others.",
                    advice: "Leave --faults out, or unset \(StorageSettings.Name.accountID) and its like."
                )
            }
            let client = GatewayStores.sharedClient
            self.settings = settings
            database = D1Client(settings: settings, httpClient: client, logger: logger, metrics: metrics.stores)
            objects = S3Client(settings: settings, httpClient: client, logger: logger, metrics: metrics.stores)
            embedded = nil
            return
        }
        let cloud = try await GatewayStores.openEmbedded(in: folder, faults: faults, metrics: metrics, logger: logger)
        database = cloud.database
        objects = cloud.objects
        self.settings = cloud.settings
        embedded = cloud
    }

    /// Opens the embedded stores of a folder.
    ///
    /// - Throws: ``GatewayError``.
    static func openEmbedded(
        in folder: FilePath,
        faults: FaultPlan?,
        metrics: GatewayMetrics = GatewayMetrics(),
        logger: Logger
    ) async throws -> EmbeddedCloud {
        if faults != nil { logger.warning("The embedded stores fail on purpose, as they were told to") }
        do {
            return try await EmbeddedCloud(
                folder: folder.string,
                logger: logger,
                faults: faults,
                metrics: metrics.registry
            )
        } catch let error as EmbeddedCloudError {
            throw GatewayError(
                code: .storageUnusable,
                message: "The embedded stores in \(folder) cannot be opened: \(error.reason).",
                advice: "To mend it: \(error.advice)."
            )
        } catch let error as DatabaseError {
            throw GatewayError(
                code: .storageUnusable,
                message: "The embedded stores in \(folder) cannot be opened: \(error.message).",
                advice: "To mend it: \(error.advice ?? "restore the folder, or use another")."
            )
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

    /// How many calls the database said last that it still takes; `nil` when it has not said so.
    var callsLeft: Int? { (database as? D1Client)?.callsLeft?.remaining }

    /// Returns when runners can reach the stores.
    func ready() async throws { try await embedded?.ready() }
}

/// The embedded stores, which are served as long as runners live.
private struct EmbeddedStoresService: Service, CustomStringConvertible {
    let cloud: EmbeddedCloud
    var description: String { "EmbeddedStores" }

    func run() async throws { try await cloud.run() }
}
