public import CoreMetrics
import FoundationEssentials
import Glibc
public import IngotCore
public import Logging
public import ServiceLifecycle
import SystemPackage

/// Cloudflare's two stores in one folder: D1's interface over SQLite and R2's over files, on two loopback ports.
///
/// ```swift
/// let cloud = try await EmbeddedCloud(folder: "/var/lib/ingot", logger: logger)
/// try await withThrowingTaskGroup { group in
///     group.addTask { try await cloud.run() }
///     try await cloud.ready()
///     // cloud.settings open the stores from any process on this machine.
/// }
/// ```
public struct EmbeddedCloud: Service {
    /// The database in process; the same file that the endpoint serves.
    public let database: EmbeddedDatabase
    /// The bucket in process; the same folder that the endpoint serves.
    public let objects: EmbeddedObjects
    /// Where the two endpoints are, known before they serve, and what opens them.
    public let settings: StorageSettings

    private let databaseServer: LoopbackServer<D1Endpoint>
    /// The keys that are being written.
    let writes: KeyWrites
    private let objectServer: LoopbackServer<R2Endpoint>
    private let transfers: BulkTransfers
    private let lock: FolderLock

    /// Opens the stores, and makes them with new credentials on the first start.
    ///
    /// The ports are kept from start to start. One that someone else has taken meanwhile is replaced by another, and
    /// the log says so.
    ///
    /// - Parameters:
    ///   - faults: what the endpoints shall do wrong, for trying clients against them.
    ///   - callTimeLimit: the longest that one call of the database may run, all its statements together.
    ///   - metrics: counts what the endpoints are asked.
    /// - Throws: ``EmbeddedCloudError``, `DatabaseError` or `ObjectStoreError`.
    public init(
        folder: String,
        logger: Logger,
        faults: FaultPlan? = nil,
        callTimeLimit: Duration = .seconds(30),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) async throws {
        try await self.init(
            folder: folder,
            logger: logger,
            faults: faults,
            callTimeLimit: callTimeLimit,
            transferLimits: BulkTransfers.Limits(),
            metrics: metrics
        )
    }

    init(
        folder: String,
        logger: Logger,
        faults: FaultPlan?,
        callTimeLimit: Duration,
        transferLimits: BulkTransfers.Limits,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) async throws {
        let made = EmbeddedCloud.missingFolders(folder)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw EmbeddedCloudError(
                reason: "the folder \(folder) cannot be made: \(error)",
                advice: "check who owns the folder above it"
            )
        }
        lock = try FolderLock("\(folder)/embedded.lock")
        let path = "\(folder)/embedded.json"
        var identity = try EmbeddedIdentity.load(path)
        database = try EmbeddedDatabase(path: "\(folder)/d1/ingot.sqlite", timeLimit: callTimeLimit)
        objects = try EmbeddedObjects(folder: "\(folder)/r2/\(identity.bucket)")
        let leftovers = try await objects.removeLeftovers()
        if leftovers > 0 {
            logger.info("Removed what killed uploads left behind", metadata: ["files": "\(leftovers)"])
        }

        let reservations = try (
            EmbeddedCloud.reserve(identity.databasePort, for: "database", logger),
            EmbeddedCloud.reserve(identity.objectPort, for: "objects", logger)
        )
        let before = identity
        identity.databasePort = reservations.0.port
        identity.objectPort = reservations.1.port
        if identity != before { try identity.save(path) }
        // A file is safe from a loss of power only when the folders above it are. SQLite does this for its own folder
        // and the bodies' folder is synced with each body; these are the folders that were made around them.
        // The ones that were there before may be nobody's to list.
        for changed in ["\(folder)/r2", folder] + made.map({ "\($0)/.." }) {
            try EmbeddedCloud.synchronise(folder: changed)
        }
        settings = try identity.storageSettings()
        transfers = try BulkTransfers(folder: "\(folder)/d1/transfers", database: database, limits: transferLimits)

        databaseServer = LoopbackServer(
            name: "embedded D1",
            endpoint: D1Endpoint(
                database: database,
                accountID: settings.accountID,
                databaseID: settings.databaseID,
                token: settings.databaseToken,
                budget: faults.flatMap { plan in
                    plan.databaseCallBudget.map { CallBudget(calls: $0, window: plan.window) }
                },
                transfers: transfers,
                transferBase: "http://127.0.0.1:\(reservations.0.port)/transfers"
            ),
            faults: faults.map { FaultDealer($0.database, seed: $0.seed) },
            reservation: reservations.0,
            metrics: metrics,
            logger: logger
        )
        let endpoint = R2Endpoint(
            objects: objects,
            bucket: settings.bucket,
            authentication: R2Authentication(
                accessKeyID: settings.accessKeyID,
                secretAccessKey: settings.secretAccessKey
            )
        )
        writes = endpoint.writes
        objectServer = LoopbackServer(
            name: "embedded R2",
            endpoint: endpoint,
            faults: faults.map { FaultDealer($0.objects, seed: $0.seed &+ 1) },
            reservation: reservations.1,
            metrics: metrics,
            logger: logger
        )
    }

    /// Serves both stores until the task is cancelled or a graceful shutdown begins.
    ///
    /// Runs once.
    public func run() async throws {
        // Whoever holds the stores may live on for a while, and the next start is not to wait for that.
        defer { lock.release() }
        async let moving: Void = transfers.run()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await databaseServer.run() }
                group.addTask { try await objectServer.run() }
                // When one ends, by failure or by shutdown, the other must as well.
                do {
                    try await group.next()
                    try await group.waitForAll()
                } catch {
                    group.cancelAll()
                    throw error
                }
            }
        } catch {
            transfers.stop()
            throw error
        }
        transfers.stop()
        await moving
    }

    /// Returns when both stores accept connections.
    ///
    /// - Throws: what ended ``run()`` before they did; `CancellationError`.
    public func ready() async throws {
        try await databaseServer.listening.wait()
        try await objectServer.listening.wait()
    }

    /// The folders of the path that are not there yet, the deepest first.
    private static func missingFolders(_ path: String) -> [String] {
        var missing: [String] = []
        var folder = FilePath(path)
        while !folder.isEmpty, !FileManager.default.fileExists(atPath: folder.string) {
            missing.append(folder.string)
            guard folder.removeLastComponent() else { break }
        }
        return missing
    }

    private static func synchronise(folder path: String) throws {
        do {
            let folder = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            try folder.closeAfter { guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) } }
        } catch let error as Errno {
            throw EmbeddedCloudError(
                reason: "the folder \(path) cannot be brought to the disk: \(error)",
                advice: "check that it may be listed, and that the disk is sound"
            )
        }
    }

    private static func reserve(_ port: Int, for store: String, _ logger: Logger) throws -> PortReservation {
        do {
            return try PortReservation(port: port)
        } catch  where port != 0 {
            let other = try PortReservation(port: 0)
            logger.warning(
                "The store's port is taken, so it moves; runners that still know the old one will not find it",
                metadata: ["store": "\(store)", "old": "\(port)", "new": "\(other.port)"]
            )
            return other
        }
    }
}
