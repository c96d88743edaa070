import HTTPTypes
import Hummingbird
import IngotCore
import Logging
import ServiceLifecycle
import Synchronization
import SystemPackage

/// Decides who may do what, before any route is asked, and sees to it that changes are in the audit log.
final class AccessControl: Sendable {
    let configuration: AccessConfiguration
    let ring: APIKeyRing
    let keys: APIKeyStore
    let audit: AuditLog
    let sessions: SessionTable
    private let logger: Logger
    private let hosts: HostCheck
    private let proxies: Set<IPAddress>
    private let localKeyFile: FilePath
    /// The source of a job; `nil` when there is no such job.
    private let sourceOfJob: @Sendable (JobID) async throws -> String?
    let now: @Sendable () -> Timestamp
    let uptime: @Sendable () -> ContinuousClock.Instant

    private struct State {
        /// Nobody is let in before it is known who may be.
        var isOpen = false
        var requests: TokenBuckets<String>
        var failures: TokenBuckets<[UInt8]>
        /// Questions to the store about jobs, by those whose token fits nothing in memory.
        var jobLookups: TokenBuckets<[UInt8]>
        /// Questions to the store about keys that are not in memory, by all callers together.
        var keyLookups = TokenBuckets<String>(rate: 1, burst: 20, maximumCount: 1)
    }

    private let state: Mutex<State>

    /// Names in each of the tables that count requests.
    static let maximumNames = 10_000

    /// - Parameters:
    ///   - gateway: the gateway's name, which tells its cookies from those of others on the same host.
    ///   - host: that the gateway was told to listen on.
    ///   - uptime: a clock that nobody sets.
    /// - Throws: ``GatewayError`` for settings that make no sense.
    init(
        configuration: AccessConfiguration,
        gateway: String,
        host: String,
        localKey: APIKeySecret,
        localKeyFile: FilePath,
        database: any Database,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sourceOfJob: @escaping @Sendable (JobID) async throws -> String?
    ) throws {
        self.configuration = configuration
        self.localKeyFile = localKeyFile
        self.logger = logger
        sessions = SessionTable(gateway: gateway)
        self.sourceOfJob = sourceOfJob
        self.now = now
        self.uptime = uptime
        ring = APIKeyRing(local: localKey)
        keys = APIKeyStore(database: database)
        audit = AuditLog(store: AuditStore(database: database), logger: logger, now: now, uptime: uptime)
        hosts = try HostCheck(host: host, allowed: configuration.allowedHosts)
        proxies = Set(
            try configuration.trustedProxies.map { text in
                guard let address = IPAddress(unmapping: text) else {
                    throw GatewayError(
                        code: .accessUnusable,
                        message: "'\(text)' is not the address of a proxy.",
                        advice: "--trusted-proxy takes an address such as 10.0.0.7."
                    )
                }
                return address
            }
        )
        state = Mutex(
            State(
                requests: TokenBuckets(
                    rate: configuration.requestsPerSecond,
                    burst: configuration.requestBurst,
                    maximumCount: Self.maximumNames
                ),
                failures: TokenBuckets(
                    rate: configuration.failuresPerSecond,
                    burst: configuration.failureBurst,
                    maximumCount: Self.maximumNames
                ),
                jobLookups: TokenBuckets(
                    rate: configuration.failuresPerSecond,
                    burst: configuration.failureBurst,
                    maximumCount: Self.maximumNames
                )
            )
        )
    }

    /// What runs beside the server.
    func services(logger: Logger) -> [any Service] {
        [audit, APIKeySynchronizer(ring: ring, store: keys, logger: logger)]
    }

    // MARK: - Start

    /// Makes the tables that are missing and reads the keys.
    ///
    /// - Throws: `DatabaseError`.
    func prepare() async throws {
        try await keys.prepare()
        ring.load(try await keys.all())
    }

    /// Looks whether callers may be let in.
    ///
    /// - Parameter address: that the gateway listens on.
    /// - Throws: ``GatewayError`` when that address must not be open to whom the settings let in.
    func check(listeningOn address: String?) throws {
        let isLoopback = address.flatMap { IPAddress(unmapping: $0) }?.isLoopback ?? false
        if let role = configuration.anonymousRole {
            guard isLoopback, proxies.isEmpty else {
                throw GatewayError(
                    code: .accessUnusable,
                    message: "Without a key nobody may be \(role.rawValue) of a gateway that others can reach.",
                    advice: "Leave --anonymous out, or listen on 127.0.0.1 without --trusted-proxy."
                )
            }
            logger.warning(
                """
                Everybody on this machine may use the gateway without a key; put no proxy in front of it, which would \
                let in others
                """,
                metadata: ["role": "\(role.rawValue)"]
            )
        }
        guard isLoopback || ring.hasValidKey(at: now()) else {
            throw GatewayError(
                code: .accessUnusable,
                message: "The gateway would listen on \(address ?? "an address") that others can reach, and has no "
                    + "API key to tell them apart by.",
                advice: "Make the first one with: ingot keys create --data '\(localKeyFile.removingLastComponent())' "
                    + "--role operator --name NAME"
            )
        }
    }

