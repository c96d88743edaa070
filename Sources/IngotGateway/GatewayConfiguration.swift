import FoundationEssentials
public import IngotCore
public import IngotEmbedded
public import Logging
public import SystemPackage

/// How a gateway runs.
public struct GatewayConfiguration: Sendable {
    /// The address that it listens on.
    public var host = "127.0.0.1"
    /// 0 picks a free one.
    public var port = 8080
    /// A second port with the same routes; `nil`: none.
    public var furtherPort: Int?
    /// Holds the embedded stores, logs, and the attempts' folders.
    public var dataFolder: FilePath
    /// The `ingot-runner` that is started for each attempt.
    public var runner: FilePath
    /// How many jobs run at a time.
    public var slots = GatewayConfiguration.defaultSlots
    /// How many jobs of one source run at a time at most, by source.
    public var sourceSlots: [String: Int] = [:]
    /// How many jobs that ask one host run at a time at most, by host.
    public var hostSlots: [String: Int] = [:]
    /// What all jobs together ask of upstream hosts at most.
    public var fetching = HostLimitTable()
    /// How long a runner's question for a permit waits for the request's turn.
    var permitPatience: Duration = .seconds(5)
    /// How the pool of proxies is kept, unless that was changed over the API.
    public var proxyPool = ProxyPoolSettings()
    /// How long a runner's question for a proxy waits for one.
    var proxyPatience: Duration = .seconds(5)
    /// How many hosts and waiting requests there may be.
    var permitBounds = PermitRoute.bounds
    /// What one attempt may use; a request can ask for less, never for more.
    public var limits: JobLimits = .standard
    /// What one attempt of a source may use, where that is less.
    public var sourceLimits: [String: JobLimits] = [:]
    /// How many attempts a job is given unless its request says so.
    public var maximumAttempts = 3
    /// How long a job waits for its next attempt.
    public var retries = RetryPolicy(maximumAttempts: .max, firstDelay: .seconds(1), maximumDelay: .seconds(60))
    /// How long a runner may be silent before it counts as lost.
    public var leaseDuration: Duration = .seconds(20)
    /// What becomes of runners when the gateway is stopped.
    public var shutdown = ShutdownMode.endRunners
    /// Goes on with the jobs that earlier gateways on the data folder have left.
    ///
    /// A gateway that lives as long as one command leaves them, their runners and what those report to alone.
    public var takesUpEarlierJobs = true
    /// The time between two looks for jobs of this gateway that only the store knows.
    var lostJobSearchInterval: Duration = .seconds(5)
    /// Offers the source for tests and demonstrations.
    public var enablesProbe = false
    /// Where each source's upstream is, by source: an `http(s)` address or a folder.
    public var origins: [String: String] = [:]
    /// How runners ask upstream sites.
    public var fetchSettings = FetchSettings()
    /// Cloudflare's stores; `nil`: the embedded ones.
    public var storage: StorageSettings?
    /// What the embedded stores do wrong on purpose, so that runners can be tried against it.
    public var faults: FaultPlan?
    /// What runners find in their environment.
    public var runnerEnvironment: [String: String] = [:]
    /// The time that a runner has between SIGTERM and SIGKILL.
    public var grace = ProcessLauncher.defaultGrace
    /// Shuts runners in with bubblewrap.
    public var sandbox = false
    /// Makes what starts runners; `nil`: they are processes of this machine.
    ///
    /// It throws `LauncherError` when it cannot work at all.
    public var makeLauncher: (@Sendable (LauncherSurroundings, Logger) async throws -> any Launcher)?
    /// The gateway's address as runners reach it; `nil`: on loopback.
    public var runnerGatewayAddress: String?
    /// Keeps limits with control groups, where the system lets them be made.
    public var usesControlGroups = true
    /// The most connections that are open at a time: ten thousand watchers, and whoever else there is.
    public var maximumConnections = 16_000
    /// How long a connection may be idle between requests, or slow within one.
    public var idleTimeout = Duration.seconds(75)
    /// The largest log of one job, in bytes.
    public var maximumLogSize: Int64 = 64 << 20
    /// How long and how many of the things are kept that jobs leave behind.
    public var retention = RetentionPolicy()
    /// How webhooks are told.
    var webhooks = WebhookSender.Limits()
    /// How long upstream may take to list its releases.
    public var releasesTimeout = Duration.seconds(60)
    /// How long a list of releases is kept.
    public var releasesKeepingTime = Duration.seconds(60)
    /// How long it is kept even for those who want a fresh one.
    public var releasesLeastAge = Duration.seconds(10)
    /// Who may use the API, and how much.
    public var access = AccessConfiguration()
    /// What is counted.
    public var metrics = GatewayMetrics()
    /// Shows the metrics to everybody who can reach the gateway.
    public var opensMetrics = false
    public var logger: Logger

