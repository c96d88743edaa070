import IngotCore

/// The pool of proxies as a value: which there are, whom to check next, which sources to ask.
///
/// It knows no clock and asks nobody, so that all of its decisions can be tested. Whom it lends proxies to is in
/// ``ProxyLoans``.
struct ProxyPoolState: Sendable {
    /// The most proxies that are known at a time, of all sources.
    static let maximumProxies = 50_000
    /// The shortest time between two fetches of a list that nobody has asked for.
    static let leastSourceAge: Duration = .seconds(60)
    /// The same while runners wait for a proxy.
    static let leastSourceAgeInWant: Duration = .seconds(10)
    /// The least checks of a batch, where there are so many proxies.
    static let leastBatch = 10

    private(set) var settings: ProxyPoolSettings
    var proxies: [ProxyEndpoint: PooledProxy] = [:]
    var valid: Set<ProxyEndpoint> = []
    private(set) var records: [String: ProxySourceRecord] = [:]
    var loans = ProxyLoans()
    /// First checks, for an estimate of how many it takes to find a good proxy.
    private var checked = 0
    private var succeeded = 0
    /// What is to be written down: proxies that have changed since ``takeChanges()``.
    var changed: Set<ProxyEndpoint> = []
    private var changedSources: Set<String> = []

    init(settings: ProxyPoolSettings) {
        self.settings = settings
        for source in settings.sources { records[source.name] = ProxySourceRecord() }
    }

    // MARK: - Settings

    /// Goes over to other settings; what they say other checks of is to be checked anew.
    mutating func set(_ settings: ProxyPoolSettings) {
        let old = self.settings
        self.settings = settings
        let kept = Set(settings.sources).intersection(old.sources)
        for source in settings.sources where !kept.contains(source) { records[source.name] = ProxySourceRecord() }
        for source in old.sources where !kept.contains(source) {
            if !settings.sources.contains(where: { $0.name == source.name }) { records[source.name] = nil }
            changedSources.insert(source.name)
            for endpoint in Array(proxies.keys) { forget(source.name, of: endpoint) }
        }
        guard settings.validationURL != old.validationURL || settings.validationText != old.validationText else {
            return
        }
        for endpoint in valid { proxies[endpoint]?.isUnconfirmed = true }
        // Whoever failed under other rules is not known to fail under these.
        for (endpoint, proxy) in proxies where !proxy.isValid && proxy.strikes > 0 {
            proxies[endpoint]?.strikes = 0
            proxies[endpoint]?.restUntil = nil
            changed.insert(endpoint)
        }
    }

    private mutating func forget(_ source: String, of endpoint: ProxyEndpoint) {
        guard proxies[endpoint]?.sources.remove(source) != nil else { return }
        changed.insert(endpoint)
        if proxies[endpoint]?.sources.isEmpty == true { remove(endpoint) }
    }

    private mutating func remove(_ endpoint: ProxyEndpoint) {
        proxies[endpoint] = nil
        valid.remove(endpoint)
        loans.end(endpoint)
        changed.insert(endpoint)
    }

    // MARK: - What was kept

    /// Takes up what an earlier process has written down; valid proxies are there at once, and are checked first.
    mutating func restore(_ kept: [ProxyEndpoint: PooledProxy], _ keptRecords: [String: ProxySourceRecord]) {
        let known = Set(settings.sources.map(\.name))
        for (name, record) in keptRecords where known.contains(name) { records[name] = record }
        for (endpoint, proxy) in kept.prefix(Self.maximumProxies) {
            var proxy = proxy
            proxy.sources.formIntersection(known)
            guard !proxy.sources.isEmpty else {
                changed.insert(endpoint)
                continue
            }
            proxy.isUnconfirmed = proxy.isValid
            proxies[endpoint] = proxy
            if proxy.isValid { valid.insert(endpoint) }
        }
        // Their lists are not kept, only what came of them.
        for name in known {
            records[name]?.fetchedAt = nil
            records[name]?.triedAt = nil
        }
    }

