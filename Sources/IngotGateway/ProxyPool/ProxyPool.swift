import IngotCore
import Logging
import ServiceLifecycle

/// Keeps proxies that work and lends them to runners.
///
/// Decisions are ``ProxyPoolState``'s; this makes the requests, writes down what came of them, and waits for the next
/// moment at which there is something to do. It does nothing unless there are sources.
actor ProxyPool: Service {
    /// The shortest time between two writes to the database.
    static let writeInterval: Duration = .seconds(3)
    /// The longest wait between two looks at the clock, which may have been set.
    private static let longestWait: Duration = .seconds(60)

    private let base: ProxyPoolSettings
    private let store: ProxyStore
    private let connections: ProxyConnections
    let metrics: GatewayMetrics
    private let logger: Logger
    let now: @Sendable () -> Timestamp
    var state: ProxyPoolState
    private var change = ProxyPoolChange()
    /// The gateway's own route for checks; `nil` until it is known.
    private var ownURL: String?
    private var isRestored = false
    private var churn = ProxyPoolStatus.Churn(checked: 0, success: 0)
    /// What the gateway itself is answered at the address of the checks.
    private var reference: (url: String, body: [UInt8], at: Timestamp)?
    private var checkError: String?
    private var checkErrorAt: Timestamp?
    private var lastWrite: Timestamp?
    var isLackReported = false
    var nextValid = OneValue<Void>()

    private enum Refresh { case none, wanted, underWay }
    private var refreshing = Refresh.none

    let signal: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>

    /// - Parameter settings: what holds unless it was changed over the API.
    init(
        settings: ProxyPoolSettings,
        store: ProxyStore,
        connections: ProxyConnections = ProxyConnections(),
        metrics: GatewayMetrics = GatewayMetrics(),
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        base = settings
        self.store = store
        self.connections = connections
        self.metrics = metrics
        self.logger = logger
        self.now = now
        state = ProxyPoolState(settings: settings)
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: - Start and work

    /// Makes the tables that are missing and reads what an earlier gateway has written.
    ///
    /// - Throws: `DatabaseError`.
    func prepare() async throws {
        let kept = try await store.open()
        guard !isRestored else { return }
        isRestored = true
        change = kept.change
        state = ProxyPoolState(settings: change.applied(to: base))
        state.restore(kept.proxies, kept.records)
        show()
    }

    /// Begins to fill the pool.
    ///
    /// - Parameter address: of this gateway, as it reaches itself.
    func open(at address: String) {
        ownURL = address + ProxyRoutes.checkPath
        signal.yield()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
        await write(isLast: true)
    }

    private func work() async {
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        for await _ in signals {
            timer?.cancel()
            guard !Task.isCancelled else { return }
            guard let delay = await step() else { continue }
            timer = Task { [signal] in
                if delay > .zero { guard (try? await Task.sleep(for: delay)) != nil else { return } }
                signal.yield()
            }
        }
    }

    /// Does what is due: fetches lists, checks one batch, writes down what has changed.
    ///
    /// - Returns: how long until there is something to do again; `nil` when nothing is until something happens.
    @discardableResult
    func step() async -> Duration? {
        guard isRestored, ownURL != nil, !state.settings.sources.isEmpty else {
            refreshing = .none
            await write()
            return nil
        }
        await fetchLists()
        let hasChecked = await checkBatch()
        await write()
        show()
        if hasChecked || refreshing == .wanted { return .zero }
        let time = now()
        var delay = state.nextLook(at: time).map {
            Duration.milliseconds($0.millisecondsSinceEpoch - time.millisecondsSinceEpoch)
        }
        if checkError != nil { delay = .seconds(30) }
        if state.hasChanges { delay = min(delay ?? Self.writeInterval, Self.writeInterval) }
        return delay.map { max(.milliseconds(200), min($0, Self.longestWait)) }
    }

    // MARK: - Lists

    private func fetchLists() async {
        let isAsked = refreshing == .wanted
        if isAsked { refreshing = .underWay }
        let reason: ProxyPoolState.FetchReason = isAsked ? .request : isLackReported ? .lack : .age
        isLackReported = false
        let sources = state.sourcesToFetch(at: now(), because: reason)
        let timeout = Duration.seconds(state.settings.sourceTimeout)
        await withTaskGroup(of: (ProxySource, Result<[ProxyEndpoint], any Error>).self) { [connections] group in
            for source in sources {
                group.addTask {
                    do { return (source, .success(try await connections.list(at: source.url, timeout: timeout))) } catch
                    {
                        return (source, .failure(error))
                    }
                }
            }
            for await (source, result) in group { take(result, of: source, isAsked: isAsked) }
        }
        if isAsked { refreshing = .none }
    }

    private func take(_ result: Result<[ProxyEndpoint], any Error>, of source: ProxySource, isAsked: Bool) {
        // The settings may have changed meanwhile.
        guard state.settings.sources.contains(source), !Task.isCancelled else { return }
        switch result {
        case .success(let list):
            state.take(list, of: source.name, at: now(), isAsked: isAsked)
            logger.debug("Proxies were listed", metadata: ["source": "\(source.name)", "count": "\(list.count)"])
        case .failure(let error):
            state.fail(source.name, "\(error)", at: now())
            logger.warning(
                "A list of proxies cannot be had",
                metadata: ["source": "\(source.name)", "error": "\(error)"]
            )
        }
    }

    /// Fetches the lists of all sources; one more question while that goes on adds nothing.
    func refresh() {
        guard refreshing == .none else { return }
        refreshing = .wanted
        signal.yield()
    }

    // MARK: - Checks

    /// The address of the checks.
    private var checkURL: String { state.settings.validationURL ?? ownURL ?? "" }

    /// Checks one batch.
    ///
    /// - Returns: false when there is nobody to check.
    private func checkBatch() async -> Bool {
        if checkError != nil, let since = checkErrorAt, since.advanced(by: .seconds(30)) > now(), since <= now() {
            return false
        }
        var generator = SystemRandomNumberGenerator()
        let batch = state.nextBatch(at: now(), using: &generator)
        guard !batch.isEmpty else { return false }
        guard let check = await currentCheck() else {
            for endpoint in batch { state.finish(endpoint, passed: nil, at: now()) }
            return false
        }
        let timeout = Duration.seconds(state.settings.checkTimeout)
        await withTaskGroup(of: (ProxyEndpoint, ProxyCheck.Outcome).self) { [connections] group in
            for endpoint in batch {
                group.addTask { (endpoint, await connections.check(endpoint, check, timeout: timeout)) }
            }
            for await (endpoint, outcome) in group { take(outcome, of: endpoint, check) }
        }
        state.judgeSources(at: now())
        return true
    }

    private func take(_ outcome: ProxyCheck.Outcome, of endpoint: ProxyEndpoint, _ check: ProxyCheck) {
        // A check that is cut off by the gateway's end, or was made by settings of before, says nothing.
        let isCurrent = check.url == checkURL && !Task.isCancelled
        let passed = outcome == .passed
        let before = state.valid.count
        state.finish(endpoint, passed: isCurrent ? passed : nil, at: now())
        guard isCurrent else { return }
        churn.checked += 1
        if passed { churn.success += 1 }
        metrics.proxyChecked(outcome)
        if state.valid.count > before {
            nextValid.succeed(())
            nextValid = OneValue()
        }
    }

    /// What proxies are checked with now; `nil` when that cannot be told.
    private func currentCheck() async -> ProxyCheck? {
        let settings = state.settings
        guard let url = settings.validationURL ?? ownURL else { return nil }
        if let text = settings.validationText ?? (settings.validationURL == nil ? ProxyRoutes.checkText : nil) {
            checkError = nil
            return ProxyCheck(url: url, expectation: .holding(text))
        }
        if let reference, reference.url == url, reference.at <= now(),
            reference.at.advanced(by: .seconds(settings.recheckAge)) > now()
        {
            return ProxyCheck(url: url, expectation: .equal(reference.body))
        }
        do {
            let timeout = Duration.seconds(settings.checkTimeout)
            let body = try await connections.page(url, timeout: timeout)
            guard try await connections.page(url, timeout: timeout) == body else {
                throw ProxyConnections.Failure(
                    description: "The page differs from one answer to the next; set validation_text."
                )
            }
            reference = (url, body, now())
            checkError = nil
            return ProxyCheck(url: url, expectation: .equal(body))
        } catch {
            checkError = "\(error)"
            checkErrorAt = now()
            logger.warning("Proxies cannot be checked", metadata: ["error": "\(error)"])
            return nil
        }
    }

    // MARK: - What is kept

    private func write(isLast: Bool = false) async {
        guard isRestored, state.hasChanges else { return }
        let time = now()
        if !isLast, let lastWrite, lastWrite <= time, lastWrite.advanced(by: Self.writeInterval) > time { return }
        lastWrite = time
        let (proxies, sources) = state.takeChanges()
        do {
            try await store.write(proxies, sources)
        } catch {
            state.putBack(proxies.keys, sources.keys)
            logger.warning("The proxies were not written down", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - For the API

    /// The valid proxies, in the order of their addresses.
    var list: [ProxyEndpoint] { state.valid.sorted() }

    var status: ProxyPoolStatus {
        let time = now()
        return ProxyPoolStatus(
            total: state.valid.count,
            validating: isKept && state.isValidating(at: time),
            sources: state.settings.sources.map(\.name),
            activeProxies: state.valid.count,
            totalRaw: state.knownCount,
            isActive: isKept,
            churnStats: churn,
            config: ProxyPoolStatus.Config(state.settings, validationURL: checkURL),
            bySource: state.sourceStatus(at: time),
            checkError: checkError
        )
    }

    var isKept: Bool { ownURL != nil && !state.settings.sources.isEmpty }

    /// Changes the settings for now and for later starts.
    ///
    /// - Throws: `DatabaseError`; then nothing has changed.
    func configure(_ new: ProxyPoolChange) async throws {
        while true {
            let before = change
            let merged = before.followed(by: new)
            try await store.write(merged, at: now())
            // Somebody else's change may have come between.
            guard change == before else { continue }
            change = merged
            break
        }
        state.set(change.applied(to: base))
        checkError = nil
        show()
        signal.yield()
    }

    // MARK: - Metrics

    func show() {
        metrics.show(
            validProxies: state.valid.count,
            of: state.settings.targetCount,
            sources: state.settings.sources.count,
            failing: state.records.values.count { $0.error != nil }
        )
    }
}