    /// Lets callers in.
    func open() { state.withLock { $0.isOpen = true } }

    // MARK: - Requests

    /// Where a request comes from.
    func client(of request: Request, _ context: GatewayContext) -> ClientAddress {
        ClientAddress(peer: context.remoteAddress, headers: request.headers, trustedProxies: proxies)
    }

    /// Refuses requests for somebody else's name.
    ///
    /// - Throws: ``Problem``.
    func checkHost(of request: Request) throws {
        guard let authority = request.head.authority, !authority.isEmpty else {
            throw Problem.invalidHeader("Host", "is missing")
        }
        // A target in absolute form names a host too, and that one counts (RFC 9112, section 3.2.2).
        for host in [authority, request.uri.host].compactMap({ $0 }) where !hosts.accepts(host) {
            throw Problem.wrongHost(String(host.prefix(255)))
        }
    }

    /// Answers a request on a route if its caller may use it.
    ///
    /// - Throws: ``Problem``, and what the handler throws.
    func respond(
        to request: Request,
        on route: Route,
        _ context: GatewayContext,
        _ handler: RouteTable.Handler
    ) async throws -> Response {
        var context = context
        switch route.access {
        case .open: return try await handler(request, context)
        case .attempt: return try await attempt(request, route, context, handler)
        case .session:
            try checkOpen()
            return try await audited(request, route, context, nil, handler)
        case .page:
            try checkOpen()
            do { context.caller = try await identify(request, context).0 } catch let problem as Problem
                where problem.status == .unauthorized
            {
                // Only whoever sends a key has tried one.
                guard request.headers[.authorization] == nil else { throw failure(problem, request, route, context) }
                return Self.signIn(comingFrom: request)
            }
            return try await handler(request, context)
        case .role(let role):
            try checkOpen()
            let (caller, means) = try await authenticate(request, route, context)
            context.caller = caller
            context.standing = standing(of: caller, means)
            guard route.isAudited else {
                try await authorize(caller, as: role, request, route, context)
                return try await handler(request, context)
            }
            return try await audited(request, route, context, caller) { [self] request, context in
                if route.changes { try checkSite(of: request, means) }
                try await authorize(caller, as: role, request, route, context)
                return try await handler(request, context)
            }
        }
    }

    /// Sends a browser to the page for signing in, which sends it back.
    private static func signIn(comingFrom request: Request) -> Response {
        let place = PercentEncoding.encode(request.uri.string)
        return Response(
            status: .seeOther,
            headers: [.location: "/sign-in?to=\(place)", .cacheControl: "no-store"]
        )
    }

    private func checkOpen() throws {
        guard state.withLock(\.isOpen) else {
            throw Problem.unavailable("The gateway is being started.")
        }
    }

    /// Whether the caller of a request may go on with what it was let in for.
    private func standing(of caller: Caller, _ means: Means) -> CallerStanding {
        CallerStanding { [self] in
            switch means {
            case .anonymous: true
            case .key: ring.isGood(caller.id, at: now())
            case .session(let id): sessions.key(of: id, at: uptime()) == caller.id && ring.isGood(caller.id, at: now())
            }
        }
    }

    /// Lets somebody whose token fits nothing in memory ask the store about a job, a bounded number of times.
    ///
    /// - Throws: ``Problem`` 429.
    func admitJobLookup(_ request: Request, _ context: GatewayContext) throws {
        let now = uptime()
        let network = client(of: request, context).address?.network ?? []
        if let delay = state.withLock({ $0.jobLookups.take(network, at: now) }) {
            throw Problem.tooMany(
                "too-many-failures",
                "Too many requests from this address had no good token.",
                retryAfter: delay
            )
        }
    }

    /// A runner's report: the route checks the token, and a wrong one counts as a failure of its address.
    private func attempt(
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext,
        _ handler: RouteTable.Handler
    ) async throws -> Response {
        do { return try await handler(request, context) } catch let problem as Problem
            where problem.status == .unauthorized
        {
            // A local runner shares its address with all others of this machine, and is told at once what is wrong.
            throw failure(problem, request, route, context, isLimited: !client(of: request, context).isLocal)
        }
    }

