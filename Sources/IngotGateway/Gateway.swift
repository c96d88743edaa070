import Hummingbird
import HummingbirdCore
import IngotCore
import IngotLaw
import Logging
import NIOCore
public import ServiceLifecycle
import SystemPackage

/// The server: takes jobs, gives them to runners, shows their progress.
///
/// It runs as a service of its own process (`ingot serve`) or inside a command that needs one for a single job.
///
/// ```swift
/// let gateway = try await Gateway(configuration: configuration)
/// async let running: Void = gateway.run()
/// print("listening on", try await gateway.address)
/// ```
public final class Gateway: Service {
    /// Adds routes that are not about jobs; called once, before the gateway accepts.
    public typealias RouteGroup = @Sendable (_ routes: inout RouteTable, _ parts: Parts) -> Void

    /// What further routes may use.
    public struct Parts: Sendable {
        public let stores: GatewayStores
        public let catalog: SourceCatalog
        public let logger: Logger
    }

    public let parts: Parts
    private let configuration: GatewayConfiguration
    private let folder: DataFolder
    private let lock: DataFolderLock
    private let store: JobStore
    let registry: ProgressRegistry
    private let dispatcher: Dispatcher
    private let launcher: ProcessLauncher
    private let corpus: CorpusReader
    private let startupFailure = StartupFailure()
    private let releases: ReleaseLists
    let liveLogs: LiveLogs
    let archiver: LogArchiver
    let retention: Retention
    private let webhooks: WebhookStore
    private let webhookSender: WebhookSender
    private let routeGroups: [RouteGroup]
    private let accepting = OneValue<String>()

    /// Takes the data folder, opens the stores and asks the runner for its sources; accepts nothing yet.
    ///
    /// - Parameters:
    ///   - catalog: the sources; `nil`: the runner is asked.
    ///   - routes: more groups of routes.
    /// - Throws: ``GatewayError``; `DatabaseError` when the tables cannot be made.
    public init(
        configuration: GatewayConfiguration,
        catalog: SourceCatalog? = nil,
        routes: [RouteGroup] = []
    ) async throws {
        self.configuration = configuration
        let logger = configuration.logger
        folder = DataFolder(configuration.dataFolder)
        lock = try await folder.lock()
        do {
            var sources = catalog
            if sources == nil {
                sources = try await SourceCatalog.describe(
                    runner: configuration.runner,
                    includesProbe: configuration.enablesProbe,
                    environment: configuration.runnerEnvironment
                )
            }
            let stores = try await GatewayStores(
                settings: configuration.storage,
                folder: folder.stores,
                faults: configuration.faults,
                logger: logger
            )
            parts = Parts(stores: stores, catalog: try sources ?? SourceCatalog(descriptions: []), logger: logger)
        } catch {
            lock.release()
            throw error
        }
        let database = parts.stores.database
        webhooks = WebhookStore(database: database)
        let webhookSender = WebhookSender(
            store: webhooks,
            jobs: JobStore(database: database),
            client: GatewayStores.sharedClient,
            limits: configuration.webhooks,
            logger: logger
        )
        self.webhookSender = webhookSender
        store = JobStore(database: database) { webhookSender.wake() }
        // The archiver asks which logs are open, and is told when one is not any more.
        let closedLogs = OneValue<LogArchiver>()
        let liveLogs = LiveLogs { job in closedLogs.ifThere?.add(job) }
        self.liveLogs = liveLogs
        archiver = LogArchiver(
            archive: LogArchive(
                objects: parts.stores.objects,
                jobsFolder: folder.jobs,
                maximumLogSize: configuration.maximumLogSize
            ),
            store: store,
            logger: logger,
            isOpen: liveLogs.isOpen
        )
        closedLogs.succeed(archiver)
        retention = Retention(
            policy: configuration.retention,
            store: RetentionStore(database: database),
            archiver: archiver,
            workFolder: folder.work,
            logger: logger,
            isOpen: liveLogs.isOpen
        )
        registry = ProgressRegistry(store: store, logger: logger)
        dispatcher = Dispatcher(
            registry: registry,
            slots: configuration.slots,
            exclusiveSources: parts.catalog.exclusiveSources,
            logger: logger
        )
        launcher = ProcessLauncher(
            executable: configuration.runner,
            workRoot: folder.work,
            environment: configuration.runnerEnvironment,
            grace: configuration.grace,
            logger: logger
        )
        corpus = CorpusReader(database: parts.stores.database, objects: parts.stores.objects)
        releases = ReleaseLists(
            asking: ReleaseAsking(
                runner: configuration.runner,
                workRoot: folder.work,
                environment: configuration.runnerEnvironment,
                origins: configuration.origins,
                timeout: configuration.releasesTimeout
            ),
            keepingTime: configuration.releasesKeepingTime
        )
        routeGroups = routes
    }

    /// Where the gateway listens, for example `http://127.0.0.1:8080`, once it accepts.
    ///
    /// - Throws: `CancellationError` when it has ended without ever accepting.
    public var address: String {
        get async throws { try await accepting.value }
    }

