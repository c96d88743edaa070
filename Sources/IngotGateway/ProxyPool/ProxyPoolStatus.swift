import IngotCore

/// The pool as the API shows it.
struct ProxyPoolStatus: Sendable, Encodable {
    /// How many proxies are valid.
    var total: Int
    /// Whether proxies are looked for now.
    var validating: Bool
    /// The sources' names.
    var sources: [String]
    /// The same as ``total``.
    var activeProxies: Int
    /// How many proxies are known that are or may become valid.
    var totalRaw: Int
    /// Whether the pool is kept at all.
    var isActive: Bool
    var churnStats: Churn
    var config: Config
    var bySource: [Source]
    /// Why no proxy can be checked now.
    var checkError: String?

    enum CodingKeys: String, CodingKey {
        case total, validating, sources, config
        case activeProxies = "active_proxies"
        case totalRaw = "total_raw"
        case isActive = "is_active"
        case churnStats = "churn_stats"
        case bySource = "by_source"
        case checkError = "check_error"
    }

    /// Checks since the gateway's start.
    struct Churn: Sendable, Encodable {
        var checked: Int
        var success: Int
    }

    struct Config: Sendable, Encodable {
        var targetCount: Int
        var validationURL: String
        var validationText: String?
        var directAllowed: Bool
        var concurrency: Int
        var checkTimeout: Double
        var sourceTimeout: Double
        var sourceAge: Int
        var recheckAge: Int
        var sources: [ProxySource]

        enum CodingKeys: String, CodingKey {
            case concurrency, sources
            case targetCount = "target_count"
            case validationURL = "validation_url"
            case validationText = "validation_text"
            case directAllowed = "direct_allowed"
            case checkTimeout = "check_timeout_seconds"
            case sourceTimeout = "source_timeout_seconds"
            case sourceAge = "source_age_seconds"
            case recheckAge = "recheck_age_seconds"
        }

        init(_ settings: ProxyPoolSettings, validationURL: String) {
            targetCount = settings.targetCount
            self.validationURL = validationURL
            validationText = settings.validationText
            directAllowed = settings.directAllowed
            concurrency = settings.concurrency
            checkTimeout = settings.checkTimeout
            sourceTimeout = settings.sourceTimeout
            sourceAge = settings.sourceAge
            recheckAge = settings.recheckAge
            sources = settings.sources
        }
    }

    /// The same for those who may only look: a query of an address often holds a key.
    var withoutQueries: ProxyPoolStatus {
        var status = self
        status.config.validationURL = Self.withoutQuery(config.validationURL)
        status.config.sources = config.sources.map {
            ProxySource(name: $0.name, url: Self.withoutQuery($0.url))
        }
        return status
    }

    private static func withoutQuery(_ url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return url }
        return url[..<mark] + "?…"
    }

    /// One source, and how good its proxies are.
    struct Source: Sendable, Encodable {
        var name: String
        /// Proxies of its list that may become valid.
        var candidates: Int
        var valid: Int
        /// Checks of its proxies since it was measured anew.
        var checked: Int
        var succeeded: Int
        var quarantinedUntil: Timestamp?
        var error: String?
        var fetchedAt: Timestamp?

        enum CodingKeys: String, CodingKey {
            case name, candidates, valid, checked, succeeded, error
            case quarantinedUntil = "quarantined_until"
            case fetchedAt = "fetched_at"
        }
    }
}

extension ProxyPoolState {
    /// How many proxies are known that are or may become valid.
    var knownCount: Int { proxies.values.count { $0.isValid || $0.isCandidate } }

    /// The sources, in the order of the settings.
    func sourceStatus(at now: Timestamp) -> [ProxyPoolStatus.Source] {
        var candidates: [String: Int] = [:]
        var valid: [String: Int] = [:]
        for proxy in proxies.values {
            for source in proxy.sources {
                if proxy.isCandidate { candidates[source, default: 0] += 1 }
                if proxy.isValid { valid[source, default: 0] += 1 }
            }
        }
        return settings.sources.map { source in
            let record = records[source.name] ?? ProxySourceRecord()
            return ProxyPoolStatus.Source(
                name: source.name,
                candidates: candidates[source.name] ?? 0,
                valid: valid[source.name] ?? 0,
                checked: record.checked,
                succeeded: record.succeeded,
                quarantinedUntil: record.quarantinedUntil.flatMap { $0 > now ? $0 : nil },
                error: record.error,
                fetchedAt: record.fetchedAt
            )
        }
    }
}
