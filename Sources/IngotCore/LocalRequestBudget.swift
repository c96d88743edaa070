import Synchronization

/// The budget of a process that asks hosts alone, with no gateway to ask.
public final class LocalRequestBudget: RequestBudget {
    private let budgets: HostBudgets
    private let lastNumber = Mutex(0)

    public init(limits: HostLimitTable = HostLimitTable()) {
        budgets = HostBudgets(limits: limits)
    }

    public func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit {
        let number = lastNumber.withLock { number in
            number += 1
            return number
        }
        let permit = RequestPermit(id: String(number), host: host)
        // Unbounded as it is, it refuses nothing.
        try await budgets.wait(toMake: request(permit), to: host, minimumInterval: minimumInterval)
        return permit
    }

    public func finish(_ permit: RequestPermit, _ answer: HostAnswer) async {
        budgets.finish(request(permit), to: permit.host, answer)
    }

    private func request(_ permit: RequestPermit) -> HostRequest { HostRequest(party: "", id: permit.id) }
}
