import IngotCore

extension ProxyPoolState {
    /// Lends a proxy to a session of a party; the same as before where it has one.
    mutating func lend(to session: ProxyLoans.Session, at now: Timestamp) -> ProxyLoans.Loan? {
        if let loan = loans.loan(of: session) { return loan }
        // The one that was lent last rests while there are others.
        let last = loans.lastLent
        let free = valid.count > 1 ? valid.filter { $0 != last } : valid
        func rank(_ endpoint: ProxyEndpoint) -> (Int, Int, Int, ProxyEndpoint) {
            let proxy = proxies[endpoint] ?? PooledProxy()
            return (proxy.failureReports, loans.sessions(of: endpoint), proxy.lastLent, endpoint)
        }
        guard let endpoint = free.min(by: { rank($0) < rank($1) }) else { return nil }
        let loan = loans.lend(endpoint, to: session)
        proxies[endpoint]?.lastLent = loan.number
        return loan
    }

    /// Takes a runner's report.
    mutating func report(_ outcome: ProxyOutcome, of loan: String, by party: String, at now: Timestamp) {
        guard let loan = loans.loan(named: loan), loan.session.party == party, var proxy = proxies[loan.endpoint] else {
            return
        }
        switch outcome {
        case .served: proxy.failureReports = 0
        case .failed:
            loans.end(loan)
            proxy.failureReports += 1
            if proxy.failureReports >= PooledProxy.maximumFailureReports { proxy.strike(at: now) }
        case .lied: proxy.strike(PooledProxy.maximumStrikes, at: now)
        }
        let isOut = !proxy.isValid
        proxies[loan.endpoint] = proxy
        guard isOut else { return }
        valid.remove(loan.endpoint)
        loans.end(loan.endpoint)
        changed.insert(loan.endpoint)
    }
}
