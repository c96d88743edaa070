/// Everything that a fresh runner is told: which job, where to report, where the stores are.
///
/// It travels as settings by name (``settings``): in a container's environment, or as one JSON object on a file
/// descriptor, never in arguments.
public struct Assignment: Sendable {
    public var job: JobID
    public var source: String
    public var parameters: JSONValue
    public var attempt: Int
    /// How many attempts the job may have in all: after a failure that can pass, another one follows the attempts
    /// before the last.
    public var maxAttempts: Int
    /// Opens this attempt's progress route and nothing else.
    public var token: Secret?
    /// The gateway's address as the runner reaches it; `nil` for a runner that runs without one.
    public var gateway: String?
    public var origin: String?
    public var storage: StorageSettings
    /// How the runner asks upstream; `nil`: as its own settings say.
    public var fetchSettings: FetchSettings?
    /// Whether the runner reports its log, to a gateway that cannot read what it writes.
    public var reportsLog: Bool
    /// The trace that the job is part of, and the gateway's span for this attempt.
    public var trace: TraceContext?
    /// How often the source's host may be asked, in the place of the published terms.
    public var hostTerms: HostTerms?
    /// Whether the job is tried again without end.
    public var isRetriedEndlessly: Bool
    /// A folder for the attempt's own files; `nil`: the runner makes one.
    public var workFolder: String?

    public init(
        job: JobID,
        source: String,
        parameters: JSONValue,
        attempt: Int,
        token: Secret?,
        gateway: String?,
        origin: String?,
        storage: StorageSettings,
        workFolder: String? = nil,
        maxAttempts: Int = 1,
        fetchSettings: FetchSettings? = nil,
        reportsLog: Bool = false,
        trace: TraceContext? = nil,
        hostTerms: HostTerms? = nil,
        isRetriedEndlessly: Bool = false
    ) {
        self.trace = trace
        self.hostTerms = hostTerms
        self.isRetriedEndlessly = isRetriedEndlessly
        self.job = job
        self.source = source
        self.parameters = parameters
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.token = token
        self.gateway = gateway
        self.origin = origin
        self.storage = storage
        self.fetchSettings = fetchSettings
        self.reportsLog = reportsLog
        self.workFolder = workFolder
    }
}

extension Assignment {
    /// The names of the settings that carry an assignment.
    public enum Name {
        public static let job = "INGOT_JOB_ID"
        public static let source = "INGOT_SOURCE"
        public static let parameters = "INGOT_PARAMETERS"
        public static let attempt = "INGOT_ATTEMPT"
        public static let maxAttempts = "INGOT_MAX_ATTEMPTS"
        public static let token = "INGOT_ATTEMPT_TOKEN"
        public static let gateway = "INGOT_GATEWAY_URL"
        public static let origin = "INGOT_ORIGIN"
        public static let workFolder = "INGOT_WORK_FOLDER"
        /// `1`: the log is reported as well as written.
        public static let reportLog = "INGOT_REPORT_LOG"
        /// `traceparent` and `tracestate` of W3C Trace Context.
        public static let traceParent = "INGOT_TRACEPARENT"
        public static let traceState = "INGOT_TRACESTATE"
        /// The most requests that the source's host may get in an hour.
        public static let requestsPerHour = "INGOT_HOST_REQUESTS_PER_HOUR"
        /// `1`: the job is tried again without end.
        public static let endless = "INGOT_RETRIED_ENDLESSLY"
        /// The file descriptor from which to read more settings, as one JSON object of strings.
        public static let descriptor = "INGOT_SETTINGS_FD"
    }

    /// The assignment as settings by name; holds secrets.
    public var settings: [String: String] {
        var settings = storage.settings.merging(fetchSettings?.settings ?? [:]) { storage, _ in storage }
        settings[Name.job] = job.rawValue
        settings[Name.source] = source
        settings[Name.parameters] = parameters.canonicalText
        settings[Name.attempt] = String(attempt)
        settings[Name.maxAttempts] = String(maxAttempts)
        settings[Name.token] = token?.revealed
        settings[Name.gateway] = gateway
        settings[Name.origin] = origin
        settings[Name.workFolder] = workFolder
        if reportsLog { settings[Name.reportLog] = "1" }
        settings[Name.traceParent] = trace?.parent
        settings[Name.traceState] = trace?.state
        settings[Name.requestsPerHour] = hostTerms?.requestsPerHour.map(String.init)
        if isRetriedEndlessly { settings[Name.endless] = "1" }
        return settings
    }

    /// Reads an assignment from settings by name.
    ///
    /// A missing job id means a run of its own, so a new one is made; a missing attempt is the first.
    ///
    /// - Throws: ``SettingsError``.
    public init(settings: Settings) throws {
        guard let source = try settings.string(Name.source) else { throw SettingsError.missing(Name.source) }
        var parameters = JSONValue.object([:])
        if let text = try settings.string(Name.parameters) {
            do { parameters = try JSONValue(parsing: text.utf8) } catch {
                throw SettingsError.malformed(Name.parameters, "not JSON")
            }
        }
        var job = JobID.make()
        if let text = try settings.string(Name.job) {
            guard let id = JobID(text) else { throw SettingsError.malformed(Name.job, "not a UUID of version 7") }
            job = id
        }
        self.init(
            job: job,
            source: source,
            parameters: parameters,
            attempt: try Self.positive(Name.attempt, settings),
            token: try settings.string(Name.token).map(Secret.init),
            gateway: try settings.string(Name.gateway),
            origin: try settings.string(Name.origin),
            storage: try StorageSettings(settings: settings),
            workFolder: try settings.string(Name.workFolder),
            maxAttempts: try Self.positive(Name.maxAttempts, settings),
            reportsLog: try settings.string(Name.reportLog) == "1",
            trace: TraceContext(
                parents: try settings.string(Name.traceParent).map { [$0] } ?? [],
                states: try settings.string(Name.traceState).map { [$0] } ?? []
            ),
            hostTerms: try Self.hostTerms(settings),
            isRetriedEndlessly: try settings.string(Name.endless) == "1"
        )
    }

    private static func hostTerms(_ settings: Settings) throws -> HostTerms? {
        guard let text = try settings.string(Name.requestsPerHour) else { return nil }
        guard let number = Int(text), HostTerms.hourlyRequests.contains(number) else {
            throw SettingsError.malformed(Name.requestsPerHour, "not a number of requests")
        }
        return HostTerms(requestsPerHour: number)
    }

    /// A number that is 1 when it is not set.
    private static func positive(_ name: String, _ settings: Settings) throws -> Int {
        guard let text = try settings.string(name) else { return 1 }
        guard let number = Int(text), number > 0 else { throw SettingsError.malformed(name, "not a positive number") }
        return number
    }
}