    /// What is to be written down since the last call; a proxy that is `nil` is to be removed.
    mutating func takeChanges() -> (proxies: [ProxyEndpoint: PooledProxy?], sources: [String: ProxySourceRecord?]) {
        defer {
            changed = []
            changedSources = []
        }
        var taken: [ProxyEndpoint: PooledProxy?] = [:]
        for endpoint in changed {
            // One that was never checked is in its source's list.
            let proxy = proxies[endpoint].flatMap { $0.isValid || $0.strikes > 0 ? $0 : nil }
            taken.updateValue(proxy, forKey: endpoint)
        }
        var sources: [String: ProxySourceRecord?] = [:]
        for name in changedSources { sources.updateValue(records[name], forKey: name) }
        return (taken, sources)
    }

    /// Marks what could not be written down.
    mutating func putBack(_ proxies: some Sequence<ProxyEndpoint>, _ sources: some Sequence<String>) {
        changed.formUnion(proxies)
        changedSources.formUnion(sources)
    }

    var hasChanges: Bool { !changed.isEmpty || !changedSources.isEmpty }

    // MARK: - Sources

    /// Why lists are fetched.
    enum FetchReason: Sendable {
        /// They are too old, or there is nothing left to check.
        case age
        /// A runner waits, and there is no proxy for it.
        case lack
        /// Somebody asks for it, whatever the age and quality of the lists.
        case request
    }

    /// The sources whose lists are to be fetched now.
    func sourcesToFetch(at now: Timestamp, because reason: FetchReason = .age) -> [ProxySource] {
        if reason == .request { return settings.sources }
        let age = reason == .lack ? Self.leastSourceAgeInWant : sourceAge(at: now)
        return settings.sources.filter { source in
            guard let record = records[source.name], !record.isQuarantined(at: now) else { return false }
            return record.triedAt.map { $0.advanced(by: age) <= now || $0 > now } ?? true
        }
    }

    /// The age at which lists are fetched again by themselves.
    private func sourceAge(at now: Timestamp) -> Duration {
        let age = Duration.seconds(settings.sourceAge)
        let runsOut = need > 0 && !hasEligible(at: now) && !proxies.values.contains { $0.isBeingChecked }
        return runsOut ? min(Self.leastSourceAge, age) : age
    }

    /// Takes a source's list: what it has no more is forgotten, unless it is valid.
    mutating func take(_ list: [ProxyEndpoint], of source: String, at now: Timestamp, isAsked: Bool = false) {
        guard records[source] != nil else { return }
        records[source]?.fetchedAt = now
        records[source]?.triedAt = now
        records[source]?.error = nil
        if isAsked { records[source]?.quarantinedUntil = nil }
        changedSources.insert(source)
        let listed = Set(list)
        for (endpoint, proxy) in proxies
        where proxy.sources.contains(source) && !listed.contains(endpoint) && !proxy.isValid && !proxy.isBeingChecked {
            forget(source, of: endpoint)
        }
        for endpoint in list {
            guard proxies[endpoint] != nil || proxies.count < Self.maximumProxies else { break }
            var proxy = proxies[endpoint] ?? PooledProxy()
            proxy.sources.insert(source)
            // One that was given up gets another chance, with one strike left, once it has rested.
            if proxy.strikes >= PooledProxy.maximumStrikes, proxy.isRested(at: now) {
                proxy.strikes = PooledProxy.maximumStrikes - 1
            }
            proxies[endpoint] = proxy
        }
    }

    /// Notes that a source's list cannot be had; what it has given stays.
    mutating func fail(_ source: String, _ error: String, at now: Timestamp) {
        guard records[source] != nil else { return }
        records[source]?.triedAt = now
        records[source]?.error = error
        changedSources.insert(source)
    }

    // MARK: - Checks

    /// How many valid proxies are missing.
    var need: Int { settings.sources.isEmpty ? 0 : max(0, settings.targetCount - valid.count) }

    /// Whether proxies are looked for: some are missing, and there are some to check.
    func isValidating(at now: Timestamp) -> Bool {
        need > 0 && (hasEligible(at: now) || proxies.values.contains { $0.isBeingChecked && !$0.isValid })
    }

    private func hasEligible(at now: Timestamp) -> Bool { proxies.values.contains { isEligible($0, at: now) } }

    private func isEligible(_ proxy: PooledProxy, at now: Timestamp) -> Bool {
        proxy.isCandidate && !proxy.isBeingChecked && proxy.isRested(at: now)
            && proxy.sources.contains { records[$0]?.isQuarantined(at: now) == false }
    }

