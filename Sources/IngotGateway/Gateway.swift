import Hummingbird
import HummingbirdCore
import IngotCore
import IngotLaw
import IngotRecords
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
    private let startedAt = Timestamp.now()
    private let configuration: GatewayConfiguration
    private let folder: DataFolder
    private let lock: DataFolderLock
    private let identity: GatewayIdentity
    private let listeningPort: Int
    /// Whether the note of where runners report is this gateway's to change: earlier runners may rely on it.
    private let keepsAddress: Bool
    private let store: JobStore
    let registry: ProgressRegistry
    let jobFeed = JobFeed()
    private let dispatcher: Dispatcher
    private let launcher: any Launcher
    /// Ends what is left of an earlier start that had another launcher; `nil` when ``launcher`` does.
    private let launcherOfEarlierProcesses: ProcessLauncher?
    private let vitals: Vitals
    private let corpus: CorpusReader
    private let startupFailure = StartupFailure()
    private let leases = LeaseMonitor()
    private let trouble = StoreTrouble()
    private let releases: ReleaseLists
    let hostBudgets: HostBudgets
    private let hostStarts: HostStartStore
    private let robots = LocalRobotsCache()
    let liveLogs: LiveLogs
    let archiver: LogArchiver
    let retention: Retention
    let proxyPool: ProxyPool
    private let webhooks: WebhookStore
    private let webhookSender: WebhookSender
    private let routeGroups: [RouteGroup]
    private let intake: JobIntake
    private let definitions: DefinitionStore
    private let scheduler: Scheduler
    let access: AccessControl
    /// The key of the data folder, which opens everything.
    public let localKey: Secret
    private let accepting = OneValue<String>()
    private let stopped = OneValue<Void>()

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
        var sandbox: Sandbox?
        let otherLauncher: (any Launcher)?
        do {
            try configuration.checkFetching()
            sandbox = try await configuration.openSandbox()
            identity = try GatewayIdentity(folder: configuration.dataFolder)
            otherLauncher = try await configuration.openLauncher(gateway: identity.id)
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
                metrics: configuration.metrics,
                logger: logger
            )
            parts = Parts(stores: stores, catalog: try sources ?? SourceCatalog(descriptions: []), logger: logger)
            keepsAddress = configuration.takesUpEarlierJobs || identity.addressOfRunners == nil
            listeningPort =
                configuration.port == 0
                ? await identity.freePort(host: configuration.host, logger: logger) : configuration.port
            let jobs = JobStore(database: stores.database)
            let localKey = try LocalKey.open(folder.localKeyFile)
            access = try AccessControl(
                configuration: configuration.accessIncludingRunners,
                gateway: identity.id,
                host: configuration.host,
                localKey: localKey,
                localKeyFile: folder.localKeyFile,
                database: stores.database,
                logger: logger
            ) { job in try await jobs.job(job)?.job.source }
            self.localKey = localKey.secret
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
            logger: logger,
            metrics: configuration.metrics
        )
        self.webhookSender = webhookSender
        // The archiver asks which logs are open, and is told when one is not any more.
        let closedLogs = OneValue<LogArchiver>()
        // A run that has ended lets the next tick of its definition start.
        let schedulerWakes = WakeSignal()
        store = JobStore(database: database) { job in
            webhookSender.wake()
            schedulerWakes.wake()
            closedLogs.ifThere?.jobEnded(job)
        }
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
            records: RecordSweep(database: database, sources: parts.catalog.descriptions),
            logger: logger,
            isOpen: liveLogs.isOpen
        )
        let hostBudgets = HostBudgets(limits: configuration.fetching, bounds: configuration.permitBounds)
        self.hostBudgets = hostBudgets
        hostStarts = HostStartStore(database: database)
        let proxyPool = ProxyPool(
            settings: configuration.proxyPool,
            store: ProxyStore(database: database),
            connections: ProxyConnections(
                proxies: configuration.fetchSettings.proxies,
                userAgent: configuration.fetchSettings.userAgent
            ),
            metrics: configuration.metrics,
            logger: logger
        )
        self.proxyPool = proxyPool
        registry = ProgressRegistry(
            store: store,
            logger: logger,
            retries: configuration.retries,
            metrics: configuration.metrics,
            changed: { [jobFeed] job, isNewState in jobFeed.note(job, isNewState: isNewState) },
            attemptEnded: { job, attempt in
                let party = PermitRoute.party(job, attempt)
                hostBudgets.end(party)
                Task { await proxyPool.end(party: party) }
            }
        )
        let exclusive = parts.catalog.exclusiveSources.map { ($0, 1) }
        dispatcher = Dispatcher(
            registry: registry,
            limits: QueueLimits(
                slots: configuration.slots,
                sourceSlots: configuration.sourceSlots.merging(exclusive) { _, exclusive in exclusive },
                hostSlots: configuration.hostSlots
            ),
            shutdown: configuration.shutdown,
            longestRetryDelay: configuration.retries.maximumDelay,
            searchInterval: configuration.lostJobSearchInterval,
            logger: logger
        )
        let intake = JobIntake(
            store: store,
            dispatcher: dispatcher,
            feed: jobFeed,
            ids: JobIDSequence(),
            gateway: identity.id,
            maximumAttempts: configuration.maximumAttempts,
            metrics: configuration.metrics,
            host: { [configuration, parts] source in
                let origin =
                    configuration.origins[source] ?? parts.catalog.descriptions.first { $0.id == source }?.defaultOrigin
                return origin.flatMap(UpstreamHost.name)
            },
            now: { .now() }
        )
        self.intake = intake
        definitions = DefinitionStore(database: database)
        scheduler = Scheduler(
            database: database,
            surroundings: Scheduler.Surroundings(
                gateway: identity.id,
                ids: intake.ids,
                maximumAttempts: configuration.maximumAttempts,
                host: intake.host,
                started: { await intake.announce($0) },
                cancel: { [dispatcher] in _ = try? await dispatcher.cancel($0) },
                now: intake.now
            ),
            metrics: configuration.metrics,
            wakes: schedulerWakes,
            logger: logger
        )
        let processes = ProcessLauncher(
            executable: configuration.runner,
            workRoot: folder.work,
            environment: configuration.runnerEnvironment,
            grace: configuration.grace,
            sandbox: sandbox,
            usesControlGroups: configuration.usesControlGroups,
            logger: logger
        )
        launcher = otherLauncher ?? processes
        launcherOfEarlierProcesses = otherLauncher == nil ? nil : processes
        vitals = Vitals(
            disk: { [path = configuration.dataFolder.string] in DiskSpace.of(path) },
            store: StoreCheck(store: store),
            launcher: LauncherCheck(launcher: launcher),
            delay: TimerDelay()
        )
        configuration.metrics.prepare(sources: parts.catalog.descriptions.map(\.id))
        corpus = CorpusReader(database: parts.stores.database, objects: parts.stores.objects)
        releases = ReleaseLists(
            asking: ReleaseAsking(
                runner: configuration.runner,
                workRoot: folder.work,
                environment: configuration.runnerEnvironment,
                origins: configuration.origins,
                fetchSettings: configuration.fetchSettings,
                timeout: configuration.releasesTimeout,
                secrets: configuration.secretsOfRunners
            ),
            keepingTime: configuration.releasesKeepingTime,
            leastAge: configuration.releasesLeastAge
        )
        routeGroups = routes
    }

    /// Where the gateway listens, for example `http://127.0.0.1:8080`, once it accepts.
    ///
    /// - Throws: `CancellationError` when it has ended without ever accepting.
    public var address: String {
        get async throws { try await accepting.value }
    }

    /// Returns when ``run()`` has, or the task is cancelled.
    public func waitUntilStopped() async { try? await stopped.value }

    /// Ends the wait for runners of a gateway that is being stopped; those that run go on alone.
    public func leaveAtOnce() { dispatcher.leaveAtOnce() }

    /// Serves until it is asked to stop; then takes no new jobs, and does with its runners what the configuration says.
    ///
    /// - Throws: ``GatewayError`` when the address or the store cannot be used.
    public func run() async throws {
        defer {
            accepting.fail()
            stopped.succeed(())
            folder.withdraw()
            StoresEnvironment(folder: folder.stores).remove()
            lock.release()
        }
        // Services stop in reverse: first the jobs end, while runners can still report; the stores go last.
        let services: [any Service] =
            parts.stores.services + access.services(logger: configuration.logger)
            + [archiver, retention, webhookSender, proxyPool] + servers()
            + [
                leases, dispatcher, releases, scheduler,
                HeartbeatTicker(registry: registry, feed: jobFeed), vitals.delay,
                VitalsWatch(vitals: vitals, logger: configuration.logger), startupFailure,
            ] + takeOverWatch
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
        do {
            try await group.run()
            if keepsAddress, await dispatcher.hasNoRunners { identity.forgetAddress() }
        } catch let error as IOError {
            throw GatewayError(
                code: .addressUnusable,
                message: "The address \(configuration.host):\(listeningPort)"
                    + (configuration.furtherPort.map { " or its port \($0)" } ?? "") + " cannot be used: \(error).",
                advice: "Give another with --port; 0 picks a free one."
            )
        }
    }

    /// Nobody else can be on an embedded store.
    private var takeOverWatch: [any Service] {
        guard configuration.takesUpEarlierJobs, configuration.storage != nil else { return [] }
        return [TakeOverWatch(recovery: recovery(), dispatcher: dispatcher)]
    }

    private func recovery(isWhereItWas: Bool = true) -> Recovery {
        Recovery(
            store: store,
            registry: registry,
            launcher: launcher,
            gateway: identity.id,
            isWhereItWas: isWhereItWas,
            logger: configuration.logger
        )
    }

    /// One for each port, with the same routes.
    private func servers() -> [any Service] {
        let responder = routes().responder()
        guard let further = configuration.furtherPort, further != listeningPort else {
            return [server(responder, port: listeningPort) { [self] in await accept(on: $0.localAddress) }]
        }
        let opened = OneValue<Void>()
        return [
            FurtherServer(
                server: server(responder, port: further) { _ in opened.succeed(()) },
                ended: { opened.fail() }
            ),
            server(responder, port: listeningPort) { [self] channel in
                // A gateway that cannot have both ports does not begin.
                guard (try? await opened.value) != nil else { return }
                await accept(on: channel.localAddress)
            },
        ]
    }

    /// The server of the second port.
    private struct FurtherServer: Service {
        let server: any Service
        /// Told when it has ended, be it that it never began.
        let ended: @Sendable () -> Void

        func run() async throws {
            defer { ended() }
            try await server.run()
        }
    }

    private func server<Responder: HTTPResponder<GatewayContext>>(
        _ responder: Responder,
        port: Int,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> some ApplicationProtocol {
        // The server's own messages are of a finer grain than the gateway's.
        var logger = configuration.logger
        if logger.logLevel == .info { logger.logLevel = .notice }
        return Application(
            responder: responder,
            server: .http1(
                configuration: .init(idleTimeout: .nanoseconds(configuration.idleTimeout.milliseconds * 1_000_000))
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: port),
                serverName: nil,
                backlog: 4096,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections,
                    logger: configuration.logger
                )
            ),
            onServerRunning: onServerRunning,
            logger: logger
        )
    }

    func routes() -> RouteTable {
        let time: @Sendable () -> Timestamp = { .now() }
        var routes = RouteTable(access: access, metrics: configuration.metrics)
        let ceilings: @Sendable (String) -> JobLimits = { [configuration] source in
            configuration.limits.tightened(by: configuration.sourceLimits[source])
        }
        IngestRoute(catalog: parts.catalog, registry: registry, intake: intake, ceilings: ceilings).add(to: &routes)
        let runs = DefinitionRuns(catalog: parts.catalog, intake: intake, now: time)
        DefinitionRoutes(
            store: definitions,
            runs: runs,
            dispatcher: dispatcher,
            scheduler: scheduler,
            ceilings: ceilings,
            now: time
        ).add(to: &routes)
        ScheduleRoutes(
            definitions: definitions,
            schedules: ScheduleStore(database: parts.stores.database),
            ticks: TickStore(database: parts.stores.database),
            runs: runs,
            scheduler: scheduler,
            now: time
        ).add(to: &routes)
        RetryRoute(catalog: parts.catalog, store: store, intake: intake).add(to: &routes)
        JobRoutes(store: store, registry: registry, dispatcher: dispatcher).add(to: &routes)
        EventRoute(registry: registry, metrics: configuration.metrics).add(to: &routes)
        JobFeedRoute(feed: jobFeed, metrics: configuration.metrics).add(to: &routes)
        ReportRoute(registry: registry, access: access, trouble: trouble).add(to: &routes)
        let door = AttemptDoor(registry: registry, access: access)
        PermitRoute(door: door, budgets: hostBudgets, starts: hostStarts, patience: configuration.permitPatience)
            .add(to: &routes)
        RobotsRoute(door: door, cache: robots).add(to: &routes)
        ProxyLeaseRoute(door: door, pool: proxyPool, patience: configuration.proxyPatience).add(to: &routes)
        ProxyRoutes(pool: proxyPool).add(to: &routes)
        HostRoute(budgets: hostBudgets).add(to: &routes)
        QueueRoute(dispatcher: dispatcher).add(to: &routes)
        OutcomeRoute(store: store, now: time).add(to: &routes)
        SystemRoute(
            settings: SystemRoute.Settings(
                configuration,
                gateway: identity.id,
                startedAt: startedAt,
                launcher: launcher.name,
                stores: parts.stores.settings
            ),
            disk: { [path = configuration.dataFolder.string] in DiskSpace.of(path) },
            now: time
        ).add(to: &routes)
        let logs = JobLogFiles(
            store: store,
            registry: registry,
            dispatcher: dispatcher,
            archive: archiver.archive,
            restored: RestoredLogs(archive: archiver.archive)
        )
        LogRoute(registry: registry, liveLogs: liveLogs, logs: logs).add(to: &routes)
        HistoryRoutes(store: store, registry: registry, dispatcher: dispatcher, logs: logs).add(to: &routes)
        WebhookRoutes(catalog: parts.catalog, store: webhooks, sender: webhookSender, now: time).add(to: &routes)
        SourceRoutes(catalog: parts.catalog, releases: releases, reader: corpus).add(to: &routes)
        CorpusRoutes(catalog: parts.catalog, reader: corpus).add(to: &routes)
        HealthRoutes(dispatcher: dispatcher, vitals: vitals).add(to: &routes)
        MetricsRoute(
            metrics: configuration.metrics,
            dispatcher: dispatcher,
            vitals: vitals,
            scheduler: scheduler,
            callsLeft: { [stores = parts.stores] in stores.callsLeft },
            access: configuration.opensMetrics ? .open : .role(.viewer)
        ).add(to: &routes)
        LawRoutes(reader: corpus).add(to: &routes)
        RecordRoutes(catalog: parts.catalog, database: parts.stores.database).add(to: &routes)
        SearchRoute(reader: corpus).add(to: &routes)
        KeyRoutes(access: access, catalog: parts.catalog).add(to: &routes)
        AuditRoute(store: AuditStore(database: parts.stores.database)).add(to: &routes)
        SessionRoutes(access: access).add(to: &routes)
        OpenAPIRoute().add(to: &routes)
        UpkeepRoutes(catalog: parts.catalog, stores: parts.stores).add(to: &routes)
        for group in routeGroups { group(&routes, parts) }
        return routes
    }

    /// The socket is open: ends what an earlier gateway left, starts dispatching, and tells the address.
    private func accept(on bound: SocketAddress?) async {
        let port = bound?.port ?? listeningPort
        let shown = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let address = "http://\(shown):\(port)"
        let addressForRunners =
            configuration.runnerGatewayAddress ?? GatewayAddress.loopback(configuration.host, port)
        let earlierAddress = identity.addressOfRunners
        var found = Recovery.Found()
        var delay = Duration.milliseconds(100)
        // Without its tables and its past the gateway must not take jobs; the store may still be starting.
        while true {
            do {
                try await parts.stores.ready()
                try await store.prepare()
                try await definitions.prepare()
                try await hostStarts.prepare()
                for (source, time) in try await store.lastSuccesses() {
                    configuration.metrics.noteSuccess(of: source, at: time)
                }
                try await definitions.addBuiltIn(of: parts.catalog.descriptions, at: .now())
                try await access.prepare()
                try access.check(listeningOn: bound?.ipAddress)
                // So that a corpus that nothing has been ingested into reads as empty.
                try await corpus.prepareTables()
                try await proxyPool.prepare()
                try await RecordSchema.prepare(parts.stores.database)
                if configuration.takesUpEarlierJobs {
                    let isWhereItWas = earlierAddress == nil || earlierAddress == addressForRunners
                    found = try await recovery(isWhereItWas: isWhereItWas).run()
                }
                break
            } catch let error as GatewayError {
                return startupFailure.report(error)
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
        if configuration.takesUpEarlierJobs {
            await launcher.endLeftovers(except: found.running.map { ($0.job.id, $0.job.attempt) })
            await launcherOfEarlierProcesses?.endLeftovers(except: [])
        }
        if keepsAddress {
            do { try identity.note(addressOfRunners: addressForRunners) } catch {
                // Runners that outlive this gateway may then not find the next one.
                configuration.logger.warning("runners.address was not written", metadata: ["error": "\(error)"])
            }
        }
        await dispatcher.open(
            AttemptSurroundings(
                launcher: launcher,
                gatewayAddress: addressForRunners,
                storage: parts.stores.settings,
                origins: configuration.origins,
                fetchSettings: configuration.fetchSettings,
                jobsFolder: folder.jobs,
                maximumLogSize: configuration.maximumLogSize,
                liveLogs: liveLogs,
                furtherSecrets: configuration.secretsOfRunners,
                limits: configuration.limits,
                sourceLimits: configuration.sourceLimits,
                leaseDuration: configuration.leaseDuration,
                leases: leases,
                trouble: trouble,
                metrics: configuration.metrics,
                gateway: identity.id
            ),
            waiting: found.waiting,
            running: found.running,
            // The jobs that an earlier gateway of this name has left waiting look lost to one that leaves them alone.
            lookingForLostJobsWith: configuration.takesUpEarlierJobs ? recovery() : nil
        )
        // Not before: a cancel must find the runners that live.
        access.open()
        await access.audit.recordRobotsOverride(of: configuration.fetchSettings.hostsWithoutRobots)
        // A gateway of one command knows nothing of what the operator keeps; the next `serve` sweeps by its policy, and
        // starts what is due.
        if configuration.takesUpEarlierJobs {
            retention.open()
            await scheduler.open()
        } else {
            archiver.lookThroughFolder()
        }
        webhookSender.wake()
        // A gateway of one command is over before the pool would be full.
        if configuration.takesUpEarlierJobs {
            await proxyPool.open(at: GatewayAddress.loopback(configuration.host, port))
        }
        if configuration.storage == nil {
            do { try StoresEnvironment(folder: folder.stores).write(parts.stores.settings) } catch {
                configuration.logger.warning("The stores' settings were not written", metadata: ["error": "\(error)"])
            }
        }
        do { try folder.publish(DataFolder.Occupant(url: address, pid: GatewayAddress.processID)) } catch {
            configuration.logger.warning("gateway.json was not written", metadata: ["error": "\(error)"])
        }
        accepting.succeed(address)
    }
}
