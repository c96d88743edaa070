import IngotCore
import Logging

/// Proxies of the gateway's pool, which knows which ones work and lends each to few at a time.
///
/// When the pool has none, it is asked again until the patience is out; then the fallback holds.
struct GatewayProxies: ProxyLeasing {
    private let questions: GatewayQuestions
    /// The job's own word on asking without a proxy; `nil`: the pool's holds.
    private let directAllowed: Bool?
    private let patience: Duration

    /// - Parameter patience: how long an empty pool is waited for.
    init(_ questions: GatewayQuestions, directAllowed: Bool? = nil, patience: Duration = .seconds(60)) {
        self.questions = questions
        self.directAllowed = directAllowed
        self.patience = patience
    }

    func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease {
        let ask = ProxyAsk(lease: ProxyAsk.Wish(session: session, host: host))
        let end = ContinuousClock.now + patience
        while true {
            // The gateway holds the answer back for a moment while it has none, so this does not spin.
            let answer = try await send(ask)
            if let text = answer.proxy, let id = answer.lease {
                guard let address = try? ProxyAddress(text) else {
                    throw GatewayQuestions.refusal(422, askingFor: "proxies")
                }
                return .proxy(address, id: id)
            }
            try Task.checkCancellation()
            if answer.isExpected, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(100))
                continue
            }
            guard directAllowed ?? answer.directAllowed else { throw JobFailure.noProxy(toAsk: host) }
            return .direct
        }
    }

    func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {
        guard case .proxy(_, let id) = lease else { return }
        do {
            _ = try await send(ProxyAsk(reports: [ProxyAsk.Report(lease: id, outcome: outcome)]))
        } catch {
            // Others will find the proxy bad as well, or the gateway at its next check.
            questions.logger.debug("A report on a proxy was not taken", metadata: ["error": "\(error)"])
        }
    }

    private func send(_ ask: ProxyAsk) async throws -> ProxyAnswer {
        let body = try JSONText.encode(ask)
        let answer = try await questions.post("proxies") {
            body
        } refusal: { status, _ in
            GatewayQuestions.refusal(status, askingFor: "proxies")
        }
        return try JSONText.decode(ProxyAnswer.self, from: answer)
    }
}