    public init(dataFolder: FilePath, runner: FilePath, logger: Logger) {
        self.dataFolder = dataFolder
        self.runner = runner
        self.logger = logger
    }

    /// The sandbox that runners are to be shut in, tried once; `nil` when they are not to be.
    ///
    /// - Throws: ``GatewayError`` `sandbox_unavailable`; `CancellationError`.
    func openSandbox() async throws -> Sandbox? {
        guard sandbox else { return nil }
        let sandbox = try Sandbox(environment: runnerEnvironment, dataFolder: dataFolder, runner: runner)
        try await sandbox.check(workRoot: DataFolder(dataFolder).work)
        return sandbox
    }

    /// Who may use the gateway; the name by which runners reach it is one that it is known by.
    var accessIncludingRunners: AccessConfiguration {
        var access = access
        if let name = runnerGatewayAddress.flatMap({ URL(string: $0)?.host }) { access.allowedHosts.append(name) }
        return access
    }

    /// The launcher that ``makeLauncher`` makes; `nil` when runners are processes.
    ///
    /// - Parameter gateway: the gateway's name.
    /// - Throws: ``GatewayError`` `launcher_unusable`; `CancellationError`.
    func openLauncher(gateway: String) async throws -> (any Launcher)? {
        guard let makeLauncher else { return nil }
        let notes = dataFolder.appending("launcher")
        do {
            try FileManager.default.createDirectory(
                atPath: notes.string,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            return try await makeLauncher(
                LauncherSurroundings(
                    gateway: gateway,
                    notesFolder: notes.string,
                    grace: grace,
                    usesEmbeddedStores: storage == nil,
                    origins: origins,
                    environment: runnerEnvironment
                ),
                logger
            )
        } catch let error as LauncherError {
            throw GatewayError(code: .launcherUnusable, message: error.message, advice: error.advice)
        } catch let failure as JobFailure {
            throw GatewayError(code: .launcherUnusable, message: failure.message, advice: failure.advice)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw GatewayError(
                code: .launcherUnusable,
                message: "The launcher cannot be used: \(error).",
                advice: "Look at its settings, and at the rights of \(notes)."
            )
        }
    }

    /// What runners are told in confidence besides the stores' credentials and their tokens: names and passwords in
    /// addresses.
    var secretsOfRunners: [Secret] {
        (Array(origins.values) + Array(runnerEnvironment.values)).flatMap(AddressUserInfo.secrets)
            + fetchSettings.secrets
    }

    /// One a processor, and at least two.
    public static var defaultSlots: Int { max(2, ProcessorCount.online) }

    /// The settings of this process that runners also get: how to find programs, the home and temporary folders, the
    /// language, and where the probe writes its stamps.
    ///
    /// - Parameter environment: of this process.
    public static func runnerEnvironment(from environment: [String: String]) -> [String: String] {
        let names: Set = [
            "PATH", "HOME", "TMPDIR", "LANG", "INGOT_PROBE_STAMPS", "SSL_CERT_FILE", "SSL_CERT_DIR",
            "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
            "no_proxy", "SWIFT_BACKTRACE",
        ]
        // Collecting a backtrace keeps a crashed runner alive for seconds; whoever wants one can ask for it. And each
        // further arena of the allocator would keep a peak of memory of its own.
        let defaults = ["SWIFT_BACKTRACE": "enable=no", "MALLOC_ARENA_MAX": "1"]
        return defaults.merging(environment.filter { names.contains($0.key) }) { _, given in given }
    }
}