    private func isDueAgain(_ proxy: PooledProxy, at now: Timestamp) -> Bool {
        guard proxy.isValid, !proxy.isBeingChecked else { return false }
        guard !proxy.isUnconfirmed, let checkedAt = proxy.checkedAt else { return true }
        // A clock that was set back must not keep a proxy from being looked at.
        return checkedAt > now || checkedAt.advanced(by: .seconds(settings.recheckAge)) <= now
    }

    /// Whom to check now, at most as many as may be checked at once: first those whose last check is too old, then as
    /// many others, drawn at random, as it probably takes to fill the pool.
    mutating func nextBatch(at now: Timestamp, using generator: inout some RandomNumberGenerator) -> [ProxyEndpoint] {
        guard !settings.sources.isEmpty else { return [] }
        func age(_ endpoint: ProxyEndpoint) -> Int64 { proxies[endpoint]?.checkedAt?.millisecondsSinceEpoch ?? 0 }
        let due = valid.filter { proxies[$0].map { isDueAgain($0, at: now) } ?? false }
        var batch = Array(due.sorted { (age($0), $0) < (age($1), $1) }.prefix(settings.concurrency))
        // What is not confirmed yet may be missing in a moment; whether it is comes first.
        let isConfirming = batch.contains { proxies[$0]?.isUnconfirmed == true }
        if need > 0, !isConfirming {
            let share = Double(succeeded + 1) / Double(checked + 2)
            let wanted = max(Self.leastBatch, Int((Double(need) / share).rounded(.up)))
            let eligible = proxies.filter { isEligible($0.value, at: now) }.map(\.key).sorted()
            batch += eligible.shuffled(using: &generator).prefix(min(wanted, settings.concurrency - batch.count))
        }
        for endpoint in batch { proxies[endpoint]?.isBeingChecked = true }
        return batch
    }

    /// Puts sources aside that have shown to be bad, now that a batch is over.
    mutating func judgeSources(at now: Timestamp) {
        for (name, record) in records {
            var judged = record
            judged.judge(at: now)
            guard judged != record else { continue }
            records[name] = judged
            changedSources.insert(name)
        }
    }

    /// Takes the result of a check.
    ///
    /// - Parameter passed: `nil`: it says nothing, because the settings have changed meanwhile.
    mutating func finish(_ endpoint: ProxyEndpoint, passed: Bool?, at now: Timestamp) {
        guard var proxy = proxies[endpoint] else { return }
        proxy.isBeingChecked = false
        let wasValid = proxy.isValid
        if let passed {
            if !wasValid {
                count(passed: passed)
                for source in proxy.sources {
                    records[source]?.count(passed: passed, at: now)
                    changedSources.insert(source)
                }
            }
            if passed {
                proxy.pass(at: now)
            } else {
                proxy.checkedAt = now
                proxy.strike(at: now)
            }
            changed.insert(endpoint)
        }
        proxies[endpoint] = proxy
        if proxy.isValid {
            valid.insert(endpoint)
        } else if wasValid {
            valid.remove(endpoint)
            loans.end(endpoint)
        }
    }

    private mutating func count(passed: Bool) {
        checked += 1
        if passed { succeeded += 1 }
        // The last few hundred count.
        if checked >= 1000 {
            checked /= 2
            succeeded /= 2
        }
    }

    /// When there is something to do next without anything happening; `nil`: never.
    func nextLook(at now: Timestamp) -> Timestamp? {
        var moments: [Timestamp] = []
        let age = sourceAge(at: now)
        for source in settings.sources {
            guard let record = records[source.name] else { continue }
            let fetch = record.triedAt?.advanced(by: age) ?? now
            moments.append(max(fetch, record.quarantinedUntil ?? fetch))
            if need > 0, let end = record.quarantinedUntil, end > now { moments.append(end) }
        }
        for proxy in proxies.values where !proxy.isBeingChecked {
            if proxy.isValid {
                let next = proxy.checkedAt?.advanced(by: .seconds(settings.recheckAge))
                moments.append(proxy.isUnconfirmed ? now : next ?? now)
            } else if need > 0, proxy.isCandidate, let end = proxy.restUntil, end > now {
                moments.append(end)
            }
        }
        return moments.min()
    }
}