    /// How a caller was recognised.
    enum Means: Sendable {
        case key
        case session(String)
        case anonymous
    }

    /// Who sends a request.
    private func authenticate(
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext
    ) async throws -> (Caller, Means) {
        let caller: Caller
        let means: Means
        do {
            (caller, means) = try await identify(request, context)
        } catch let problem as Problem {
            throw failure(problem, request, route, context)
        }
        try limit(caller)
        return (caller, means)
    }

    private func identify(_ request: Request, _ context: GatewayContext) async throws -> (Caller, Means) {
        let advice = advice(for: request, context)
        if request.headers[.authorization] != nil {
            guard let key = request.bearerCredential else { throw Problem.key(.unknown, advice: advice) }
            return (try await owner(of: key, advice: advice), .key)
        }
        let cookie = sessionID(request)
        if let cookie, let key = sessions.key(of: cookie, at: uptime()),
            let caller = try? ring.caller(ofKey: key, at: now())
        {
            return (caller, .session(cookie))
        }
        // What a proxy hands on comes from anywhere.
        if let role = configuration.anonymousRole, !ClientAddress.isForwarded(request.headers) {
            return (Caller(id: "anonymous", role: role), .anonymous)
        }
        throw cookie == nil ? Problem.keyMissing(advice: advice) : Problem.sessionEnded(advice: advice)
    }

    /// Who presents a key on the route that opens sessions.
    ///
    /// - Throws: ``Problem`` for a key that opens nothing, and for too many requests.
    func caller(presenting key: String, _ request: Request, _ context: GatewayContext) async throws -> Caller {
        let caller = try await owner(of: key, advice: advice(for: request, context))
        context.auditSubject?.recognise(caller)
        try limit(caller)
        return caller
    }

    /// Whom a key belongs to; one that is not in memory may have been made by another gateway on the same database.
    private func owner(of key: String, advice: String) async throws -> Caller {
        do { return try ring.caller(presenting: key, at: now()) } catch KeyRefusal.unknown {
            // Below, unless the store may not be asked now.
        } catch {
            throw Problem.key(error, advice: advice)
        }
        let uptime = uptime()
        if let id = APIKeySecret(key)?.id, ring.key(id) == nil,
            state.withLock({ $0.keyLookups.take("", at: uptime) }) == nil, let row = try await keys.key(id)
        {
            ring.take(row)
        }
        do { return try ring.caller(presenting: key, at: now()) } catch { throw Problem.key(error, advice: advice) }
    }

