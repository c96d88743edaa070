import IngotCore

/// What runners ask and tell.
extension ProxyPool {
    /// Lends a proxy to a session, and waits a moment for one when there is none.
    func lease(to session: ProxyLoans.Session, patience: Duration) async throws -> ProxyAnswer {
        let end = ContinuousClock.now + patience
        while true {
            if let loan = state.lend(to: session, at: now()) {
                metrics.proxyAsked(.lent)
                return ProxyAnswer(
                    proxy: "http://\(loan.endpoint)",
                    lease: loan.id,
                    isExpected: true,
                    directAllowed: state.settings.directAllowed
                )
            }
            let left = end - .now
            if isKept, left > .zero {
                isLackReported = true
                signal.yield()
                let turnedUp = nextValid
                do {
                    try await withDeadline(left) { try await turnedUp.value }
                    continue
                } catch is DeadlineExceeded {}
            }
            metrics.proxyAsked(.none)
            return ProxyAnswer(isExpected: isKept, directAllowed: state.settings.directAllowed)
        }
    }

    /// Takes what runners tell of lent proxies.
    func take(_ reports: [ProxyAsk.Report], of party: String) {
        let before = state.valid.count
        for report in reports {
            state.report(report.outcome, of: report.lease, by: party, at: now())
        }
        guard state.valid.count != before else { return }
        show()
        signal.yield()
    }

    /// What is answered to somebody who only tells.
    var answerToReports: ProxyAnswer {
        ProxyAnswer(isExpected: isKept, directAllowed: state.settings.directAllowed)
    }

    /// Ends what a party was lent.
    func end(party: String) { state.loans.end(party: party) }
}
