import FoundationEssentials
import Hummingbird
import IngotCore
import SystemPackage

/// `GET /api/system`: what this gateway is, how it was started, and what it stands on.
struct SystemRoute: Sendable {
    /// What does not change while the gateway runs.
    let settings: Settings
    /// Of the disk that the data folder lies on.
    let disk: @Sendable () -> DiskSpace?
    let now: @Sendable () -> Timestamp

    struct Settings: Sendable {
        var gateway: String
        var startedAt: Timestamp
        var launcher: String
        var isSandboxed: Bool
        var slots: Int
        var maximumAttempts: Int
        var limits: JobLimits
        var database: Store
        var objects: Store
        var retention: RetentionPolicy
        var anonymousRole: Role?
        var offersProbe: Bool
        var dataFolder: String
    }

    /// One of the two stores: never what opens it.
    struct Store: Sendable, Encodable, Equatable {
        /// `embedded` or `cloudflare`.
        var kind: String
        /// Its address and its name there; only for operators.
        var place: String?
    }

    struct System: Encodable {
        var version: String
        var gateway: String
        var startedAt: Timestamp
        var uptime: Int64
        var launcher: String
        var isSandboxed: Bool
        var slots: Int
        var maximumAttempts: Int
        var limits: JobLimits
        var database: Store
        var objects: Store
        var retention: Retained
        var disk: Disk?
        var anonymousRole: Role?
        var offersProbe: Bool
        /// Only for operators.
        var dataFolder: String?

        enum CodingKeys: String, CodingKey {
            case version, gateway, launcher, slots, limits, database, objects, retention, disk
            case startedAt = "started_at"
            case uptime = "uptime_seconds"
            case isSandboxed = "sandbox"
            case maximumAttempts = "max_attempts"
            case anonymousRole = "anonymous_role"
            case offersProbe = "probe"
            case dataFolder = "data_folder"
        }
    }

    /// What ``DiskSpace`` says.
    struct Disk: Encodable {
        var free: Int64
        var size: Int64
        var isReserveReached: Bool

        init(_ space: DiskSpace) {
            free = Int64(clamping: space.free)
            size = Int64(clamping: space.size)
            isReserveReached = space.isReserveReached
        }

        enum CodingKeys: String, CodingKey {
            case free = "free_bytes"
            case size = "size_bytes"
            case isReserveReached = "reserve_reached"
        }
    }

    /// What ``RetentionPolicy`` says.
    struct Retained: Encodable {
        struct Bound: Encodable {
            var seconds: Int64?
            var count: Int?

            init(_ bound: RetentionPolicy.Bound) {
                seconds = bound.age.map { $0.components.seconds }
                count = bound.count
            }
        }

        var jobs: Bound
        var logs: Bound
        var deliveries: Bound
        var audit: Bound
        /// Between two looks for what is over.
        var interval: Int64

        init(_ policy: RetentionPolicy) {
            jobs = Bound(policy.jobs)
            logs = Bound(policy.logs)
            deliveries = Bound(policy.deliveries)
            audit = Bound(policy.audit)
            interval = policy.interval.components.seconds
        }

        enum CodingKeys: String, CodingKey {
            case jobs, logs, deliveries, audit
            case interval = "interval_seconds"
        }
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/system", for: .role(.viewer)) { _, context in
            try .json(system(for: context.caller))
        }
    }

    private func system(for caller: Caller?) -> System {
        let isOperator = caller.map { $0.role >= .operator && $0.sources == nil } ?? false
        func shown(_ store: Store) -> Store { isOperator ? store : Store(kind: store.kind) }
        let life = now().millisecondsSinceEpoch - settings.startedAt.millisecondsSinceEpoch
        return System(
            version: IngotVersion.current,
            gateway: settings.gateway,
            startedAt: settings.startedAt,
            uptime: max(0, life / 1000),
            launcher: settings.launcher,
            isSandboxed: settings.isSandboxed,
            slots: settings.slots,
            maximumAttempts: settings.maximumAttempts,
            limits: settings.limits,
            database: shown(settings.database),
            objects: shown(settings.objects),
            retention: Retained(settings.retention),
            disk: disk().map(Disk.init),
            anonymousRole: settings.anonymousRole,
            offersProbe: settings.offersProbe,
            dataFolder: isOperator ? settings.dataFolder : nil
        )
    }
}

extension SystemRoute.Settings {
    /// What an operator may know of a gateway's configuration.
    init(
        _ configuration: GatewayConfiguration,
        gateway: String,
        startedAt: Timestamp,
        launcher: String,
        stores: StorageSettings
    ) {
        let isEmbedded = configuration.storage == nil
        let kind = isEmbedded ? "embedded" : "cloudflare"
        // An address may hold a name and a password, so only its host is shown.
        func host(_ address: String) -> String { URL(string: address)?.host() ?? "" }
        self.init(
            gateway: gateway,
            startedAt: startedAt,
            launcher: launcher,
            isSandboxed: configuration.sandbox,
            slots: configuration.slots,
            maximumAttempts: configuration.maximumAttempts,
            limits: configuration.limits,
            database: .init(
                kind: kind,
                place: isEmbedded
                    ? "\(configuration.dataFolder)" : "\(stores.databaseID) at \(host(stores.databaseBaseURL))"
            ),
            objects: .init(
                kind: kind,
                place: isEmbedded ? "\(configuration.dataFolder)" : "\(stores.bucket) at \(host(stores.objectEndpoint))"
            ),
            retention: configuration.retention,
            anonymousRole: configuration.access.anonymousRole,
            offersProbe: configuration.enablesProbe,
            dataFolder: configuration.dataFolder.string
        )
    }
}
