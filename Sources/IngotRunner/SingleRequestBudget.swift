import IngotCore

/// The budget of a runner that shares none: one request a host at a time.
actor SingleRequestBudget: RequestBudget {
    private var busy: Set<String> = []

    func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit {
        while busy.contains(host) { try await Task.sleep(for: .milliseconds(20)) }
        if let minimumInterval { try await Task.sleep(for: minimumInterval) }
        busy.insert(host)
        return RequestPermit(id: host, host: host)
    }

    func finish(_ permit: RequestPermit, _ answer: HostAnswer) async { busy.remove(permit.host) }
}

/// Keeps nothing; an attempt reads each file once all the same.
struct UnkeptRobots: RobotsCache {
    func robots(of origin: String) async -> RobotsFile? { nil }
    func keep(_ robots: RobotsFile, of origin: String) async {}
}
