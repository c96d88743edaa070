/// What the gateway knows of a source; `ingot-runner describe` prints one for each.
public struct SourceDescription: Sendable, Codable, Equatable {
    /// The short name in paths and commands, for example `usc`.
    public var id: String
    public var name: String
    /// For example `us`.
    public var jurisdiction: String
    /// For example `federal`.
    public var region: String
    /// For example `statute`.
    public var documentType: String
    /// A JSON Schema for the body of `POST /api/ingest/{source}`.
    public var parameters: JSONValue
    /// Where upstream is unless the operator says otherwise.
    public var defaultOrigin: String?
    /// Whether only one job of the source may write at a time.
    public var isExclusive: Bool
    /// Whether the source can list what upstream has published.
    public var listsReleases: Bool
    /// The job definitions that come with the source.
    public var definitions: [BuiltInDefinition]
    /// How often its host may be asked, as the host's owner has published it.
    public var terms: HostTerms?
    /// For how many days a record that is not seen any more is kept, for a source whose records name people; `nil`:
    /// for ever.
    public var retentionDays: Int?

    public init(
        id: String,
        name: String,
        jurisdiction: String,
        region: String,
        documentType: String,
        parameters: JSONValue,
        defaultOrigin: String?,
        isExclusive: Bool,
        listsReleases: Bool = false,
        definitions: [BuiltInDefinition] = [],
        terms: HostTerms? = nil,
        retentionDays: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.jurisdiction = jurisdiction
        self.region = region
        self.documentType = documentType
        self.parameters = parameters
        self.defaultOrigin = defaultOrigin
        self.isExclusive = isExclusive
        self.listsReleases = listsReleases
        self.definitions = definitions
        self.terms = terms
        self.retentionDays = retentionDays
    }

    enum CodingKeys: String, CodingKey {
        case id, name, jurisdiction, region, parameters, definitions, terms
        case documentType = "document_type"
        case defaultOrigin = "default_origin"
        case isExclusive = "exclusive"
        case listsReleases = "lists_releases"
        case retentionDays = "retention_days"
    }
}

/// A corpus that Ingot can ingest, and how.
public protocol Source: Sendable {
    var description: SourceDescription { get }

    /// Runs one attempt of a job to its end.
    ///
    /// Task cancellation asks it to stop: it leaves nothing half-visible and throws `CancellationError`.
    ///
    /// - Returns: the job's result.
    /// - Throws: ``JobFailure`` for causes that it understands.
    func run(_ attempt: AttemptContext) async throws -> JSONValue

    /// Lists what upstream has published, newest first.
    ///
    /// - Parameters:
    ///   - origin: where upstream is: an `http(s)` address or a folder; `nil` for the source's own default.
    ///   - workFolder: an existing folder for what is fetched.
    /// - Throws: ``JobFailure``.
    func releases(origin: String?, workFolder: String) async throws -> [SourceRelease]
}

extension Source {
    /// Refuses: not every source has releases.
    public func releases(origin: String?, workFolder: String) async throws -> [SourceRelease] {
        throw JobFailure(
            code: "releases_unsupported",
            message: "The source '\(description.id)' does not list what upstream has published."
        )
    }
}

/// All that one attempt of a job may touch.
public struct AttemptContext: Sendable {
    public let job: JobID
    public let attempt: Int
    /// How many attempts the job may have in all.
    public let maxAttempts: Int
    public let parameters: JSONValue
    /// Where the operator says that upstream is: an `http(s)` address or a folder; `nil`: where the source says.
    public let origin: String?
    public let database: any Database
    public let objects: any ObjectStore
    public let progress: any ProgressReporting
    /// A folder of the attempt's own, removed after it.
    public let workFolder: String
    /// Says when a request to an upstream host may be made.
    public let requestBudget: any RequestBudget
    /// The `robots.txt` files that are known.
    public let robotsCache: any RobotsCache
    /// Lends proxies to sources that ask through them.
    public let proxies: any ProxyLeasing
    /// How often the source's host may be asked, in the place of the published terms; `nil`: as published.
    public let hostTerms: HostTerms?
    /// Whether the job is tried again without end: a failure that can pass is then for the next attempt, after its
    /// pause, and not for more requests of this one.
    public let isRetriedEndlessly: Bool

    public init(
        job: JobID,
        attempt: Int,
        parameters: JSONValue,
        origin: String?,
        database: any Database,
        objects: any ObjectStore,
        progress: any ProgressReporting,
        workFolder: String,
        maxAttempts: Int = 1,
        requestBudget: any RequestBudget = LocalRequestBudget(),
        robotsCache: any RobotsCache = LocalRobotsCache(),
        proxies: any ProxyLeasing = DirectOnly(),
        hostTerms: HostTerms? = nil,
        isRetriedEndlessly: Bool = false
    ) {
        self.job = job
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.parameters = parameters
        self.origin = origin
        self.database = database
        self.objects = objects
        self.progress = progress
        self.workFolder = workFolder
        self.requestBudget = requestBudget
        self.robotsCache = robotsCache
        self.proxies = proxies
        self.hostTerms = hostTerms
        self.isRetriedEndlessly = isRetriedEndlessly
    }

    /// Whether no attempt follows this one, however it fails.
    public var isLast: Bool { attempt >= maxAttempts && !isRetriedEndlessly }

    /// Whether another attempt follows when this one ends with an error: what it has finished is kept for that.
    public func isFollowed(after error: any Error) -> Bool {
        !isLast && !(error is CancellationError) && JobFailure(describing: error).isTransient
    }
}

/// Where a running attempt tells how far it is.
///
/// Calls return at once; delivery happens behind them, in order.
public protocol ProgressReporting: Sendable {
    /// - Parameter fraction: of the whole job, 0 to 1.
    func progress(_ fraction: Double, _ message: String)
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?)
    /// One line for the job's log.
    func log(_ line: String)
}