    /// The session that a request's cookie names.
    func sessionID(_ request: Request) -> String? {
        let name = sessions.cookieName(isSecure: Self.needsSecureCookie(request))
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].trimmingSpaces == name {
                    return parts[1].trimmingSpaces
                }
            }
        }
        return nil
    }

    /// Whether a session's cookie for this request is sent over TLS only: always but on this machine.
    static func needsSecureCookie(_ request: Request) -> Bool {
        !GatewayAddress.isLoopback(authority: request.head.authority ?? "")
    }

    /// How to pass a key; where one lies is told to this machine only.
    func advice(for request: Request, _ context: GatewayContext) -> String {
        let how = "Send an API key as 'Authorization: Bearer KEY'."
        guard client(of: request, context).isLocal else {
            return how + " Whoever runs the gateway makes one with `ingot keys create`."
        }
        return how + " The local one lies in \(localKeyFile); `ingot keys create` makes others."
    }

    private func limit(_ caller: Caller) throws {
        // Whoever can read the data folder can stop the gateway as well.
        guard caller != APIKeyRing.localCaller else { return }
        let now = uptime()
        if let delay = state.withLock({ $0.requests.take(caller.id, at: now) }) {
            throw Problem.tooMany("too-many-requests", "The key makes too many requests.", retryAfter: delay)
        }
    }

    /// Counts a request that was refused before anybody was recognised.
    ///
    /// Whoever has a good key is never refused for what others of the same address do.
    ///
    /// - Returns: what to answer: the problem, or 429 when there were too many.
    private func failure(
        _ problem: Problem,
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext,
        isLimited: Bool = true
    ) -> Problem {
        let now = uptime()
        let network = client(of: request, context).address?.network ?? []
        audit.noteFailure(entry(request, route, context, caller: nil, outcome: Self.outcome(problem)))
        guard isLimited, let delay = state.withLock({ $0.failures.take(network, at: now) }) else { return problem }
        return Problem.tooMany(
            "too-many-failures",
            "Too many requests from this address had no good key.",
            retryAfter: delay
        )
    }

    /// Refuses changes that a page of another site makes with what a browser sends by itself.
    private func checkSite(of request: Request, _ means: Means) throws {
        let authority = request.head.authority
        switch means {
        case .key: break
        case .session:
            guard CrossSiteCheck.isFromOwnPage(request.headers, authority: authority) else { throw Problem.crossSite }
        case .anonymous:
            // A command line says nothing about pages; a browser always does when it is another site's.
            if CrossSiteCheck.isFromAnotherSite(request.headers, authority: authority) { throw Problem.crossSite }
        }
    }

    /// Whether a caller may use a route for what the request names.
    private func authorize(
        _ caller: Caller,
        as role: Role,
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext
    ) async throws {
        guard caller.role >= role else { throw Problem.roleTooSmall(caller, needed: role) }
        guard caller.sources != nil else { return }
        let name = Route.sourceParameter
        let named = [context.parameters.get(name), request.query(name)].compactMap { $0 }
        if let foreign = named.first(where: { !caller.mayUse(source: $0) }) {
            throw Problem.sourceOutOfScope(foreign, needed: role, caller)
        }
        if let name = route.jobParameter, let text = context.parameters.get(name), let id = JobID(text) {
            guard let source = try await sourceOfJob(id), caller.mayUse(source: source) else {
                throw Problem.unknownJob(text)
            }
        }
    }

    // MARK: - Audit

    /// Makes a change and writes who made it, before the answer is sent.
    private func audited(
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext,
        _ caller: Caller?,
        _ change: RouteTable.Handler
    ) async throws -> Response {
        guard await audit.canWrite() else {
            throw Problem.unavailable("The audit log cannot be written, so nothing is changed.")
        }
        let subject = AuditSubject(caller) { [self, context] subject, place in
            var line = self.entry(request, route, context, caller: subject.caller, outcome: "202")
            line.details = Self.details(ofPlace: place)
            await audit.record(line)
        }
        var observed = context
        observed.auditSubject = subject
        let result: Result<Response, any Error>
        do { result = .success(try await change(request, observed)) } catch { result = .failure(error) }
        var details: [String: JSONValue] = [:]
        let outcome: String
        switch result {
        case .success(let response):
            outcome = "\(response.status.code)"
            if let place = response.headers[.location] ?? response.headers.value(named: "Content-Location") {
                details = Self.details(ofPlace: place)
            }
        case .failure(let error):
            let problem = Problem.from(error)
            outcome = Self.outcome(problem)
            // What strangers send must not fill the log, whatever is wrong with it.
            if subject.caller == nil { throw failure(problem, request, route, context) }
        }
        guard !subject.isRecorded else { return try result.get() }
        var line = self.entry(request, route, context, caller: subject.caller, outcome: outcome)
        line.details = details
        await audit.record(line)
        return try result.get()
    }

    /// What an entry says of the address of what was made.
    private static func details(ofPlace place: String) -> [String: JSONValue] {
        var details: [String: JSONValue] = ["location": .string(place)]
        if let job = place.split(separator: "/").last.flatMap({ JobID(String($0)) }) {
            details["job"] = .string(job.rawValue)
        }
        return details
    }

    private func entry(
        _ request: Request,
        _ route: Route,
        _ context: GatewayContext,
        caller: Caller?,
        outcome: String
    ) -> AuditEntry {
        let time = now()
        return AuditEntry(
            id: audit.nextID(at: time),
            at: time,
            caller: caller?.id,
            role: caller?.role,
            remoteAddress: client(of: request, context).text,
            action: "\(route.method.rawValue) \(route.path)",
            target: CredentialMask.masked(request.uri.path),
            outcome: outcome,
            requestID: context.requestID
        )
    }

    private static func outcome(_ problem: Problem) -> String { "\(problem.status.code) \(problem.type)" }
}

/// Whom an entry of the audit log is about, and whether it is written; a route that knows more than its caller says so.
final class AuditSubject: Sendable {
    private struct State {
        var caller: Caller?
        var isRecorded = false
    }

    private let state: Mutex<State>
    private let record: @Sendable (AuditSubject, _ place: String) async -> Void

    /// - Parameter record: writes the entry of a change whose answer is still to come.
    init(_ caller: Caller?, record: @escaping @Sendable (AuditSubject, _ place: String) async -> Void) {
        state = Mutex(State(caller: caller))
        self.record = record
    }

    var caller: Caller? { state.withLock(\.caller) }
    var isRecorded: Bool { state.withLock(\.isRecorded) }

    func recognise(_ caller: Caller) { state.withLock { $0.caller = caller } }

    /// Writes the entry now, as the change is made and the answer will take its time.
    ///
    /// - Parameter place: the address of what was made.
    func recordChange(at place: String) async {
        state.withLock { $0.isRecorded = true }
        await record(self, place)
    }
}
