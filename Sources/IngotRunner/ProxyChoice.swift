import IngotCore

/// Decides from whom an attempt gets its proxies: the job's own list, the gateway's pool, nobody.
struct ProxyChoice: Sendable {
    let parameters: ProxyParameters
    let attempt: Int

    init(_ parameters: ProxyParameters, attempt: Int) {
        self.parameters = parameters
        self.attempt = attempt
    }

    /// - Parameter questions: to the gateway; `nil` without one.
    func leasing(from questions: GatewayQuestions?) -> any ProxyLeasing {
        guard parameters.usesProxies else { return DirectOnly() }
        if !parameters.proxies.isEmpty {
            return ListedProxies(
                parameters.proxies,
                attempt: attempt,
                directAllowed: parameters.directAllowed ?? false
            )
        }
        guard let questions else { return NoProxies(directAllowed: parameters.directAllowed ?? false) }
        return GatewayProxies(questions, directAllowed: parameters.directAllowed)
    }
}

/// Nobody lends proxies, as there is neither a list nor a gateway.
struct NoProxies: ProxyLeasing {
    let directAllowed: Bool

    func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease {
        guard directAllowed else { throw JobFailure.noProxy(toAsk: host) }
        return .direct
    }

    func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {}
}

extension JobFailure {
    /// There is no proxy, and asking without one is forbidden.
    static func noProxy(toAsk host: String) -> JobFailure {
        JobFailure(
            code: "proxies_unavailable",
            message: "There is no proxy to ask \(host) through, and asking without one is not allowed.",
            advice: "Give the gateway's pool more sources, the job `proxies`, or allow it with `direct_allowed`.",
            isTransient: true
        )
    }
}