    /// Serves until it is asked to stop; then takes no new jobs, ends its runners, and writes how their jobs ended.
    ///
    /// - Throws: ``GatewayError`` when the address or the store cannot be used.
    public func run() async throws {
        defer {
            accepting.fail()
            folder.withdraw()
            lock.release()
        }
        // Services stop in reverse: first the jobs end, while runners can still report; the stores go last.
        let services: [any Service] =
            parts.stores.services
            + [
                archiver, retention, webhookSender, server(), dispatcher, releases,
                HeartbeatTicker(registry: registry), startupFailure,
            ]
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    )
                },
                logger: configuration.logger
            )
        )
        do { try await group.run() } catch let error as IOError {
            throw GatewayError(
                code: .addressUnusable,
                message: "The address \(configuration.host):\(configuration.port) cannot be used: \(error).",
                advice: "Give another with --port; 0 picks a free one."
            )
        }
    }

    private func server() -> some ApplicationProtocol {
        // The server's own messages are of a finer grain than the gateway's.
        var logger = configuration.logger
        if logger.logLevel == .info { logger.logLevel = .notice }
        return Application(
            responder: routes().responder(),
            server: .http1(
                configuration: .init(idleTimeout: .nanoseconds(configuration.idleTimeout.milliseconds * 1_000_000))
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil,
                backlog: 4096,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections,
                    logger: configuration.logger
                )
            ),
            onServerRunning: { [self] channel in await accept(on: channel.localAddress?.port ?? configuration.port) },
            logger: logger
        )
    }

    private func routes() -> RouteTable {
        let time: @Sendable () -> Timestamp = { .now() }
        var routes = RouteTable()
        IngestRoute(
            catalog: parts.catalog,
            store: store,
            registry: registry,
            dispatcher: dispatcher,
            ids: JobIDSequence(),
            now: time
        ).add(to: &routes)
        JobRoutes(store: store, registry: registry, dispatcher: dispatcher).add(to: &routes)
        EventRoute(registry: registry).add(to: &routes)
        ReportRoute(registry: registry).add(to: &routes)
        LogRoute(
            store: store,
            registry: registry,
            dispatcher: dispatcher,
            liveLogs: liveLogs,
            archive: archiver.archive
        ).add(to: &routes)
        WebhookRoutes(catalog: parts.catalog, store: webhooks, sender: webhookSender, now: time).add(to: &routes)
        SourceRoutes(catalog: parts.catalog, releases: releases, reader: corpus).add(to: &routes)
        HealthRoutes(store: store, dispatcher: dispatcher).add(to: &routes)
        LawRoutes(reader: corpus).add(to: &routes)
        SearchRoute(reader: corpus).add(to: &routes)
        UpkeepRoutes(catalog: parts.catalog, stores: parts.stores).add(to: &routes)
        for group in routeGroups { group(&routes, parts) }
        return routes
    }

    /// The socket is open: ends what an earlier gateway left, starts dispatching, and tells the address.
    private func accept(on port: Int) async {
        let shown = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let address = "http://\(shown):\(port)"
        var waiting: [Job] = []
        var delay = Duration.milliseconds(100)
        // Without its tables and its past the gateway must not take jobs; the store may still be starting.
        while true {
            do {
                try await parts.stores.ready()
                try await store.prepare()
                // So that a corpus that nothing has been ingested into reads as empty.
                try await corpus.prepareTables()
                waiting = try await Recovery(
                    store: store,
                    registry: registry,
                    launcher: launcher,
                    logger: configuration.logger
                ).run()
                break
            } catch let failure as JobFailure where !failure.isTransient {
                return startupFailure.report(
                    GatewayError(
                        code: .storageUnusable,
                        message: failure.message,
                        advice: failure.advice ?? "Use another data folder or database."
                    )
                )
            } catch {
                configuration.logger.error(
                    "The job tables cannot be used; trying again",
                    metadata: ["error": "\(error)"]
                )
                do {
                    try await cancelWhenGracefulShutdown { [delay] in try await Task.sleep(for: delay) }
                } catch { return }
                delay = min(delay * 2, .seconds(5))
            }
        }
        await dispatcher.open(
            AttemptSurroundings(
                launcher: launcher,
                gatewayAddress: configuration.addressForRunners ?? GatewayAddress.loopback(configuration.host, port),
                storage: parts.stores.settings,
                origins: configuration.origins,
                jobsFolder: folder.jobs,
                maximumLogSize: configuration.maximumLogSize,
                liveLogs: liveLogs,
                furtherSecrets: configuration.secretsOfRunners
            ),
            waiting: waiting
        )
        retention.open()
        webhookSender.wake()
        do { try folder.publish(DataFolder.Occupant(url: address, pid: GatewayAddress.processID)) } catch {
            configuration.logger.warning("gateway.json was not written", metadata: ["error": "\(error)"])
        }
        accepting.succeed(address)
    }
}
